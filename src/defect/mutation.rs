//! The hooks of defects. A closure gets the correct value, and returns its replacement; [`super::Defects`] calls it.
//! The functions here build the entries of `DEFECTS` tables.

use std::sync::Arc;

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderValue},
    http::request::Parts,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::World;
use crate::{
    exchange::{Answer, Content, Operation},
    files::{DeleteError, Keep, Md5Digest, Object, S3Key, UserId},
    s3::{Accepted, RawRequest, Refusal, Rejection, S3},
};

type Begun = Result<Accepted, Refusal>;
type Ended = Result<Answer, Rejection>;
type Files = Vec<Arc<Object>>;

/// Declares the kinds of changes, each with the function that makes one of a closure.
macro_rules! mutations {
    ($($(#[$doc:meta])* $function:ident $kind:ident ($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// One change.
        pub(super) enum Mutation {
            $($(#[$doc])* $kind(Box<dyn Fn($($argument),*) $(-> $result)? + Send + Sync>),)*
        }

        $($(#[$doc])*
        pub(super) fn $function(change: impl Fn($($argument),*) $(-> $result)? + Send + Sync + 'static) -> Mutation {
            Mutation::$kind(Box::new(change))
        })*
    };
}

mutations! {
    /// Changes the head of a request to the Alloy API.
    head Head(Operation, &mut Parts);
    /// Changes the JSON body of a presign request.
    presign_body PresignBody(&mut Value);
    /// Changes the answer of the Alloy API.
    reply Reply(&World, Operation, &Parts, Answer) -> Answer;
    /// Changes whether an account may call for a user.
    may_name MayName(&World, UserId, bool) -> bool;
    /// Changes the key of a user's file.
    key Key(&World, UserId, S3Key) -> S3Key;
    /// Changes which file of a user already has the announced content.
    duplicate Duplicate(&Announced<'_>, Option<S3Key>) -> Option<S3Key>;
    /// Changes the list of a user's files.
    list List(&World, UserId, Files) -> Files;
    /// Changes how a user's file is deleted.
    delete Delete(&Deletion<'_>, &str) -> Result<(), DeleteError>;
    /// Changes whether the S3 API accepts the head of a request.
    begin Begin(&Asked<'_>, Begun) -> Begun;
    /// Changes the stored part of an upload.
    keep Keep(&RawRequest<'_>, Box<dyn Keep>) -> Box<dyn Keep>;
    /// Changes the answer of the S3 API.
    end End(&Asked<'_>, Ended) -> Ended;
}

/// A file that a presign request announced.
pub(super) struct Announced<'a> {
    pub(super) world: &'a World,
    pub(super) user: UserId,
    /// The key that the file gets if it is new.
    pub(super) key: &'a S3Key,
    pub(super) md5: Md5Digest,
}

/// A request to delete a user's file.
pub(super) struct Deletion<'a> {
    pub(super) world: &'a World,
    pub(super) user: UserId,
    /// Deletes the file the right way.
    pub(super) right: &'a dyn Fn(&str) -> Result<(), DeleteError>,
}

/// A request to the S3 API.
pub(super) struct Asked<'a> {
    pub(super) world: &'a World,
    pub(super) s3: &'a S3,
    pub(super) request: &'a RawRequest<'a>,
    pub(super) now: Timestamp,
}

/// Changes the head of a request for one operation.
pub(super) fn request(of: Operation, change: impl Fn(&mut Parts) + Send + Sync + 'static) -> Mutation {
    head(move |operation, head| {
        if operation == of {
            change(head);
        }
    })
}

/// Changes the answer to one operation.
pub(super) fn answer(
    of: Operation,
    change: impl Fn(&World, &Parts, Answer) -> Answer + Send + Sync + 'static,
) -> Mutation {
    reply(
        move |world, operation, head, answer| {
            if operation == of { change(world, head, answer) } else { answer }
        },
    )
}

/// Changes the `presignedUrl` object in the answer to a presign.
pub(super) fn presigned(change: impl Fn(&World, &mut Value) + Send + Sync + 'static) -> Mutation {
    answer(Operation::Presign, move |world, _, answer| {
        edited(answer, |value| {
            if let Some(presigned) = value.get_mut("presignedUrl") {
                change(world, presigned);
            }
        })
    })
}

/// Changes each file in the answer to a list.
pub(super) fn listed(change: impl Fn(&World, &mut Value) + Send + Sync + 'static) -> Mutation {
    answer(Operation::List, move |world, _, answer| {
        edited(answer, |value| {
            let files = value.get_mut("files").and_then(Value::as_array_mut);
            files.into_iter().flatten().for_each(|file| change(world, file));
        })
    })
}

/// Decides what becomes of requests whose signature does not match; `None` refuses one as before.
pub(super) fn accept_mismatch(
    accept: impl Fn(&Asked<'_>) -> Option<Begun> + Send + Sync + 'static,
) -> Mutation {
    begin(move |asked, right| match right {
        Err(Refusal::SignatureDoesNotMatch(_)) => accept(asked).unwrap_or(right),
        right => right,
    })
}

impl Announced<'_> {
    /// Returns the announced key if a user whom `may_hold` selects has the content.
    pub(super) fn if_held_by(&self, may_hold: impl Fn(UserId) -> bool) -> Option<S3Key> {
        let files = self.world.files_of(may_hold);
        files.iter().any(|file| file.md5 == self.md5).then(|| self.key.clone())
    }
}

impl Deletion<'_> {
    /// Deletes the file the right way.
    pub(super) fn delete(&self, key: &str) -> Result<(), DeleteError> {
        (self.right)(key)
    }

    /// Deletes the file even if it belongs to a user whom `may_own` selects.
    pub(super) fn delete_also(&self, key: &str, may_own: impl Fn(UserId) -> bool) -> Result<(), DeleteError> {
        self.delete(key).or_else(|error| match S3Key::owner_of(key) {
            Some(owner) if may_own(owner) => self.world.state.delete(owner, key).map_err(|_| error),
            _ => Err(error),
        })
    }
}

impl Asked<'_> {
    pub(super) fn is_put(&self) -> bool {
        *self.request.method == Method::PUT
    }

    /// Returns the key that an upload is for.
    pub(super) fn put_key(&self) -> Option<S3Key> {
        self.s3.key(self.request).filter(|_| self.is_put())
    }

    /// Judges the request as of another time.
    pub(super) fn again_at(&self, now: Timestamp) -> Begun {
        self.s3.begin(self.request, now)
    }

    /// Judges the request with another method.
    pub(super) fn again_as(&self, method: &Method) -> Begun {
        self.s3.begin(&RawRequest { method, ..*self.request }, self.now)
    }

    /// Judges the request with another query, as of another time.
    pub(super) fn again_with_query(&self, query: &str, now: Timestamp) -> Begun {
        self.s3.begin(&RawRequest { query: Some(query), ..*self.request }, now)
    }

    /// Judges the request with other headers.
    pub(super) fn again_with(&self, change: impl FnOnce(&mut HeaderMap)) -> Begun {
        let mut headers = self.request.headers.clone();
        change(&mut headers);
        self.s3.begin(&RawRequest { headers: &headers, ..*self.request }, self.now)
    }
}

/// Changes the JSON of a successful answer.
fn edited(answer: Answer, change: impl FnOnce(&mut Value)) -> Answer {
    let text = answer.content.text().filter(|_| answer.status == StatusCode::OK);
    match text.and_then(|text| serde_json::from_slice::<Value>(text).ok()) {
        Some(mut value) => {
            change(&mut value);
            Answer { content: Content::Whole(value.to_string().into()), ..answer }
        }
        None => answer,
    }
}

/// Changes the JSON of a body; returns a body that is not JSON unchanged.
pub(super) fn edited_body(body: Bytes, change: impl FnOnce(&mut Value)) -> Bytes {
    match serde_json::from_slice::<Value>(&body) {
        Ok(mut value) => {
            change(&mut value);
            value.to_string().into()
        }
        Err(_) => body,
    }
}

/// Changes a text field of a JSON object.
pub(super) fn edit_text(value: &mut Value, name: &str, change: impl FnOnce(&str) -> String) {
    if let Some(field) = value.get_mut(name)
        && let Some(text) = field.as_str()
    {
        *field = json!(change(text));
    }
}

/// Returns the URL in the answer to a presign, and the MD5 that it is for.
pub(super) fn handed_out(answer: &Answer) -> Option<(String, Md5Digest)> {
    let value: Value = serde_json::from_slice(answer.content.text()?).ok()?;
    let field = |name: &str| value.get("presignedUrl")?.get(name)?.as_str();
    Some((field("presignedUrl")?.to_owned(), field("md5")?.parse().ok()?))
}

/// Returns a 200 with this JSON.
pub(super) fn success(value: &Value) -> Answer {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    Answer::new(StatusCode::OK, Content::Whole(value.to_string().into())).with(header::CONTENT_TYPE, json)
}

/// Returns whether a request was refused because it has no API key.
pub(super) fn lacks_key(head: &Parts, answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED && !head.headers.contains_key(header::AUTHORIZATION)
}

/// Returns both lists as one, by key.
pub(super) fn merged(mut files: Files, more: Files) -> Files {
    files.extend(more);
    files.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    files
}
