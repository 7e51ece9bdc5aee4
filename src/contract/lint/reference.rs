//! Every `$ref`: whether it can be followed, whether what it leads to is what is wanted there, and whether it
//! ends.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Linter;
use crate::contract::{document::LONGEST_CHAIN, tree::Node, violations::quote};

/// What a reference must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Schema,
    Parameter,
    Header,
    Response,
    RequestBody,
    PathItem,
    SecurityScheme,
}

impl What {
    /// The section of `components` that has these, and what one of them is called.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Schema => ("schemas", "a schema"),
            Self::Parameter => ("parameters", "a parameter"),
            Self::Header => ("headers", "a header"),
            Self::Response => ("responses", "a response"),
            Self::RequestBody => ("requestBodies", "a request body"),
            Self::PathItem => ("pathItems", "a path item"),
            Self::SecurityScheme => ("securitySchemes", "a security scheme"),
        }
    }
}

impl<'a> Linter<'a> {
    /// Looks at a part of the document by what it must be.
    pub(super) fn look_at(&mut self, node: &'a Node, what: What) {
        match what {
            What::Schema => self.schema(node),
            What::Parameter => self.parameter(node),
            What::Header => self.header(node),
            What::Response => self.response(node),
            What::RequestBody => self.request_body(node),
            What::SecurityScheme => self.security_scheme(node),
            // Belongs to its path's template, so that it is looked at from there.
            What::PathItem => {}
        }
    }

    /// Whether the object is a reference, which is checked then.
    pub(super) fn is_reference(&mut self, node: &'a Node, what: What) -> bool {
        let Some(reference) = node.get("$ref") else { return false };
        let Some(text) = self.string(reference, "`$ref`") else { return true };
        let shown = quote(text);
        let Some(pointer) = local(text) else {
            self.error(
                reference,
                format!(
                    "`{shown}` leads to another file, which is not supported; bring it into this document"
                ),
            );
            return true;
        };
        let Some(mut value) = self.value.pointer(&pointer) else {
            self.error(reference, format!("`{shown}` leads nowhere"));
            return true;
        };
        for _ in 0..LONGEST_CHAIN {
            let Some(next) = value.get("$ref").and_then(Value::as_str) else { break };
            // Where that leads nowhere, it is told there.
            let Some(target) = local(next).and_then(|next| self.value.pointer(&next)) else { return true };
            value = target;
        }
        if value.get("$ref").is_some_and(Value::is_string) {
            self.error(reference, format!("`{shown}` begins a chain of references without an end"));
            return true;
        }
        let (section, name) = what.names();
        let mut segments = pointer.split('/').skip(1);
        if segments.next() == Some("components")
            && let Some(other) = segments.next()
            && segments.count() == 1
        {
            if other != section {
                self.error(
                    reference,
                    format!("`{shown}` leads to `components/{other}`, and {name} is wanted here"),
                );
            }
            return true;
        }
        self.look_later(&pointer, what);
        true
    }

    /// What is no component is looked at by nobody else, or as something else.
    fn look_later(&mut self, pointer: &str, what: What) {
        if self.seen.insert((pointer.to_owned(), what))
            && let Some(node) = self.root.at_pointer(pointer)
        {
            self.pending.push((node, what));
        }
    }

    /// The object itself, behind its references.
    pub(super) fn followed(&self, node: &'a Node) -> Option<&'a Node> {
        let mut node = node;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = node.get("$ref") else { return Some(node) };
            node = self.root.at_pointer(&local(reference.text()?)?)?;
        }
        None
    }
}

/// The pointer of a reference that stays in the document.
fn local(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    Some(percent_decode_str(fragment).decode_utf8_lossy().into_owned())
}
