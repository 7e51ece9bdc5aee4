//! `GET /connectors/files/list`: the user's own files, by key.

use hyper::StatusCode;
use serde::Serialize;

use super::{Alloy, Answer, UserId, json};
use crate::files::Object;

#[derive(Serialize)]
struct Reply<'a> {
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    s3_key: &'a str,
    filename: &'a str,
    size: u64,
    last_modified: String,
}

impl Alloy {
    /// Answers with the user's files.
    pub(super) fn list(&self, user: UserId) -> Answer {
        let objects = self.ownership.list(user);
        let files = objects.iter().map(|object| File::of(object)).collect();
        json(StatusCode::OK, &Reply { files })
    }
}

impl<'a> File<'a> {
    fn of(object: &'a Object) -> Self {
        Self {
            s3_key: object.key.as_str(),
            filename: object.key.filename(),
            size: object.blob.size(),
            // S3 stores whole seconds; Alloy's JavaScript formats dates with milliseconds.
            last_modified: object.last_modified.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
        }
    }
}
