//! One parameter of an operation, in a header, in the query or in the path: whether it is there, once, and
//! whether its text is what its schema wants. Checked with every request, by [`super::request`].
//!
//! Cookies, objects in queries, and parameters with `content` in place of a schema are not looked into.

use std::borrow::Cow;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::{
    document::{Document, LoadError},
    pointer,
    request::RequestParts,
    schema::{self, Schema, Way},
    sentence::{self, Subject},
    text::{self, Shape},
    violations::Violations,
};

/// A described parameter.
pub(super) struct Parameter {
    source: Source,
    /// As violations name it: headers in lower case.
    name: String,
    required: bool,
    /// `None` where every text is good.
    schema: Option<Schema>,
    shape: Shape,
    /// The place of the parameter in the document.
    spec: String,
}

/// Where the value is.
enum Source {
    Header(HeaderName),
    Query,
    /// The position among the path's parameters.
    Path(usize),
}

impl Parameter {
    /// Loads the parameter at `at`; `path_names` are the names in the path's template. `None` where OpenAPI
    /// says that it counts for nothing, or where it is a cookie.
    pub(super) fn load(
        document: &Document,
        at: &str,
        path_names: &[&str],
    ) -> Result<Option<Self>, LoadError> {
        let (spec, parameter) = document.object(at)?;
        let text = |field: &str| parameter.get(field).and_then(Value::as_str).unwrap_or_default();
        let mut name = text("name").to_owned();
        let source = match text("in") {
            "header" => {
                name.make_ascii_lowercase();
                if ["accept", "content-type", "authorization"].contains(&name.as_str()) {
                    return Ok(None);
                }
                let header = HeaderName::try_from(&name)
                    .map_err(|_| document.shape(&spec, format!("`{name}` cannot be the name of a header")))?;
                Source::Header(header)
            }
            "query" => Source::Query,
            "path" => match path_names.iter().position(|known| *known == name) {
                Some(position) => Source::Path(position),
                None => return Err(document.shape(&spec, format!("the path has no parameter `{name}`"))),
            },
            _ => return Ok(None),
        };
        let place = pointer::join(&spec, "schema");
        let shape = match parameter.get("schema") {
            Some(_) => text::shape(document, &place)?,
            None => Shape::Scattered,
        };
        let schema = match shape {
            Shape::Scattered => None,
            Shape::One(_) if schema::takes_any_text(document.object(&place)?.1) => None,
            Shape::One(_) | Shape::Many(_) => Some(Schema::compile(document, &place, Way::Request)?),
        };
        let required = parameter.get("required") == Some(&Value::Bool(true));
        Ok(Some(Self { source, name, required, schema, shape, spec }))
    }

    /// What a parameter is known by: an operation's own takes the place of its path's.
    pub(super) fn identity(&self) -> (&'static str, &str) {
        (self.rule(), &self.name)
    }

    fn rule(&self) -> &'static str {
        match self.source {
            Source::Header(_) => "contract-header",
            Source::Query => "contract-query",
            Source::Path(_) => "contract-path",
        }
    }

    /// How a message calls the parameter.
    fn title(&self) -> String {
        let name = &self.name;
        match self.source {
            Source::Header(_) => format!("the header `{name}`"),
            Source::Query => format!("the query parameter `{name}`"),
            Source::Path(_) => format!("the path parameter `{name}`"),
        }
    }

    /// Checks the parameter of one request.
    pub(super) fn check(&self, document: &Document, request: &RequestParts<'_>, violations: &mut Violations) {
        match &self.source {
            Source::Header(header) => self.check_header(document, request.headers, header, violations),
            Source::Query => {
                let values = text::query_values(request.query.unwrap_or_default(), &self.name);
                self.check_values(document, values, violations);
            }
            Source::Path(position) => {
                let value = request.path_parameters.get(*position).map(|value| Cow::Borrowed(value.as_str()));
                self.check_values(document, value.into_iter(), violations);
            }
        }
    }

    fn check_header(
        &self,
        document: &Document,
        headers: &HeaderMap,
        header: &HeaderName,
        violations: &mut Violations,
    ) {
        let text = |value| std::str::from_utf8(HeaderValue::as_bytes(value));
        let values = headers.get_all(header);
        if values.iter().any(|value| text(value).is_err()) {
            self.add(violations, "must be text in UTF-8", "");
            return;
        }
        let texts = values.iter().filter_map(|value| text(value).ok()).map(Cow::Borrowed);
        self.check_values(document, texts, violations);
    }

    fn check_values<'a>(
        &self,
        document: &Document,
        mut values: impl Iterator<Item = Cow<'a, str>>,
        violations: &mut Violations,
    ) {
        let Some(first) = values.next() else {
            // An object's parts are not looked for.
            if self.required && self.shape != Shape::Scattered {
                self.add(violations, "is required", "/required");
            }
            return;
        };
        let value = match self.shape {
            Shape::Scattered => return,
            Shape::One(primitive) => {
                if values.next().is_some() {
                    self.add(violations, "must be given once, not several times", "");
                    return;
                }
                if self.schema.is_none() {
                    return;
                }
                primitive.value(&first)
            }
            Shape::Many(primitive) => {
                let all = std::iter::once(first).chain(values);
                let items = all.flat_map(|text| {
                    text.split(',').map(|item| primitive.value(item.trim())).collect::<Vec<_>>()
                });
                Value::Array(items.collect())
            }
        };
        if let Some(schema) = self.schema.as_ref().filter(|schema| !schema.is_valid(&value)) {
            let title = self.title();
            let subject = Subject { rule: self.rule(), name: &title, fixed_pointer: Some(&self.name) };
            sentence::add_all(violations, document, &subject, schema, &value);
        }
    }

    /// Adds a violation about the parameter as such.
    fn add(&self, violations: &mut Violations, predicate: &str, keyword: &str) {
        let message = format!("{} {predicate}.", sentence::capitalised(&self.title()));
        violations.add(self.rule(), self.name.as_str(), message, format!("{}{keyword}", self.spec));
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;

    use super::*;
    use crate::contract::testing;

    /// What is wrong with a request to list files, where that takes the parameter.
    fn messages(parameter: &str, query: Option<&str>, headers: &[(&'static str, &[u8])]) -> Vec<String> {
        let contract = testing::list_with(&format!("parameters: [{parameter}]"));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let request = RequestParts { headers: &map, query, path_parameters: &[], body: b"" };
        let check = contract.check_request(crate::exchange::Operation::List, &request);
        check.violations.into_iter().map(|violation| violation.message).collect()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn a_required_query_parameter_must_be_there_once() {
        let parameter = "{name: page, in: query, required: true, schema: {type: integer, maximum: 9}}";
        assert_eq!(messages(parameter, Some("a=b&page=3"), &[]), NONE);
        assert_eq!(messages(parameter, Some("p%61ge=3"), &[]), NONE);
        assert_eq!(messages(parameter, None, &[]), ["The query parameter `page` is required."]);
        assert_eq!(
            messages(parameter, Some("page=1&page=2"), &[]),
            ["The query parameter `page` must be given once, not several times."]
        );
        assert_eq!(
            messages(parameter, Some("page=one"), &[]),
            ["The query parameter `page` must be an integer, not a string."]
        );
        assert_eq!(
            messages(parameter, Some("page=10"), &[]),
            ["The query parameter `page` must be at most 9, and 10 is more."]
        );
    }

    #[test]
    fn several_values_make_an_array() {
        let parameter = "{name: ids, in: query, schema: {type: array, maxItems: 2, items: {type: integer}}}";
        assert_eq!(messages(parameter, None, &[]), NONE);
        assert_eq!(messages(parameter, Some("ids=1&ids=2"), &[]), NONE);
        assert_eq!(messages(parameter, Some("ids=1,2"), &[]), NONE);
        assert_eq!(
            messages(parameter, Some("ids=1,x"), &[]),
            ["`1` of the query parameter `ids` must be an integer, not a string."]
        );
        assert_eq!(
            messages(parameter, Some("ids=1,2,3"), &[]),
            ["The query parameter `ids` must have at most 2 items."]
        );
    }

    #[test]
    fn a_header_must_be_there_once_and_be_text() {
        let parameter = "{name: X-Flag, in: header, required: true, schema: {type: boolean}}";
        assert_eq!(messages(parameter, None, &[("x-flag", b"true")]), NONE);
        assert_eq!(messages(parameter, None, &[]), ["The header `x-flag` is required."]);
        assert_eq!(
            messages(parameter, None, &[("x-flag", b"true"), ("x-flag", b"true")]),
            ["The header `x-flag` must be given once, not several times."]
        );
        assert_eq!(
            messages(parameter, None, &[("x-flag", b"\xff")]),
            ["The header `x-flag` must be text in UTF-8."]
        );
        assert_eq!(
            messages(parameter, None, &[("x-flag", b"yes")]),
            ["The header `x-flag` must be a boolean, not a string."]
        );
    }

    #[test]
    fn what_openapi_ignores_is_ignored() {
        let parameter = "{name: Accept, in: header, required: true, schema: {type: string}}";
        assert_eq!(messages(parameter, None, &[]), NONE);
        let cookie = "{name: c, in: cookie, required: true, schema: {type: string}}";
        assert_eq!(messages(cookie, None, &[]), NONE);
    }

    #[test]
    fn an_operations_own_parameter_takes_the_place_of_its_paths() {
        let contract = testing::contract(
            "paths:\n  /connectors/files/list:\n    parameters:\n    \
             - {name: a, in: query, required: true, schema: {type: string}}\n    get:\n      \
             parameters: [{name: a, in: query, schema: {type: string}}]\n      responses: {default: {description: d}}\n",
        );
        let headers = HeaderMap::new();
        let request = RequestParts { headers: &headers, query: None, path_parameters: &[], body: b"" };
        let check = contract.check_request(crate::exchange::Operation::List, &request);
        assert_eq!(check.violations, []);
    }
}
