//! A new account on a shared emulator, and its actions.

use std::sync::atomic::{AtomicU64, Ordering};

use alloy_assay::{Emulator, StoredFile, UserId};
use serde_json::{Value, json};

use crate::support::{Presigned, md5_base64, md5_hex, raw::Answer, request::Request};

/// A defect's name, and whether an emulator has it.
pub type Shown = (&'static str, fn(&Scene) -> bool);

/// Makes every account, every user and every file another.
static COUNT: AtomicU64 = AtomicU64::new(1);

fn count() -> u64 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// An account, as one of its users.
pub struct Scene<'a> {
    pub emulator: &'a Emulator,
    key: String,
    /// The user that calls are made for; without one, the account's own.
    user: Option<String>,
}

impl<'a> Scene<'a> {
    /// A new account.
    pub fn of(emulator: &'a Emulator) -> Self {
        Self { emulator, key: format!("key-{}", count()), user: None }
    }

    /// Another new account.
    pub fn stranger(&self) -> Self {
        Self::of(self.emulator)
    }

    /// The same account as a new user.
    pub fn colleague(&self) -> Self {
        self.calling_for(&format!("{:024x}", count()))
    }

    /// The same account as this user.
    pub fn calling_for(&self, user: &str) -> Self {
        Self { emulator: self.emulator, key: self.key.clone(), user: Some(user.to_owned()) }
    }

    /// The user's id.
    pub fn id(&self) -> String {
        self.user.clone().unwrap_or_else(|| UserId::of_key(&self.key).to_string())
    }

    /// Returns new content.
    pub fn content() -> Vec<u8> {
        format!("content {}", count()).into_bytes()
    }

    /// A complete request to the Alloy API.
    pub fn alloy(&self, method: &str, path: &str) -> Request {
        let request = Request::alloy(method, path).with("authorization", format!("Bearer {}", self.key));
        match &self.user {
            Some(user) => request.and("x-alloy-userid", user),
            None => request,
        }
    }

    /// A presign with this body.
    pub fn presign_request(&self, body: &Value) -> Request {
        let request = self.alloy("POST", "/connectors/files/upload/request");
        request.and("content-type", "application/json").body(body.to_string().as_bytes())
    }

    /// The API key.
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn send(&self, request: &Request) -> Answer {
        request.send(self.emulator)
    }

    /// Asks for a URL for these bytes.
    #[track_caller]
    pub fn presign(&self, filename: &str, bytes: &[u8]) -> Presigned {
        let body = json!({"filename": filename, "mimeType": "text/plain", "md5": md5_hex(bytes)});
        let answer = self.send(&self.presign_request(&body));
        assert_eq!(answer.status, 200, "{}", answer.text());
        Presigned::of(&json_of(&answer))
    }

    /// Whether a presign says that these bytes are there already.
    #[track_caller]
    pub fn finds(&self, filename: &str, bytes: &[u8]) -> bool {
        self.presign(filename, bytes).r#type == "existing"
    }

    /// An upload to a URL. It computes the MD5, since the answer's may be wrong.
    pub fn put_request(url: &str, bytes: &[u8]) -> Request {
        Request::put(url, &md5_base64(bytes), bytes).and("content-type", "text/plain")
    }

    pub fn put(&self, url: &str, bytes: &[u8]) -> Answer {
        self.send(&Self::put_request(url, bytes))
    }

    /// A PUT of other bytes than it announces.
    pub fn put_wrong(&self, url: &str, announced: &[u8], sent: &[u8]) -> u16 {
        self.send(&Request::put(url, &md5_base64(announced), sent)).status
    }

    /// Uploads the right way, and gives the key that Alloy names.
    #[track_caller]
    pub fn upload(&self, filename: &str, bytes: &[u8]) -> String {
        let presigned = self.presign(filename, bytes);
        let answer = self.put(&presigned.url, bytes);
        assert_eq!(answer.status, 200, "{}", answer.text());
        presigned.key
    }

    /// Returns the stored bytes of a URL.
    pub fn stored(&self, url: &str) -> Option<Vec<u8>> {
        let key = url.split('?').next().unwrap().rsplit('/').next().unwrap();
        self.emulator.files().iter().find(|object| object.s3_key() == key).map(StoredFile::content)
    }

    /// The files that the list has.
    #[track_caller]
    pub fn files(&self) -> Vec<Value> {
        let answer = self.send(&self.alloy("GET", "/connectors/files/list"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        json_of(&answer)["files"].as_array().unwrap().clone()
    }

    /// Whether the list has a key.
    #[track_caller]
    pub fn lists(&self, key: &str) -> bool {
        self.files().iter().any(|file| file["s3Key"] == key)
    }

    /// Deletes a file, and gives the status.
    pub fn delete(&self, key: &str) -> u16 {
        self.send(&self.alloy("DELETE", &format!("/connectors/files/{key}"))).status
    }

    /// Returns whether a file can be uploaded, listed and deleted.
    pub fn plain_upload_works(&self) -> bool {
        let bytes = Self::content();
        let presigned = self.presign("report.pdf", &bytes);
        let is_stored = self.put(&presigned.url, &bytes).status == 200;
        let is_listed = self
            .files()
            .iter()
            .any(|file| file["s3Key"] == presigned.key.as_str() && file["size"] == bytes.len());
        let is_deleted = self.delete(&presigned.key) == 200 && !self.lists(&presigned.key);
        presigned.r#type == "new" && is_stored && is_listed && is_deleted
    }
}

/// An answer's JSON.
pub fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}
