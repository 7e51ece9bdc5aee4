//! Inputs made unique to a session, for servers where all cases share one user: an earlier case may have left files
//! behind, and another one may run at the same time.

use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use super::{
    alteration::Alteration,
    strategy::{File, Md5Form, PresignRequest},
};

/// An input of a case.
pub(super) trait Fresh: Sized {
    /// Returns the input with the session's tag in all content.
    fn fresh(self, _tag: &str) -> Self {
        self
    }
}

impl Fresh for Bytes {
    fn fresh(self, tag: &str) -> Self {
        // The dot ends the tag, so that no appended text makes it another session's tag.
        [&self, tag.as_bytes(), b"."].concat().into()
    }
}

impl Fresh for File {
    fn fresh(self, tag: &str) -> Self {
        Self { content: self.content.fresh(tag), ..self }
    }
}

impl Fresh for PresignRequest {
    fn fresh(self, tag: &str) -> Self {
        let form = if self.md5.len() == 32 { Md5Form::Hex } else { Md5Form::Base64 };
        Self { md5: form.of(format!("{}{tag}", self.md5).as_bytes()), ..self }
    }
}

impl<T: Fresh> Fresh for Vec<T> {
    fn fresh(self, tag: &str) -> Self {
        self.into_iter().map(|one| one.fresh(tag)).collect()
    }
}

impl<A: Fresh, B: Fresh> Fresh for (A, B) {
    fn fresh(self, tag: &str) -> Self {
        (self.0.fresh(tag), self.1.fresh(tag))
    }
}

impl<A: Fresh, B: Fresh, C: Fresh> Fresh for (A, B, C) {
    fn fresh(self, tag: &str) -> Self {
        (self.0.fresh(tag), self.1.fresh(tag), self.2.fresh(tag))
    }
}

impl<T> Fresh for Option<T> {}
impl Fresh for Alteration {}
impl Fresh for Md5Form {}
impl Fresh for Method {}
impl Fresh for String {}
impl Fresh for Value {}
impl Fresh for bool {}
impl Fresh for u64 {}
impl Fresh for &'static str {}
