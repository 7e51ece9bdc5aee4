//! Defects between accounts. Users of one account are kept apart as ever. The conformance checks `isolation/…` notice
//! them.

use std::sync::Arc;

use super::{Defect, Mutation, delete::delete_of_another, list::with, mutation::Deleting, world::World};
use crate::files::{DeleteError, Md5Digest, Object, S3Key, UserId};

pub(super) static DEFECTS: [Defect; 4] = [
    Defect {
        id: "accounts-share-dedup",
        title: "content of another account's user is `existing`",
        right: "presign of content that only another account has -> `new`",
        wrong: "-> `existing`",
        check: "isolation/accounts",
        mutation: || Box::new(AccountsShareDedup),
    },
    Defect {
        id: "accounts-share-list",
        title: "lists the files of other accounts too",
        right: "GET list -> the files of the caller's user",
        wrong: "-> those of other accounts too",
        check: "isolation/accounts",
        mutation: || Box::new(AccountsShareList),
    },
    Defect {
        id: "accounts-share-delete",
        title: "deletes the files of other accounts",
        right: "DELETE of another account's file -> 404; it stays",
        wrong: "-> 200; it is gone",
        check: "isolation/accounts",
        mutation: || Box::new(AccountsShareDelete),
    },
    Defect {
        id: "foreign-user-header",
        title: "`x-alloy-userid` may name a user of another account",
        right: "`x-alloy-userid` of another account's user -> 4xx",
        wrong: "-> 200, for that user",
        check: "isolation/user-header",
        mutation: || Box::new(ForeignUserHeader),
    },
];

/// The key stays the user's own: only what is said of it is wrong.
struct AccountsShareDedup;

impl Mutation for AccountsShareDedup {
    fn duplicate(
        &self,
        world: &World,
        user: UserId,
        key: &S3Key,
        md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        right.or_else(|| {
            let files = world.files_of(|owner| world.are_strangers(user, owner));
            files.iter().any(|file| file.md5 == md5).then(|| key.clone())
        })
    }
}

struct AccountsShareList;

impl Mutation for AccountsShareList {
    fn list(&self, world: &World, user: UserId, right: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
        with(right, world.files_of(|owner| world.are_strangers(user, owner)))
    }
}

struct AccountsShareDelete;

impl Mutation for AccountsShareDelete {
    fn delete(
        &self,
        world: &World,
        user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        delete(key)
            .or_else(|error| delete_of_another(world, key, |owner| world.are_strangers(user, owner), error))
    }
}

struct ForeignUserHeader;

impl Mutation for ForeignUserHeader {
    fn may_name(&self, world: &World, named: UserId, right: bool) -> bool {
        right || world.state.account_of(named).is_some()
    }
}
