//! What the documents say, place by place: which places traffic has reached, and what it shows that no place describes.
//! Schemas that allow further properties do not mind them; whoever compares a server with its document does.

use std::{collections::BTreeSet, sync::Arc};

use hyper::{HeaderMap, StatusCode};
use serde_json::Value;

use super::{
    Contract,
    index::{Described, keys},
    media::{self, Stated},
    openapi::Document,
    pointer,
};
use crate::exchange::{Difference, Operation, Verdict};

/// Schemas within one another that are looked into: some contain themselves.
const MAX_DEPTH: usize = 12;

/// The most differences of one answer.
const MAX_EXTRAS: usize = 100;

/// Headers that servers send and documents leave out, among them the emulator's own.
const COMMON: &[&str] = &[
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "allow",
    "alt-svc",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "location",
    "pragma",
    "referrer-policy",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "via",
    "www-authenticate",
    "x-assay-fault",
    "x-assay-finding",
    "x-content-type-options",
    "x-frame-options",
    "x-powered-by",
    "x-xss-protection",
];

/// What a message reaches, and shows beyond the document.
#[derive(Debug, Default)]
pub struct Outline {
    /// The places, such as `list 200 /files/*/size`.
    pub places: BTreeSet<String>,
    /// What no place describes.
    pub extras: Vec<Difference>,
}

impl Contract {
    /// Returns every place of the documents.
    pub fn places(&self) -> BTreeSet<String> {
        let mut outline = Outline::default();
        for operation in Operation::ALL {
            let Some(described) = self.index.get(operation) else { continue };
            outline.places.insert(operation.to_string());
            let walk = Walk { document: &described.document, status: None };
            let request = format!("{operation} request");
            walk.schema(&request_schema(described), "", &request, None, 0, &mut outline);
            let responses = pointer::join(&described.at, "responses");
            for status in keys(described.document.get(&responses)).filter(|name| !name.starts_with("x-")) {
                let at = format!("{operation} {status}");
                outline.places.insert(at.clone());
                if let Some(schema) = answer_schema(described, &pointer::join(&responses, status)) {
                    walk.schema(&schema, "", &at, None, 0, &mut outline);
                }
            }
        }
        outline.places
    }

    /// Follows a request's body.
    pub fn outline_request(&self, operation: Operation, body: Option<&Value>) -> Outline {
        let mut outline = Outline::default();
        let Some(described) = self.index.get(operation) else { return outline };
        outline.places.insert(operation.to_string());
        if let Some(body) = body {
            let walk = Walk { document: &described.document, status: None };
            let at = format!("{operation} request");
            walk.schema(&request_schema(described), "", &at, Some(body), 0, &mut outline);
        }
        // A request may have further properties: the server decides.
        outline.extras.clear();
        outline
    }

    /// Follows an answer.
    pub fn outline_answer(
        &self,
        operation: Operation,
        status: StatusCode,
        headers: &HeaderMap,
        body: Option<&Value>,
    ) -> Outline {
        let mut outline = Outline::default();
        let Some(described) = self.index.get(operation) else { return outline };
        let responses = pointer::join(&described.at, "responses");
        let (exact, class) = (status.as_str().to_owned(), format!("{}XX", status.as_u16() / 100));
        let names = [exact, class.clone(), class.to_lowercase(), "default".to_owned()];
        let find = |name: &&String| described.document.get(&pointer::join(&responses, name)).is_some();
        let Some(name) = names.iter().find(find) else { return outline };
        let place = pointer::join(&responses, name);
        let at = format!("{operation} {name}");
        outline.places.insert(at.clone());
        let walk = Walk { document: &described.document, status: Some(status.as_u16()) };
        walk.headers(&place, headers, &mut outline);
        if let Some(body) = body
            && let Some(schema) = answer_schema(described, &place)
        {
            walk.schema(&schema, "", &at, Some(body), 0, &mut outline);
        }
        outline
    }

    /// Returns where the document has an operation, as a JSON Pointer.
    pub fn place_of(&self, operation: Operation) -> Option<&str> {
        self.index.get(operation).map(|described| described.at.as_str())
    }
}

/// Whether a body with these headers is JSON that can be read.
pub fn is_json(headers: &HeaderMap) -> bool {
    matches!(media::stated(headers), Stated::Essence(essence) if media::is_json(essence))
}

/// The schema of JSON in a response, or in a request's body.
fn answer_schema(described: &Described, place: &str) -> Option<String> {
    let document = &described.document;
    let (place, _) = document.object(place).ok()?;
    let content = pointer::join(&place, "content");
    let name = keys(document.get(&content)).find(|name| media::is_json(name) || name.ends_with('*'))?;
    let schema = pointer::join(&pointer::join(&content, name), "schema");
    document.get(&schema).map(|_| schema)
}

fn request_schema(described: &Described) -> String {
    answer_schema(described, &pointer::join(&described.at, "requestBody")).unwrap_or_default()
}

/// Walks along a schema, together with a value where there is one.
struct Walk<'a> {
    document: &'a Arc<Document>,
    status: Option<u16>,
}

impl Walk<'_> {
    fn headers(&self, response: &str, headers: &HeaderMap, outline: &mut Outline) {
        let Ok((spec, _)) = self.document.object(response) else { return };
        let described = pointer::join(&spec, "headers");
        let is_known = |name: &str| {
            COMMON.binary_search(&name).is_ok()
                || keys(self.document.get(&described)).any(|known| known.eq_ignore_ascii_case(name))
        };
        for name in headers.keys().map(hyper::header::HeaderName::as_str).filter(|name| !is_known(name)) {
            let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
            let message =
                format!("The answer has the header `{name}`, which the document does not describe.");
            self.extra(outline, "header", name, message, &spec, value.unwrap_or_default().into());
        }
    }

    /// `at` is the place of the message, `pointer` that of the value in it.
    fn schema(
        &self,
        spec: &str,
        pointer: &str,
        at: &str,
        value: Option<&Value>,
        depth: usize,
        outline: &mut Outline,
    ) {
        let Ok((spec, schema)) = self.document.object(spec) else { return };
        if depth > MAX_DEPTH || spec.is_empty() {
            return;
        }
        for option in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
            if value.is_none_or(|value| value == option) {
                outline.places.insert(format!("{at} {pointer} = {option}"));
            }
        }
        let mut properties = Vec::new();
        let is_closed = self.properties(&spec, depth, &mut properties);
        let find = |name: &str| properties.iter().find(|(known, _)| known == name).map(|(_, spec)| spec);
        match value {
            None => {
                for (name, spec) in &properties {
                    self.property(name, spec, pointer, at, None, depth, outline);
                }
            }
            Some(Value::Object(members)) => {
                for (name, member) in members {
                    if let Some(spec) = find(name) {
                        self.property(name, spec, pointer, at, Some(member), depth, outline);
                    } else if !properties.is_empty() && !is_closed {
                        let place = pointer::join(pointer, name);
                        let message = format!(
                            "The answer has the property `{place}`, which the document does not describe."
                        );
                        self.extra(outline, "property", &place, message, &spec, member.clone());
                    }
                }
            }
            Some(_) => {}
        }
        let items = pointer::join(&spec, "items");
        if self.document.get(&items).is_some() {
            let below = format!("{pointer}/*");
            match value {
                None => self.schema(&items, &below, at, None, depth + 1, outline),
                Some(Value::Array(values)) => {
                    for value in values {
                        self.schema(&items, &below, at, Some(value), depth + 1, outline);
                    }
                }
                Some(_) => {}
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a place in the document and the one in the message")]
    fn property(
        &self,
        name: &str,
        spec: &str,
        pointer: &str,
        at: &str,
        value: Option<&Value>,
        depth: usize,
        outline: &mut Outline,
    ) {
        let pointer = pointer::join(pointer, name);
        outline.places.insert(format!("{at} {pointer}"));
        self.schema(spec, &pointer, at, value, depth + 1, outline);
    }

    /// Collects the properties of a schema and of those that it is composed of; tells whether it says itself what
    /// becomes of others.
    fn properties(&self, spec: &str, depth: usize, found: &mut Vec<(String, String)>) -> bool {
        let Ok((spec, schema)) = self.document.object(spec) else { return false };
        if depth > MAX_DEPTH {
            return true;
        }
        let own = pointer::join(&spec, "properties");
        found.extend(keys(schema.get("properties")).map(|name| (name.clone(), pointer::join(&own, name))));
        let mut is_closed = schema.contains_key("additionalProperties");
        for composition in ["allOf", "anyOf", "oneOf"] {
            let list = pointer::join(&spec, composition);
            let length = schema.get(composition).and_then(Value::as_array).map_or(0, Vec::len);
            for index in 0..length {
                is_closed |= self.properties(&pointer::join(&list, &index.to_string()), depth + 1, found);
            }
        }
        is_closed
    }

    fn extra(
        &self,
        outline: &mut Outline,
        what: &str,
        pointer: &str,
        message: String,
        spec: &str,
        seen: Value,
    ) {
        let difference = Difference::new(Verdict::Answer, what, pointer, message);
        let is_new = outline
            .extras
            .iter()
            .all(|known| (&known.what, &known.pointer) != (&difference.what, &difference.pointer));
        if is_new && outline.extras.len() < MAX_EXTRAS {
            let spec = Some(spec.to_owned());
            outline.extras.push(Difference { status: self.status, spec, seen, ..difference });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn common_headers_are_in_order() {
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn what_the_document_does_not_describe_is_found() {
        let contract = Contract::built_in().unwrap();
        let headers = HeaderMap::from_iter([("x-new".parse().unwrap(), "1".parse().unwrap())]);
        let body = json!({"files": [{"s3Key": "k", "etag": "e"}, {"etag": "f"}], "next": null});
        let outline = contract.outline_answer(Operation::List, StatusCode::OK, &headers, Some(&body));
        let found: Vec<_> = outline.extras.iter().map(|extra| extra.id(Operation::List)).collect();
        assert_eq!(
            found,
            [
                "answer list 200 header x-new",
                "answer list 200 property /files/*/etag",
                "answer list 200 property /next"
            ]
        );
        assert_eq!(outline.extras[1].spec.as_deref(), Some("/components/schemas/File"));
        let places: Vec<_> = outline.places.iter().map(String::as_str).collect();
        assert_eq!(places, ["list 200", "list 200 /files", "list 200 /files/*/s3Key"]);
    }

    #[test]
    fn every_place_can_be_reached() {
        let contract = Contract::built_in().unwrap();
        let places = contract.places();
        let body = json!({"presignedUrl": {"type": "new", "md5": "", "s3Key": "", "presignedUrl": ""}});
        let outline =
            contract.outline_answer(Operation::Presign, StatusCode::OK, &HeaderMap::new(), Some(&body));
        assert!(outline.places.is_subset(&places), "{outline:?}");
        for place in
            ["presign", "presign request /md5", "presign 200 /presignedUrl/type = \"existing\"", "list 431"]
        {
            assert!(places.contains(place), "{place}: {places:?}");
        }
    }
}
