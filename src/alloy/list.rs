//! `GET /connectors/files/list`: the user's own files, by key.

use std::rc::Rc;

use hyper::StatusCode;
use jiff::Timestamp;
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
    last_modified: Rc<str>,
}

impl Alloy {
    /// Answers with the user's files.
    #[must_use]
    pub fn list(&self, user: UserId) -> Answer {
        let objects = self.ownership.list(user);
        let mut dates = Dates::default();
        let files = objects.iter().map(|object| File::of(object, &mut dates)).collect();
        json(StatusCode::OK, &Reply { files })
    }
}

impl<'a> File<'a> {
    fn of(object: &'a Object, dates: &mut Dates) -> Self {
        Self {
            s3_key: object.key.as_str(),
            filename: object.key.filename(),
            size: object.blob.size(),
            last_modified: dates.text(object.last_modified),
        }
    }
}

/// The date that was last written out: many files of a long list share theirs.
#[derive(Default)]
struct Dates(Option<(i64, Rc<str>)>);

impl Dates {
    /// S3 dates objects to the second; Alloy's JavaScript writes such a date with milliseconds.
    fn text(&mut self, at: Timestamp) -> Rc<str> {
        match &self.0 {
            Some((second, text)) if *second == at.as_second() => Rc::clone(text),
            _ => {
                let text: Rc<str> = at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string().into();
                Rc::clone(&self.0.insert((at.as_second(), text)).1)
            }
        }
    }
}
