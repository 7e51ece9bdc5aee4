//! Defects of deduplication. The conformance checks `dedup/…` detect them.

use super::{
    Defect, Mutation,
    mutation::{begin, delete, duplicate, end},
    recent::Recent,
};
use crate::files::{Md5Digest, S3Key, UserId};

pub(super) static DEFECTS: &[Defect] = &[
    Defect {
        id: "existing-too-early",
        title: "the second presign says `existing` before the file is stored",
        right: "presign twice, without a PUT -> `new`, `new`",
        wrong: "-> `new`, `existing`",
        check: "dedup/new-until-stored",
        mutations: existing_too_early,
    },
    Defect {
        id: "never-existing",
        title: "no presign ever says `existing`",
        right: "presign, PUT, presign -> `new`, 200, `existing`",
        wrong: "-> `new`, 200, `new`",
        check: "dedup/existing-after",
        mutations: || vec![duplicate(|_, _| None)],
    },
    Defect {
        id: "dedup-across-users",
        title: "content of another user of the account is `existing`",
        right: "presign of content that only another user has -> `new`",
        wrong: "-> `existing`",
        check: "dedup/by-user",
        mutations: || {
            // The key stays the user's own: only the answer's type is wrong.
            vec![duplicate(|wanted, right| {
                right.or_else(|| wanted.if_held_by(|owner| wanted.world.are_colleagues(wanted.user, owner)))
            })]
        },
    },
    Defect {
        id: "dedup-by-name",
        title: "content is `existing` only under the same name",
        right: "presign of stored content as `b.txt` -> `existing`",
        wrong: "-> `new`",
        check: "dedup/by-content",
        mutations: || vec![duplicate(|wanted, right| right.filter(|found| found == wanted.key))],
    },
    Defect {
        id: "dedup-forgets-nothing",
        title: "a deleted file is still `existing`",
        right: "PUT, DELETE, presign of the same content -> `new`",
        wrong: "-> `existing`",
        check: "dedup/after-delete",
        mutations: dedup_forgets_nothing,
    },
    Defect {
        id: "dedup-remembers-overwritten",
        title: "overwritten content is still `existing`",
        right: "presign of content that was overwritten -> `new`",
        wrong: "-> `existing`",
        check: "dedup/after-overwrite",
        mutations: dedup_remembers_overwritten,
    },
];

/// Remembers the MD5 last announced under each key, until something is stored there.
fn existing_too_early() -> Vec<Mutation> {
    let announced = Recent::<S3Key, Md5Digest>::new();
    let forget = announced.clone();
    vec![
        duplicate(move |wanted, right| {
            if right.is_some() || announced.get(wanted.key) == Some(wanted.md5) {
                return right.or_else(|| Some(wanted.key.clone()));
            }
            announced.put(wanted.key.clone(), wanted.md5);
            None
        }),
        end(move |asked, right| {
            let answer = right?;
            asked.put_key().map(|key| forget.take(&key));
            Ok(answer)
        }),
    ]
}

/// Remembers the content of deleted files.
fn dedup_forgets_nothing() -> Vec<Mutation> {
    let deleted = Recent::<(UserId, Md5Digest)>::new();
    let remember = deleted.clone();
    vec![
        duplicate(move |wanted, right| {
            right.or_else(|| deleted.has(&(wanted.user, wanted.md5)).then(|| wanted.key.clone()))
        }),
        delete(move |wanted, key| {
            let file = wanted.world.file_at(key);
            wanted.delete(key)?;
            if let Some(file) = file {
                remember.put((wanted.user, file.md5), ());
            }
            Ok(())
        }),
    ]
}

/// Remembers which content was there when an upload began, and which of that was replaced.
fn dedup_remembers_overwritten() -> Vec<Mutation> {
    let replaced = Recent::<(UserId, Md5Digest)>::new();
    let before = Recent::<S3Key, Md5Digest>::new();
    let (remember, began) = (replaced.clone(), before.clone());
    vec![
        duplicate(move |wanted, right| {
            right.or_else(|| replaced.has(&(wanted.user, wanted.md5)).then(|| wanted.key.clone()))
        }),
        begin(move |asked, right| {
            let accepted = right?;
            if let Some(key) = asked.put_key()
                && let Some(old) = asked.world.state.get(&key)
            {
                began.put(key, old.md5);
            }
            Ok(accepted)
        }),
        end(move |asked, right| {
            let key = asked.put_key();
            let old = key.as_ref().and_then(|key| before.take(key));
            let answer = right?;
            if let (Some(key), Some(old)) = (key, old)
                && let Some(user) = key.owner()
                && asked.world.state.get(&key).is_some_and(|file| file.md5 != old)
            {
                remember.put((user, old), ());
            }
            Ok(answer)
        }),
    ]
}
