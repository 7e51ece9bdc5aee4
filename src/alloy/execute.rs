//! `POST /connectors/{connectorId}/actions/{actionId}/execute`: an action of a connector. By the guide, an `s3Key`
//! stands for a file's content. No connector runs here: the emulator only looks up the files of the request.

use std::sync::Arc;

use hyper::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::{Alloy, Answer, Error, S3Key, UserId, Violation, json};
use crate::{exchange::cut, files::Object};

/// Most violations that one answer reports.
const MAX_VIOLATIONS: usize = 100;

/// Longest pointer of a resolved file, in bytes.
const LONGEST_POINTER: usize = 512;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    execution_id: String,
    status: &'static str,
    response_data: ResponseData,
}

#[derive(Serialize)]
struct ResponseData {
    files: Vec<ResolvedFile>,
}

/// A file that the request names, and where.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolvedFile {
    pointer: String,
    s3_key: String,
    name: String,
    size: u64,
    md5: String,
}

/// Files and violations of a request's strings.
#[derive(Default)]
struct Named {
    files: Vec<(String, Arc<Object>)>,
    missing: Vec<Violation>,
    foreign: Vec<Violation>,
}

impl Alloy {
    /// Answers as if the action had run, with the files that its `requestBody` names.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignFiles`] if a string is another user's key, [`Error::NoSuchFiles`] if a key of the user has no
    /// file. The former comes first, so that the answer does not reveal other users' files.
    pub(super) fn execute(&self, user: UserId, body: Option<&Value>) -> Result<Answer, Error> {
        let mut named = Named::default();
        if let Some(request_body) = body.and_then(|body| body.get("requestBody")) {
            self.resolve(user, request_body, &mut "/requestBody".to_owned(), &mut named);
        }
        if !named.foreign.is_empty() {
            return Err(Error::ForeignFiles(named.foreign));
        }
        if !named.missing.is_empty() {
            return Err(Error::NoSuchFiles(named.missing));
        }
        let files = named.files.into_iter().map(ResolvedFile::from).collect();
        let execution_id = self.new_id().to_string();
        let reply = Reply { execution_id, status: "completed", response_data: ResponseData { files } };
        Ok(json(StatusCode::OK, &reply))
    }

    /// Resolves every string in `value`, which is at `pointer`.
    fn resolve(&self, user: UserId, value: &Value, pointer: &mut String, named: &mut Named) {
        match value {
            Value::String(text) => self.resolve_text(user, text, pointer, named),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.resolve_below(user, item, &index.to_string(), pointer, named);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    // RFC 6901
                    let name = name.replace('~', "~0").replace('/', "~1");
                    self.resolve_below(user, member, &name, pointer, named);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// One pointer serves the whole walk: a copy for each value would be quadratic in a long name.
    fn resolve_below(
        &self,
        user: UserId,
        value: &Value,
        step: &str,
        pointer: &mut String,
        named: &mut Named,
    ) {
        let end = pointer.len();
        pointer.push('/');
        pointer.push_str(step);
        self.resolve(user, value, pointer, named);
        pointer.truncate(end);
    }

    fn resolve_text(&self, user: UserId, text: &str, pointer: &str, named: &mut Named) {
        let Ok(key) = S3Key::new(text) else { return };
        let Some(owner) = key.file_owner() else { return };
        if owner != user {
            let what = "This file belongs to another user.";
            tell(&mut named.foreign, "execute-foreign-file", pointer, what);
        } else if let Some(object) = self.state.get(&key) {
            let mut pointer = pointer.to_owned();
            cut(&mut pointer, LONGEST_POINTER);
            named.files.push((pointer, object));
        } else {
            tell(&mut named.missing, "execute-missing-file", pointer, "This file is not there.");
        }
    }
}

/// Adds a violation at `pointer`, up to the bound.
fn tell(violations: &mut Vec<Violation>, rule: &'static str, pointer: &str, message: &str) {
    if violations.len() < MAX_VIOLATIONS {
        violations.push(Violation::new(rule, pointer, message));
    }
}

impl From<(String, Arc<Object>)> for ResolvedFile {
    fn from((pointer, object): (String, Arc<Object>)) -> Self {
        Self {
            pointer,
            s3_key: object.key.to_string(),
            name: object.key.filename().to_owned(),
            size: object.blob.size(),
            md5: object.md5.to_base64(),
        }
    }
}
