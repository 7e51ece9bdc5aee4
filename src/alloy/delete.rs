//! `DELETE /connectors/files/{s3Key}`. Ownership is checked first (the guide: "Delete endpoint validates file ownership
//! before deletion"), only by the key, so that the answer does not reveal other users' files.

use hyper::StatusCode;
use serde::Serialize;

use super::{Alloy, Answer, Error, UserId, json};

#[derive(Serialize)]
struct Reply {
    success: bool,
    message: &'static str,
}

impl Alloy {
    /// Deletes one of the user's files.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignFile`] and [`Error::NoSuchFile`].
    pub(super) fn delete(&self, user: UserId, key: &str) -> Result<Answer, Error> {
        self.ownership.delete(user, key)?;
        Ok(json(StatusCode::OK, &Reply { success: true, message: "File deleted successfully" }))
    }
}
