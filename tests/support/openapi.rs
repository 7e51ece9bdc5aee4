//! The control API's own document, against which every answer that a test gets is checked.

use std::sync::LazyLock;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

/// The document.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| yaml(include_str!("../../openapi/assay-control.yaml")));

/// The operation for a call of this method and path (without query), if the document has one.
pub fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let method = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let matching = paths.iter().find(|(template, _)| {
        let template = template.trim_start_matches('/');
        match template.split_once('{') {
            None => template == path,
            Some((before, _)) => path.len() > before.len() && path.starts_with(before),
        }
    });
    matching.and_then(|(_, item)| item.get(method))
}

/// Holds that an answer is as the document has it.
#[track_caller]
pub fn check(method: &str, target: &str, status: u16, media_type: &str, body: &[u8]) {
    let path = target.split('?').next().unwrap();
    // The page is not a call.
    if path.is_empty() || path.starts_with("inspector/") {
        return;
    }
    let error = json!({"$ref": "#/components/responses/Error"});
    let documented = operation(method, path).map_or(&error, |operation| {
        let responses = &operation["responses"];
        responses.get(status.to_string()).unwrap_or(&responses["default"])
    });
    assert!(
        status >= 400 || documented["$ref"] != error["$ref"],
        "{method} {target}: {status} is not documented"
    );
    let content = resolve(documented)["content"].as_object().unwrap();
    let name = media_type.split(';').next().unwrap();
    let media = content.get(name).or_else(|| content.get("*/*"));
    let media = media.unwrap_or_else(|| panic!("{method} {target}: `{name}` is not documented for {status}"));
    if name == "application/json" && media["schema"]["format"] != "binary" && method != "HEAD" {
        let body: Value = serde_json::from_slice(body).unwrap();
        let errors = errors(&media["schema"], &body);
        assert!(errors.is_empty(), "{method} {target}: {errors:?}\n{body}");
    }
}

/// Returns the object, with a reference resolved.
pub fn resolve(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// Returns where a value does not match a schema of the document.
pub fn errors(schema: &Value, value: &Value) -> Vec<String> {
    let root = json!({"allOf": [translated(schema)], "components": translated(&DOCUMENT["components"])});
    let validator = jsonschema::validator_for(&root).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The schema in JSON Schema's words: OpenAPI 3.0 has its own for null.
fn translated(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), translated(value))).collect();
            if fields.remove("nullable") == Some(json!(true)) {
                fields["type"] = json!([fields["type"], "null"]);
            }
            Value::Object(fields)
        }
        Value::Array(values) => values.iter().map(translated).collect(),
        other => other.clone(),
    }
}

/// A YAML document without anchors as JSON.
fn yaml(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    loop {
        match events.next().unwrap() {
            Event::StreamStart | Event::DocumentStart(..) => {}
            event => return node(event, &mut events),
        }
    }
}

fn node<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match event {
        Event::Scalar(text, style, ..) if style != ScalarStyle::Plain => json!(text),
        Event::Scalar(text, ..) => match &*text {
            "null" | "~" | "" => Value::Null,
            "true" => json!(true),
            "false" => json!(false),
            number => number.parse::<i64>().map_or_else(|_| json!(number), |number| json!(number)),
        },
        Event::SequenceStart(..) => {
            let mut values = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return Value::Array(values),
                    event => values.push(node(event, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut fields = Map::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => return Value::Object(fields),
                    Event::Scalar(name, ..) => {
                        let value = node(events.next().unwrap(), events);
                        assert!(fields.insert(name.to_string(), value).is_none(), "{name} is there twice");
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        other => panic!("{other:?}"),
    }
}
