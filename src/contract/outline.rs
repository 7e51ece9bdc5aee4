//! The documents' places: which of them occurred in traffic, and which parts of the traffic are undocumented. A schema
//! that allows further properties accepts them; a comparison of a server with its document reports them.

use std::collections::{BTreeSet, HashMap};

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

/// The most places that are told apart. Real documents have some hundreds.
const MAX_PLACES: usize = 10_000;

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

/// Documented and undocumented places of a message.
#[derive(Debug, Default)]
pub struct Outline {
    /// Places, such as `list 200 /files/*/size`.
    pub places: BTreeSet<String>,
    /// Undocumented parts.
    pub extras: Vec<Difference>,
}

/// The schemas of an operation's messages, with their references resolved.
pub(super) struct Shapes {
    all: Vec<Shape>,
    request: Option<usize>,
    answers: Vec<AnswerShape>,
}

/// A schema. Those within it are named by their places in [`Shapes`]: one may contain itself.
#[derive(Default)]
struct Shape {
    /// Its place in the document.
    spec: String,
    /// The values of `enum`.
    options: Vec<Value>,
    /// Its own properties, and those of the schemas that it is composed of.
    properties: Vec<(String, usize)>,
    /// Set if the schema has `additionalProperties`.
    is_closed: bool,
    items: Option<usize>,
}

struct AnswerShape {
    /// Its name in the document: a status, a class of them, or `default`.
    name: String,
    /// Its place in the document; `None` where its reference leads nowhere.
    spec: Option<String>,
    headers: Vec<String>,
    body: Option<usize>,
}

impl Contract {
    /// Returns every place of the documents.
    pub fn places(&self) -> BTreeSet<String> {
        let mut outline = Outline::default();
        for operation in Operation::ALL {
            let Some(described) = self.index.get(operation) else { continue };
            outline.places.insert(operation.to_string());
            let shapes = described.shapes();
            let walk = |body: Option<usize>, at: &str, outline: &mut Outline| {
                if let Some(body) = body {
                    Walk { shapes: &shapes.all, at, status: None }.schema(body, "", None, 0, outline);
                }
            };
            walk(shapes.request, &format!("{operation} request"), &mut outline);
            for answer in &shapes.answers {
                let at = format!("{operation} {}", answer.name);
                outline.places.insert(at.clone());
                walk(answer.body, &at, &mut outline);
            }
        }
        outline.places
    }

    /// Follows a request's body.
    pub fn outline_request(&self, operation: Operation, body: Option<&Value>) -> Outline {
        let mut outline = Outline::default();
        let Some(described) = self.index.get(operation) else { return outline };
        outline.places.insert(operation.to_string());
        let shapes = described.shapes();
        if let (Some(body), Some(shape)) = (body, shapes.request) {
            let at = format!("{operation} request");
            Walk { shapes: &shapes.all, at: &at, status: None }.schema(
                shape,
                "",
                Some(body),
                0,
                &mut outline,
            );
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
        let shapes = described.shapes();
        let class = format!("{}XX", status.as_u16() / 100);
        let names = [status.as_str(), &class, "default"];
        let find = |name: &&str| shapes.answers.iter().find(|answer| answer.name.eq_ignore_ascii_case(name));
        let Some(answer) = names.iter().find_map(find) else { return outline };
        let at = format!("{operation} {}", answer.name);
        outline.places.insert(at.clone());
        let walk = Walk { shapes: &shapes.all, at: &at, status: Some(status.as_u16()) };
        walk.headers(answer, headers, &mut outline);
        if let (Some(body), Some(shape)) = (body, answer.body) {
            walk.schema(shape, "", Some(body), 0, &mut outline);
        }
        outline
    }

    /// Returns where the document has an operation, as a JSON Pointer.
    pub fn place_of(&self, operation: Operation) -> Option<&str> {
        self.index.get(operation).map(|described| described.at.as_str())
    }
}

/// Returns whether a body with these headers is JSON that can be read.
pub fn is_json(headers: &HeaderMap) -> bool {
    matches!(media::stated(headers), Stated::Essence(essence) if media::is_json(essence))
}

impl Described {
    fn shapes(&self) -> &Shapes {
        self.shapes.get_or_init(|| {
            let mut collector =
                Collector { document: &self.document, all: Vec::new(), known: HashMap::new() };
            let request = collector.body(&pointer::join(&self.at, "requestBody"));
            let responses = pointer::join(&self.at, "responses");
            let names = keys(self.document.get(&responses)).filter(|name| !name.starts_with("x-"));
            let answers =
                names.map(|name| collector.answer(name, &pointer::join(&responses, name))).collect();
            Shapes { all: collector.finish(), request, answers }
        })
    }
}

/// Collects the shapes of a document.
struct Collector<'a> {
    document: &'a Document,
    all: Vec<Shape>,
    /// By their places in the document.
    known: HashMap<String, usize>,
}

impl Collector<'_> {
    fn answer(&mut self, name: &str, place: &str) -> AnswerShape {
        let body = self.body(place);
        let spec = self.document.object(place).ok().map(|(spec, _)| spec);
        let described = spec.as_ref().and_then(|spec| self.document.get(&pointer::join(spec, "headers")));
        AnswerShape { name: name.to_owned(), headers: keys(described).cloned().collect(), spec, body }
    }

    /// The schema of JSON in a response, or in a request's body.
    fn body(&mut self, place: &str) -> Option<usize> {
        let (place, _) = self.document.object(place).ok()?;
        let content = pointer::join(&place, "content");
        let mut names = keys(self.document.get(&content));
        let name = names.find(|name| media::is_json(name) || name.ends_with('*'))?;
        self.schema(&pointer::join(&pointer::join(&content, name), "schema"))
    }

    /// Returns the number of the schema at this place, whose shape may still be to come.
    fn schema(&mut self, spec: &str) -> Option<usize> {
        let (spec, _) = self.document.object(spec).ok()?;
        if let Some(known) = self.known.get(&spec) {
            return Some(*known);
        }
        let at = self.all.len();
        self.known.insert(spec.clone(), at);
        self.all.push(Shape { spec, ..Shape::default() });
        Some(at)
    }

    /// Fills all shapes, also those that turn up meanwhile.
    fn finish(mut self) -> Vec<Shape> {
        let mut at = 0;
        while let Some(spec) = self.all.get(at).map(|shape| shape.spec.clone()) {
            let options = self.document.get(&pointer::join(&spec, "enum")).and_then(Value::as_array);
            let options = options.cloned().unwrap_or_default();
            let mut specs = Vec::new();
            let is_closed = self.properties(&spec, 0, &mut specs);
            let properties = specs.into_iter().filter_map(|(name, spec)| Some((name, self.schema(&spec)?)));
            let properties = properties.collect();
            let items = self.schema(&pointer::join(&spec, "items"));
            self.all[at] = Shape { spec, options, properties, is_closed, items };
            at += 1;
        }
        self.all
    }

    /// Collects the properties of a schema and its parts. Returns whether it has `additionalProperties`.
    fn properties(&self, spec: &str, depth: usize, found: &mut Vec<(String, String)>) -> bool {
        let Ok((spec, schema)) = self.document.object(spec) else { return false };
        if depth > MAX_DEPTH || found.len() > MAX_PLACES {
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
}

/// Walks along a schema, together with a value where there is one.
struct Walk<'a> {
    shapes: &'a [Shape],
    /// The message.
    at: &'a str,
    status: Option<u16>,
}

impl Walk<'_> {
    fn headers(&self, answer: &AnswerShape, headers: &HeaderMap, outline: &mut Outline) {
        let Some(spec) = &answer.spec else { return };
        let is_known = |name: &str| {
            COMMON.binary_search(&name).is_ok()
                || answer.headers.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        for name in headers.keys().map(hyper::header::HeaderName::as_str).filter(|name| !is_known(name)) {
            let value = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
            let message =
                format!("The answer has the header `{name}`, which the document does not describe.");
            self.extra(outline, "header", name, message, spec, value.unwrap_or_default().into());
        }
    }

    /// `pointer` is the place of the value in the message.
    fn schema(
        &self,
        shape: usize,
        pointer: &str,
        value: Option<&Value>,
        depth: usize,
        outline: &mut Outline,
    ) {
        if depth > MAX_DEPTH || outline.places.len() > MAX_PLACES {
            return;
        }
        let (shape, at) = (&self.shapes[shape], self.at);
        for option in &shape.options {
            if value.is_none_or(|value| value == option) {
                outline.places.insert(format!("{at} {pointer} = {option}"));
            }
        }
        let below = |name: &str, shape: usize, value: Option<&Value>, outline: &mut Outline| {
            let pointer = pointer::join(pointer, name);
            outline.places.insert(format!("{at} {pointer}"));
            self.schema(shape, &pointer, value, depth + 1, outline);
        };
        match value {
            None => {
                for (name, shape) in &shape.properties {
                    below(name, *shape, None, outline);
                }
                if let Some(items) = shape.items {
                    self.schema(items, &format!("{pointer}/*"), None, depth + 1, outline);
                }
            }
            Some(Value::Object(members)) => {
                for (name, member) in members {
                    let known = shape.properties.iter().find(|(known, _)| known == name);
                    if let Some((_, shape)) = known {
                        below(name, *shape, Some(member), outline);
                    } else if !shape.properties.is_empty() && !shape.is_closed {
                        let place = pointer::join(pointer, name);
                        let message = format!(
                            "The answer has the property `{place}`, which the document does not describe."
                        );
                        self.extra(outline, "property", &place, message, &shape.spec, member.clone());
                    }
                }
            }
            Some(Value::Array(values)) => {
                let Some(items) = shape.items else { return };
                let pointer = format!("{pointer}/*");
                for value in values {
                    self.schema(items, &pointer, Some(value), depth + 1, outline);
                }
            }
            Some(_) => {}
        }
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
