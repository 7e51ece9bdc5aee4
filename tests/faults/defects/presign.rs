//! Defects of presigning.

use serde_json::{Value, json};

use super::{
    scene::{Scene, Shown},
    support::{md5_hex, request::Request},
};

pub const SHOWN: [Shown; 10] = [
    ("md5-as-hex", |scene| {
        let bytes = Scene::content();
        scene.presign("a.txt", &bytes).md5 == md5_hex(&bytes)
    }),
    ("any-md5", |scene| {
        is_taken(scene, &with("md5", Some("none"))) && is_taken(scene, &with("md5", Some("")))
    }),
    ("mime-type-optional", |scene| is_taken(scene, &with("mimeType", None))),
    ("bearer-optional", |scene| is_good(scene, &presign(scene).with("authorization", scene.key()))),
    ("version-optional", |scene| is_good(scene, &presign(scene).without("x-api-version"))),
    ("key-without-user", |scene| {
        let key = scene.presign("a.txt", &Scene::content()).key;
        key == format!("{}_a.txt", &scene.id()[12..])
    }),
    ("extension-lost", |scene| {
        !["report.PDF", "a.tar.gz"].iter().any(|name| scene.presign(name, b"a").key.ends_with(&name[4..]))
    }),
    ("key-changes", |scene| {
        let key = || scene.presign("a.txt", &Scene::content()).key;
        key() != key()
    }),
    ("bare-paths-only", |scene| {
        let mut request = presign(scene);
        request.target.insert_str(0, "/2025-09");
        scene.send(&request).status == 404
    }),
    ("md5-unsigned", |scene| {
        let url = scene.presign("a.txt", &Scene::content()).url;
        url.contains("X-Amz-SignedHeaders=host&")
    }),
];

/// A presign's body with a field changed, or left out.
fn with(name: &str, value: Option<&str>) -> Value {
    let mut body = json!({"filename": "a.txt", "mimeType": "text/plain", "md5": md5_hex(b"a")});
    match value {
        Some(value) => body[name] = json!(value),
        None => _ = body.as_object_mut().unwrap().remove(name),
    }
    body
}

fn presign(scene: &Scene) -> Request {
    scene.presign_request(&with("filename", Some("a.txt")))
}

fn is_taken(scene: &Scene, body: &Value) -> bool {
    is_good(scene, &scene.presign_request(body))
}

fn is_good(scene: &Scene, request: &Request) -> bool {
    scene.send(request).status == 200
}
