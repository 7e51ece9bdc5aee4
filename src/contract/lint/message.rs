//! Bodies of requests, and answers.

use super::{Linter, reference::What};
use crate::contract::{
    tree::{Kind, Node},
    violations::quote,
};

impl<'a> Linter<'a> {
    pub(super) fn request_body(&mut self, body: &'a Node) {
        self.object(body, "a request body");
        if !matches!(body.kind, Kind::Map(_)) || self.is_reference(body, What::RequestBody) {
            return;
        }
        self.misspelt(body.entries(), &["description", "content", "required"]);
        self.boolean(body, "required");
        match body.get("content") {
            Some(content) => self.content(content),
            None => self.error(body, "a request body must have `content`"),
        }
    }

    pub(super) fn content(&mut self, content: &'a Node) {
        for media_type in self.object(content, "`content`") {
            self.object(&media_type.value, "a media type");
            self.misspelt(media_type.value.entries(), &["schema", "example", "examples", "encoding"]);
            if let Some(schema) = media_type.value.get("schema") {
                self.schema(schema);
            }
        }
    }

    pub(super) fn responses(&mut self, responses: &'a Node) {
        let entries = self.object(responses, "`responses`");
        if matches!(responses.kind, Kind::Map(_)) && entries.is_empty() {
            self.error(responses, "`responses` must have at least one response");
        }
        for entry in entries.iter().filter(|entry| !entry.name.starts_with("x-")) {
            if !is_status(&entry.name) {
                let message = format!(
                    "`{}` is no status of an answer; write one like '200', '4XX' or default",
                    quote(&entry.name)
                );
                self.error_at(entry.at, &entry.value, message);
            }
            self.response(&entry.value);
        }
    }

    pub(super) fn response(&mut self, response: &'a Node) {
        self.object(response, "a response");
        if !matches!(response.kind, Kind::Map(_)) || self.is_reference(response, What::Response) {
            return;
        }
        self.misspelt(response.entries(), &["description", "headers", "content", "links"]);
        self.required_string(response, "a response", "description");
        if let Some(headers) = response.get("headers") {
            for header in self.object(headers, "`headers`") {
                self.header(&header.value);
            }
        }
        if let Some(content) = response.get("content") {
            self.content(content);
        }
    }
}

fn is_status(name: &str) -> bool {
    let is_class = |name: &str| {
        let digit = name.strip_suffix("XX").or_else(|| name.strip_suffix("xx"));
        digit.is_some_and(|digit| matches!(digit, "1" | "2" | "3" | "4" | "5"))
    };
    name == "default"
        || is_class(name)
        || name.parse::<u16>().is_ok_and(|status| (100..600).contains(&status))
}
