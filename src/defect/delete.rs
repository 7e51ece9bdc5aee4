//! Defects of deleting. The conformance checks `delete/…` notice them.

use std::sync::{Arc, Weak};

use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::{
    Defect, Mutation, answer::success, list::lacks_key, mutation::Deleting, recent::Recent, world::World,
};
use crate::{
    alloy::Error,
    exchange::{Answer, Operation},
    files::{DeleteError, Md5Digest, Object, S3Key, UserId},
};

pub(super) static DEFECTS: [Defect; 5] = [
    Defect {
        id: "delete-keeps-file",
        title: "answers 200 to a delete, and still lists the file",
        right: "DELETE, GET list -> 200; the file is not listed",
        wrong: "-> 200; the file is listed",
        check: "delete/own",
        mutation: || Box::new(DeleteKeepsFile(Recent::new())),
    },
    Defect {
        id: "delete-foreign",
        title: "deletes the files of other users of the account",
        right: "DELETE of another user's file -> 404; it stays",
        wrong: "-> 200; it is gone",
        check: "delete/foreign",
        mutation: || Box::new(DeleteForeign),
    },
    Defect {
        id: "delete-twice",
        title: "answers 200 to the second delete of a file",
        right: "DELETE twice -> 200, 404",
        wrong: "-> 200, 200",
        check: "delete/twice",
        mutation: || Box::new(DeleteTwice(Recent::new())),
    },
    Defect {
        id: "delete-takes-copies",
        title: "deletes the user's other files with the same content too",
        right: "DELETE of one of two files with the same content -> the other stays",
        wrong: "-> both are gone",
        check: "delete/others-stay",
        mutation: || Box::new(DeleteTakesCopies),
    },
    Defect {
        id: "delete-needs-no-key",
        title: "deletes a file without an API key",
        right: "DELETE without `Authorization` -> 401",
        wrong: "-> 200; the file is gone",
        check: "delete/authentication",
        mutation: || Box::new(DeleteNeedsNoKey),
    },
];

/// The file that stands under a key.
fn file_at(world: &World, key: &str) -> Option<Arc<Object>> {
    world.state.get(&S3Key::new(key).ok()?)
}

/// Remembers which files should be gone. But for the list, they are: no presign finds them, no second delete.
struct DeleteKeepsFile(Recent<S3Key, Weak<Object>>);

impl DeleteKeepsFile {
    /// Whether it was deleted, rather than another one that stood under its key.
    fn is_deleted(&self, file: &Arc<Object>) -> bool {
        self.0.get(&file.key).is_some_and(|deleted| Weak::ptr_eq(&deleted, &Arc::downgrade(file)))
    }
}

impl Mutation for DeleteKeepsFile {
    fn duplicate(
        &self,
        world: &World,
        user: UserId,
        _key: &S3Key,
        md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        let found = right?;
        if world.state.get(&found).is_some_and(|file| !self.is_deleted(&file)) {
            return Some(found);
        }
        let left = world.state.list(user).into_iter().find(|file| file.md5 == md5 && !self.is_deleted(file));
        left.map(|file| file.key.clone())
    }

    fn delete(
        &self,
        world: &World,
        user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        match file_at(world, key).filter(|file| file.key.owner() == Some(user)) {
            Some(file) if self.is_deleted(&file) => Err(DeleteError::NotFound),
            Some(file) => {
                self.0.put(file.key.clone(), Arc::downgrade(&file));
                Ok(())
            }
            None => delete(key),
        }
    }
}

struct DeleteForeign;

impl Mutation for DeleteForeign {
    fn delete(
        &self,
        world: &World,
        user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        delete(key)
            .or_else(|error| delete_of_another(world, key, |owner| world.are_colleagues(user, owner), error))
    }
}

/// Deletes another user's file, where `may` says so of the user and there is one; else it is `error`.
pub(super) fn delete_of_another(
    world: &World,
    key: &str,
    may: impl Fn(UserId) -> bool,
    error: DeleteError,
) -> Result<(), DeleteError> {
    match S3Key::owner_of(key) {
        Some(owner) if may(owner) => world.state.delete(owner, key).map_err(|_| error),
        _ => Err(error),
    }
}

/// Remembers what was deleted.
struct DeleteTwice(Recent<(UserId, String)>);

impl Mutation for DeleteTwice {
    fn delete(
        &self,
        _world: &World,
        user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        let file = (user, key.to_owned());
        match delete(key) {
            Err(DeleteError::NotFound) if self.0.has(&file) => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                self.0.put(file, ());
                Ok(())
            }
        }
    }
}

struct DeleteTakesCopies;

impl Mutation for DeleteTakesCopies {
    fn delete(
        &self,
        world: &World,
        user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        let file = file_at(world, key);
        delete(key)?;
        if let Some(file) = file {
            let copies = world.state.list(user).into_iter().filter(|copy| copy.md5 == file.md5);
            copies.for_each(|copy| _ = world.state.delete(user, copy.key.as_str()));
        }
        Ok(())
    }
}

struct DeleteNeedsNoKey;

impl Mutation for DeleteNeedsNoKey {
    fn answer(&self, world: &World, operation: Operation, head: &Parts, answer: Answer) -> Answer {
        if operation != Operation::Delete || !lacks_key(head, &answer) {
            return answer;
        }
        let segment = head.uri.path().rsplit('/').next().unwrap_or_default();
        let key = percent_decode_str(segment).decode_utf8_lossy();
        let Some(owner) = S3Key::owner_of(&key) else { return answer };
        match world.state.delete(owner, &key) {
            Ok(()) => success(&json!({"success": true, "message": "File deleted successfully"})),
            Err(error) => Error::from(error).into_answer(),
        }
    }
}
