//! Defects of the list of a user's files. The conformance checks `list/…` notice them.

use std::sync::Arc;

use hyper::{StatusCode, header, http::request::Parts};
use serde_json::{Value, json};

use super::{
    Defect, Wrong,
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
        title: "The list has the files of all users of the account",
        check: "list/own-only",
        wrong: || Box::new(ListsEverybody),
    },
    Defect {
        id: "list-drops-last",
        title: "The last of several files is not in the list",
        check: "list/complete",
        wrong: || Box::new(ListDropsLast),
    },
    Defect {
        id: "size-in-characters",
        title: "The list's `size` counts the characters of a text instead of its bytes",
        check: "list/sizes",
        wrong: || Box::new(SizeInCharacters),
    },
    Defect {
        id: "name-with-prefix",
        title: "The list's `filename` is the whole key",
        check: "list/filenames",
        wrong: || Box::new(NameWithPrefix),
    },
    Defect {
        id: "time-without-zone",
        title: "The list's `lastModified` lacks its `Z`",
        check: "list/times",
        wrong: || Box::new(TimeWithoutZone),
    },
    Defect {
        id: "list-needs-no-key",
        title: "A list without an API key is answered, as that of somebody without files",
        check: "list/authentication",
        wrong: || Box::new(ListNeedsNoKey),
    },
];

/// The largest text whose characters are counted, in bytes: it is read where requests are answered.
const MOST: u64 = 1 << 20;

struct ListsEverybody;

impl Wrong for ListsEverybody {
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

impl Wrong for ListDropsLast {
    fn list(&self, _world: &World, _user: UserId, mut right: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
        if right.len() > 1 {
            right.pop();
        }
        right
    }
}

struct SizeInCharacters;

impl Wrong for SizeInCharacters {
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

impl Wrong for NameWithPrefix {
    fn answer(&self, _world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        if operation != Operation::List {
            return answer;
        }
        files_edited(answer, |file| file["filename"] = file["s3Key"].clone())
    }
}

struct TimeWithoutZone;

impl Wrong for TimeWithoutZone {
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

impl Wrong for ListNeedsNoKey {
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
