//! Defects of deleting. The conformance checks `delete/…` detect them.

use std::sync::{Arc, Weak};

use percent_encoding::percent_decode_str;
use serde_json::json;

use super::{
    Defect, Mutation,
    mutation::{answer, delete, duplicate, lacks_key, success},
    recent::Recent,
};
use crate::{
    alloy::Error,
    exchange::Operation,
    files::{DeleteError, Object, S3Key, UserId},
};

pub(super) static DEFECTS: &[Defect] = &[
    Defect {
        id: "delete-keeps-file",
        title: "answers 200 to a delete, and still lists the file",
        right: "DELETE, GET list -> 200; the file is not listed",
        wrong: "-> 200; the file is listed",
        check: "delete/own",
        mutations: delete_keeps_file,
    },
    Defect {
        id: "delete-foreign",
        title: "deletes the files of other users of the account",
        right: "DELETE of another user's file -> 404; it stays",
        wrong: "-> 200; it is gone",
        check: "delete/foreign",
        mutations: || {
            vec![delete(|wanted, key| {
                wanted.delete_also(key, |owner| wanted.world.are_colleagues(wanted.user, owner))
            })]
        },
    },
    Defect {
        id: "delete-twice",
        title: "answers 200 to the second delete of a file",
        right: "DELETE twice -> 200, 404",
        wrong: "-> 200, 200",
        check: "delete/twice",
        mutations: || {
            let deleted = Recent::<(UserId, String)>::new();
            vec![delete(move |wanted, key| {
                let file = (wanted.user, key.to_owned());
                match wanted.delete(key) {
                    Err(DeleteError::NotFound) if deleted.has(&file) => Ok(()),
                    Err(error) => Err(error),
                    Ok(()) => {
                        deleted.put(file, ());
                        Ok(())
                    }
                }
            })]
        },
    },
    Defect {
        id: "delete-takes-copies",
        title: "deletes the user's other files with the same content too",
        right: "DELETE of one of two files with the same content -> the other stays",
        wrong: "-> both are gone",
        check: "delete/others-stay",
        mutations: || {
            vec![delete(|wanted, key| {
                let (state, user) = (&wanted.world.state, wanted.user);
                let file = wanted.world.file_at(key);
                wanted.delete(key)?;
                if let Some(file) = file {
                    let copies = state.list(user).into_iter().filter(|copy| copy.md5 == file.md5);
                    copies.for_each(|copy| _ = state.delete(user, copy.key.as_str()));
                }
                Ok(())
            })]
        },
    },
    Defect {
        id: "delete-needs-no-key",
        title: "deletes a file without an API key",
        right: "DELETE without `Authorization` -> 401",
        wrong: "-> 200; the file is gone",
        check: "delete/authentication",
        mutations: || {
            vec![answer(Operation::Delete, |world, head, answer| {
                let segment = head.uri.path().rsplit('/').next().unwrap_or_default();
                let key = percent_decode_str(segment).decode_utf8_lossy();
                match S3Key::owner_of(&key).filter(|_| lacks_key(head, &answer)) {
                    None => answer,
                    Some(owner) => match world.state.delete(owner, &key) {
                        Ok(()) => success(&json!({"success": true, "message": "File deleted successfully"})),
                        Err(error) => Error::from(error).into_answer(),
                    },
                }
            })]
        },
    },
];

/// Remembers which files should be gone. Except for the list, they are: no presign finds them, no second delete.
fn delete_keeps_file() -> Vec<Mutation> {
    let deleted = Recent::<S3Key, Weak<Object>>::new();
    let remember = deleted.clone();
    // Whether this file was deleted, rather than another one stored under its key before.
    let is_deleted = move |file: &Arc<Object>| {
        deleted.get(&file.key).is_some_and(|gone| Weak::ptr_eq(&gone, &Arc::downgrade(file)))
    };
    let is_gone = is_deleted.clone();
    vec![
        duplicate(move |wanted, right| {
            let found = right?;
            let state = &wanted.world.state;
            if state.get(&found).is_some_and(|file| !is_gone(&file)) {
                return Some(found);
            }
            let mut files = state.list(wanted.user).into_iter();
            files.find(|file| file.md5 == wanted.md5 && !is_gone(file)).map(|file| file.key.clone())
        }),
        delete(move |wanted, key| {
            match wanted.world.file_at(key).filter(|file| file.key.owner() == Some(wanted.user)) {
                Some(file) if is_deleted(&file) => Err(DeleteError::NotFound),
                Some(file) => {
                    remember.put(file.key.clone(), Arc::downgrade(&file));
                    Ok(())
                }
                None => wanted.delete(key),
            }
        }),
    ]
}
