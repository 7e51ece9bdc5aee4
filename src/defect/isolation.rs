//! Defects between accounts. Users of one account stay isolated from each other. The conformance checks `isolation/…`
//! detect them.

use super::{
    Defect,
    mutation::{delete, duplicate, list, may_name, merged},
};

pub(super) static DEFECTS: &[Defect] = &[
    Defect {
        id: "accounts-share-dedup",
        title: "content of another account's user is `existing`",
        right: "presign of content that only another account has -> `new`",
        wrong: "-> `existing`",
        check: "isolation/accounts",
        mutations: || {
            // The key stays the user's own: only the answer's type is wrong.
            vec![duplicate(|wanted, right| {
                right.or_else(|| wanted.if_held_by(|owner| wanted.world.are_strangers(wanted.user, owner)))
            })]
        },
    },
    Defect {
        id: "accounts-share-list",
        title: "lists the files of other accounts too",
        right: "GET list -> the files of the caller's user",
        wrong: "-> those of other accounts too",
        check: "isolation/accounts",
        mutations: || {
            vec![list(|world, user, right| {
                merged(right, world.files_of(|owner| world.are_strangers(user, owner)))
            })]
        },
    },
    Defect {
        id: "accounts-share-delete",
        title: "deletes the files of other accounts",
        right: "DELETE of another account's file -> 404; it stays",
        wrong: "-> 200; it is gone",
        check: "isolation/accounts",
        mutations: || {
            vec![delete(|wanted, key| {
                wanted.delete_also(key, |owner| wanted.world.are_strangers(wanted.user, owner))
            })]
        },
    },
    Defect {
        id: "foreign-user-header",
        title: "`x-alloy-userid` may name a user of another account",
        right: "`x-alloy-userid` of another account's user -> 4xx",
        wrong: "-> 200, for that user",
        check: "isolation/user-header",
        mutations: || vec![may_name(|world, named, right| right || world.state.account_of(named).is_some())],
    },
];
