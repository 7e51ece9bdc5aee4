//! The control API's document: whole, with examples that match it. `Client::control` checks every answer against it.

use serde_json::Value;

use crate::support::{
    Client, emulator,
    openapi::{DOCUMENT, errors, resolve},
};

/// Each operation with its method and path.
fn operations() -> impl Iterator<Item = (String, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters");
        operations.map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

/// The examples of a media type.
fn examples(media: &Value) -> Vec<&Value> {
    let many = media["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
    media.get("example").into_iter().chain(many).collect()
}

#[test]
fn has_an_example_of_each_request_and_answer() {
    for (name, operation) in operations() {
        let bodies = operation.get("requestBody").into_iter();
        let answers = operation["responses"].as_object().unwrap().values();
        for message in bodies.chain(answers) {
            for (media_type, media) in resolve(message)["content"].as_object().unwrap() {
                let examples = examples(media);
                assert!(!examples.is_empty() || media_type == "*/*", "{name} has no example of {media_type}");
                for example in examples {
                    let errors = errors(&media["schema"], example);
                    assert!(errors.is_empty(), "{name}: {errors:?}");
                }
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten().map(resolve) {
            assert!(parameter["example"].is_string() || parameter["example"].is_i64(), "{name}: {parameter}");
            assert_eq!(errors(&parameter["schema"], &parameter["example"]), [""; 0], "{name}");
        }
    }
}

#[test]
fn is_served_as_it_is() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let served = client.control("GET", "openapi.yaml", None).expect(200);
    assert_eq!(served.header("content-type"), "application/yaml");
    assert_eq!(served.text(), include_str!("../../openapi/assay-control.yaml"));
}

#[test]
fn describes_every_call_that_can_be_made_as_its_examples_do() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for (name, operation) in operations().filter(|(name, _)| !name.contains('{') && !name.contains("stream"))
    {
        let (method, path) = name.split_once(" /").unwrap();
        let bodies = operation["requestBody"]["content"]["application/json"].clone();
        let bodies: Vec<Option<&Value>> = match examples(&bodies) {
            examples if examples.is_empty() => vec![None],
            examples => examples.into_iter().map(Some).collect(),
        };
        for body in bodies {
            let reply = client.control(&method.to_uppercase(), path, body);
            assert!(reply.status < 300, "{name} {body:?}: {}", reply.text());
        }
    }
}
