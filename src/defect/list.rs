//! Defects of the list of a user's files. The conformance checks `list/…` detect them.

use serde_json::{Value, json};

use super::{
    Defect,
    mutation::{answer, edit_text, lacks_key, list, listed, merged, success},
};
use crate::{
    exchange::Operation,
    files::{Object, S3Key},
};

pub(super) static DEFECTS: &[Defect] = &[
    Defect {
        id: "lists-everybody",
        title: "lists the files of all users of the account",
        right: "GET list -> the files of the caller's user",
        wrong: "-> those of all users of the account",
        check: "list/own-only",
        mutations: || {
            vec![list(|world, user, right| {
                merged(right, world.files_of(|owner| world.are_colleagues(user, owner)))
            })]
        },
    },
    Defect {
        id: "list-drops-last",
        title: "leaves the last of several files out of the list",
        right: "two uploads, GET list -> two files",
        wrong: "-> one file",
        check: "list/complete",
        mutations: || {
            vec![list(|_, _, mut right| {
                right.truncate(right.len().saturating_sub(1).max(1));
                right
            })]
        },
    },
    Defect {
        id: "size-in-characters",
        title: "`size` counts the characters of a text instead of its bytes",
        right: "upload of `grüße`, GET list -> `\"size\": 7`",
        wrong: "-> `\"size\": 5`",
        check: "list/sizes",
        mutations: || {
            vec![listed(|world, file| {
                let key = file.get("s3Key").and_then(Value::as_str).and_then(|key| S3Key::new(key).ok());
                let object = key.and_then(|key| world.state.get(&key));
                if let Some(characters) = object.and_then(|object| characters(&object)) {
                    file["size"] = json!(characters);
                }
            })]
        },
    },
    Defect {
        id: "name-with-prefix",
        title: "`filename` is the whole key",
        right: "GET list -> `\"filename\": \"a.txt\"`",
        wrong: "-> `\"filename\": \"651eb6e11d156e0d7a42c59d_a.txt\"`",
        check: "list/filenames",
        mutations: || vec![listed(|_, file| file["filename"] = file["s3Key"].clone())],
    },
    Defect {
        id: "time-without-zone",
        title: "`lastModified` has no `Z`",
        right: "GET list -> `\"lastModified\": \"2026-01-02T03:04:05Z\"`",
        wrong: "-> `\"lastModified\": \"2026-01-02T03:04:05\"`",
        check: "list/times",
        mutations: || {
            vec![listed(|_, file| {
                edit_text(file, "lastModified", |time| time.trim_end_matches('Z').to_owned());
            })]
        },
    },
    Defect {
        id: "list-needs-no-key",
        title: "answers a list without an API key with an empty list",
        right: "GET list without `Authorization` -> 401",
        wrong: "-> 200, `\"files\": []`",
        check: "list/authentication",
        mutations: || {
            vec![answer(Operation::List, |_, head, answer| {
                if lacks_key(head, &answer) { success(&json!({"files": []})) } else { answer }
            })]
        },
    },
];

/// Counts the characters of a text of at most 1 MiB, which is read on the thread that serves the request.
fn characters(file: &Object) -> Option<usize> {
    if file.blob.size() > 1 << 20 {
        return None;
    }
    let text = String::from_utf8(file.blob.read().ok()?).ok()?;
    Some(text.chars().count())
}
