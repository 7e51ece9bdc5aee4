//! Defects of the list of a user's files. The conformance checks `list/…` notice them.

use std::sync::Arc;

use hyper::{StatusCode, header, http::request::Parts};
use serde_json::{Value, json};

use super::{
    Defect, Mutation,
    answer::{edit_text, files_edited, success},
    world::World,
};
use crate::{
    exchange::{Answer, Operation},
    files::{Object, S3Key, UserId},
};

pub(super) static DEFECTS: [Defect; 6] = [
    Defect {
        id: "lists-everybody",
        title: "lists the files of all users of the account",
        right: "GET list -> the files of the caller's user",
        wrong: "-> those of all users of the account",
        check: "list/own-only",
        mutation: || Box::new(ListsEverybody),
    },
    Defect {
        id: "list-drops-last",
        title: "leaves the last of several files out of the list",
        right: "two uploads, GET list -> two files",
        wrong: "-> one file",
        check: "list/complete",
        mutation: || Box::new(ListDropsLast),
    },
    Defect {
        id: "size-in-characters",
        title: "`size` counts the characters of a text instead of its bytes",
        right: "upload of `grüße`, GET list -> `\"size\": 7`",
        wrong: "-> `\"size\": 5`",
        check: "list/sizes",
        mutation: || Box::new(SizeInCharacters),
    },
    Defect {
        id: "name-with-prefix",
        title: "`filename` is the whole key",
        right: "GET list -> `\"filename\": \"a.txt\"`",
        wrong: "-> `\"filename\": \"651eb6e11d156e0d7a42c59d_a.txt\"`",
        check: "list/filenames",
        mutation: || Box::new(NameWithPrefix),
    },
    Defect {
        id: "time-without-zone",
        title: "`lastModified` lacks its `Z`",
        right: "GET list -> `\"lastModified\": \"2026-01-02T03:04:05Z\"`",
        wrong: "-> `\"lastModified\": \"2026-01-02T03:04:05\"`",
        check: "list/times",
        mutation: || Box::new(TimeWithoutZone),
    },
    Defect {
        id: "list-needs-no-key",
        title: "answers a list without an API key with no files",
        right: "GET list without `Authorization` -> 401",
        wrong: "-> 200, `\"files\": []`",
        check: "list/authentication",
        mutation: || Box::new(ListNeedsNoKey),
    },
];

/// The largest text whose characters are counted, in bytes: it is read where requests are answered.
const MOST: u64 = 1 << 20;

struct ListsEverybody;

impl Mutation for ListsEverybody {
    fn list(&self, world: &World, user: UserId, right: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
        with(right, world.files_of(|owner| world.are_colleagues(user, owner)))
    }
}

/// Both lists as one, by key.
pub(super) fn with(mut files: Vec<Arc<Object>>, more: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
    files.extend(more);
    files.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    files
}

struct ListDropsLast;

impl Mutation for ListDropsLast {
    fn list(&self, _world: &World, _user: UserId, mut right: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
        if right.len() > 1 {
            right.pop();
        }
        right
    }
}

struct SizeInCharacters;

impl Mutation for SizeInCharacters {
    fn answer(&self, world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        if operation != Operation::List {
            return answer;
        }
        files_edited(answer, |file| {
            let key = file.get("s3Key").and_then(Value::as_str).and_then(|key| S3Key::new(key).ok());
            let object = key.and_then(|key| world.state.get(&key));
            if let Some(characters) = object.and_then(|object| characters(&object)) {
                file["size"] = json!(characters);
            }
        })
    }
}

/// How many characters a file has, where it is a text.
fn characters(file: &Object) -> Option<usize> {
    if file.blob.size() > MOST {
        return None;
    }
    let text = String::from_utf8(file.blob.read().ok()?).ok()?;
    Some(text.chars().count())
}

struct NameWithPrefix;

impl Mutation for NameWithPrefix {
    fn answer(&self, _world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        if operation != Operation::List {
            return answer;
        }
        files_edited(answer, |file| file["filename"] = file["s3Key"].clone())
    }
}

struct TimeWithoutZone;

impl Mutation for TimeWithoutZone {
    fn answer(&self, _world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        if operation != Operation::List {
            return answer;
        }
        files_edited(answer, |file| {
            edit_text(file, "lastModified", |time| time.trim_end_matches('Z').to_owned());
        })
    }
}

struct ListNeedsNoKey;

impl Mutation for ListNeedsNoKey {
    fn answer(&self, _world: &World, operation: Operation, head: &Parts, answer: Answer) -> Answer {
        if operation == Operation::List && lacks_key(head, &answer) {
            return success(&json!({"files": []}));
        }
        answer
    }
}

/// Whether a request was refused since it came without an API key.
pub(super) fn lacks_key(head: &Parts, answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED && !head.headers.contains_key(header::AUTHORIZATION)
}
