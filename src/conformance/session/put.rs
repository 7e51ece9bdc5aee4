//! A PUT, before it is sent.

use bytes::Bytes;
use hyper::Method;

use crate::conformance::{
    alteration::Alteration,
    strategy::{File, Md5Form},
    wire::Body,
};

/// A PUT, before it is sent: as a good client makes it, unless something is changed.
#[derive(Clone, Debug)]
pub(in crate::conformance) struct Put {
    pub(in crate::conformance) method: Method,
    pub(in crate::conformance) content_md5: Option<String>,
    pub(in crate::conformance) headers: Vec<(&'static str, String)>,
    pub(in crate::conformance) body: Body,
    pub(in crate::conformance) alterations: Vec<Alteration>,
}

impl Put {
    /// What a good client sends for this file.
    pub(in crate::conformance) fn of(file: &File) -> Self {
        Self::content(&file.content).with("content-type", file.mime_type)
    }

    /// As [`Self::of`], of bytes that say nothing of their type.
    pub(in crate::conformance) fn content(content: &Bytes) -> Self {
        Self {
            method: Method::PUT,
            content_md5: Some(Md5Form::Base64.of(content)),
            headers: Vec::new(),
            body: Body::whole(content.clone()),
            alterations: Vec::new(),
        }
    }

    pub(in crate::conformance) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(in crate::conformance) fn altered(mut self, alteration: Alteration) -> Self {
        self.alterations.push(alteration);
        self
    }
}
