//! Defects of what counts as a file that is there already. The conformance checks `dedup/…` notice them.

use super::{
    Defect, Wrong,
    recent::Recent,
    world::World,
    wrong::{Asked, Deleting},
};
use crate::{
    exchange::Answer,
    files::{DeleteError, Md5Digest, S3Key, UserId},
    s3::{Accepted, Refusal, Rejection},
};

pub(super) static DEFECTS: [Defect; 6] = [
    Defect {
        id: "existing-too-early",
        title: "The second presign of a file says `existing` before the file is stored",
        check: "dedup/new-until-stored",
        wrong: || Box::new(ExistingTooEarly(Recent::new())),
    },
    Defect {
        id: "never-existing",
        title: "No presign ever says `existing`",
        check: "dedup/existing-after",
        wrong: || Box::new(NeverExisting),
    },
    Defect {
        id: "dedup-across-users",
        title: "What another user of the account has is `existing`",
        check: "dedup/by-user",
        wrong: || Box::new(DedupAcrossUsers),
    },
    Defect {
        id: "dedup-by-name",
        title: "The same content is `existing` under the same name alone",
        check: "dedup/by-content",
        wrong: || Box::new(DedupByName),
    },
    Defect {
        id: "dedup-forgets-nothing",
        title: "A deleted file is still `existing`",
        check: "dedup/after-delete",
        wrong: || Box::new(DedupForgetsNothing(Recent::new())),
    },
    Defect {
        id: "dedup-remembers-overwritten",
        title: "Content that was replaced is still `existing`",
        check: "dedup/after-overwrite",
        wrong: || Box::new(DedupRemembersOverwritten::new()),
    },
];

/// Remembers what was asked for last under each key, until something is stored there.
struct ExistingTooEarly(Recent<S3Key, Md5Digest>);

impl Wrong for ExistingTooEarly {
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

impl Wrong for NeverExisting {
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

impl Wrong for DedupAcrossUsers {
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

impl Wrong for DedupByName {
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

impl Wrong for DedupForgetsNothing {
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

impl Wrong for DedupRemembersOverwritten {
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
