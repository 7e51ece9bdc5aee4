//! Defects of what counts as a file that is there already. The conformance checks `dedup/…` notice them.

use super::{
    Defect, Mutation,
    mutation::{Asked, Deleting},
    recent::Recent,
    world::World,
};
use crate::{
    exchange::Answer,
    files::{DeleteError, Md5Digest, S3Key, UserId},
    s3::{Accepted, Refusal, Rejection},
};

pub(super) static DEFECTS: [Defect; 6] = [
    Defect {
        id: "existing-too-early",
        title: "the second presign says `existing` before the file is stored",
        right: "presign twice, without a PUT -> `new`, `new`",
        wrong: "-> `new`, `existing`",
        check: "dedup/new-until-stored",
        mutation: || Box::new(ExistingTooEarly(Recent::new())),
    },
    Defect {
        id: "never-existing",
        title: "no presign ever says `existing`",
        right: "presign, PUT, presign -> `new`, 200, `existing`",
        wrong: "-> `new`, 200, `new`",
        check: "dedup/existing-after",
        mutation: || Box::new(NeverExisting),
    },
    Defect {
        id: "dedup-across-users",
        title: "content of another user of the account is `existing`",
        right: "presign of content that only another user has -> `new`",
        wrong: "-> `existing`",
        check: "dedup/by-user",
        mutation: || Box::new(DedupAcrossUsers),
    },
    Defect {
        id: "dedup-by-name",
        title: "content is `existing` only under the same name",
        right: "presign of stored content as `b.txt` -> `existing`",
        wrong: "-> `new`",
        check: "dedup/by-content",
        mutation: || Box::new(DedupByName),
    },
    Defect {
        id: "dedup-forgets-nothing",
        title: "a deleted file is still `existing`",
        right: "PUT, DELETE, presign of the same content -> `new`",
        wrong: "-> `existing`",
        check: "dedup/after-delete",
        mutation: || Box::new(DedupForgetsNothing(Recent::new())),
    },
    Defect {
        id: "dedup-remembers-overwritten",
        title: "overwritten content is still `existing`",
        right: "presign of content that was overwritten -> `new`",
        wrong: "-> `existing`",
        check: "dedup/after-overwrite",
        mutation: || Box::new(DedupRemembersOverwritten::new()),
    },
];

/// Remembers what was asked for last under each key, until something is stored there.
struct ExistingTooEarly(Recent<S3Key, Md5Digest>);

impl Mutation for ExistingTooEarly {
    fn duplicate(
        &self,
        _world: &World,
        _user: UserId,
        key: &S3Key,
        md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        if right.is_some() || self.0.get(key) == Some(md5) {
            return right.or_else(|| Some(key.clone()));
        }
        self.0.put(key.clone(), md5);
        None
    }

    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        let answer = right?;
        asked.put_key().map(|key| self.0.take(&key));
        Ok(answer)
    }
}

struct NeverExisting;

impl Mutation for NeverExisting {
    fn duplicate(
        &self,
        _world: &World,
        _user: UserId,
        _key: &S3Key,
        _md5: Md5Digest,
        _right: Option<S3Key>,
    ) -> Option<S3Key> {
        None
    }
}

/// The key stays the user's own: only what is said of it is wrong.
struct DedupAcrossUsers;

impl Mutation for DedupAcrossUsers {
    fn duplicate(
        &self,
        world: &World,
        user: UserId,
        key: &S3Key,
        md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        right.or_else(|| {
            let files = world.files_of(|owner| world.are_colleagues(user, owner));
            files.iter().any(|file| file.md5 == md5).then(|| key.clone())
        })
    }
}

struct DedupByName;

impl Mutation for DedupByName {
    fn duplicate(
        &self,
        _world: &World,
        _user: UserId,
        key: &S3Key,
        _md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        right.filter(|found| found == key)
    }
}

/// Remembers the content of what was deleted.
struct DedupForgetsNothing(Recent<(UserId, Md5Digest)>);

impl Mutation for DedupForgetsNothing {
    fn duplicate(
        &self,
        _world: &World,
        user: UserId,
        key: &S3Key,
        md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        right.or_else(|| self.0.has(&(user, md5)).then(|| key.clone()))
    }

    fn delete(
        &self,
        world: &World,
        user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        let md5 = S3Key::new(key).ok().and_then(|key| world.state.get(&key)).map(|file| file.md5);
        delete(key)?;
        if let Some(md5) = md5 {
            self.0.put((user, md5), ());
        }
        Ok(())
    }
}

/// Remembers what stood where an upload began, and of that what was replaced.
struct DedupRemembersOverwritten {
    before: Recent<S3Key, Md5Digest>,
    replaced: Recent<(UserId, Md5Digest)>,
}

impl DedupRemembersOverwritten {
    fn new() -> Self {
        Self { before: Recent::new(), replaced: Recent::new() }
    }
}

impl Mutation for DedupRemembersOverwritten {
    fn duplicate(
        &self,
        _world: &World,
        user: UserId,
        key: &S3Key,
        md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        right.or_else(|| self.replaced.has(&(user, md5)).then(|| key.clone()))
    }

    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let accepted = right?;
        if let Some(key) = asked.put_key()
            && let Some(old) = asked.world.state.get(&key)
        {
            self.before.put(key, old.md5);
        }
        Ok(accepted)
    }

    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        let key = asked.put_key();
        let old = key.as_ref().and_then(|key| self.before.take(key));
        let answer = right?;
        if let (Some(key), Some(old)) = (key, old)
            && let Some(user) = key.owner()
            && asked.world.state.get(&key).is_some_and(|file| file.md5 != old)
        {
            self.replaced.put((user, old), ());
        }
        Ok(answer)
    }
}
