//! Defects between accounts. Users of one account are kept apart as ever. The conformance checks `isolation/…` notice
//! them.

use std::sync::Arc;

use super::{Defect, Wrong, delete::delete_of_another, list::with, world::World, wrong::Deleting};
use crate::files::{DeleteError, Md5Digest, Object, S3Key, UserId};

pub(super) static DEFECTS: [Defect; 4] = [
    Defect {
        id: "accounts-share-dedup",
        title: "What a user of another account has is `existing`",
        check: "isolation/accounts",
        wrong: || Box::new(AccountsShareDedup),
    },
    Defect {
        id: "accounts-share-list",
        title: "The list has the files of other accounts too",
        check: "isolation/accounts",
        wrong: || Box::new(AccountsShareList),
    },
    Defect {
        id: "accounts-share-delete",
        title: "An account can delete the files of another",
        check: "isolation/accounts",
        wrong: || Box::new(AccountsShareDelete),
    },
    Defect {
        id: "foreign-user-header",
        title: "`x-alloy-userid` can name a user of another account",
        check: "isolation/user-header",
        wrong: || Box::new(ForeignUserHeader),
    },
];

/// The key stays the user's own: only what is said of it is wrong.
struct AccountsShareDedup;

impl Wrong for AccountsShareDedup {
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

impl Wrong for AccountsShareList {
    fn list(&self, world: &World, user: UserId, right: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
        with(right, world.files_of(|owner| world.are_strangers(user, owner)))
    }
}

struct AccountsShareDelete;

impl Wrong for AccountsShareDelete {
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

impl Wrong for ForeignUserHeader {
    fn may_name(&self, world: &World, named: UserId, right: bool) -> bool {
        right || world.state.account_of(named).is_some()
    }
}
