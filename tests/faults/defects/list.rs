//! Defects of the list of a user's files.

use serde_json::Value;

use super::scene::{Scene, Shown, json_of};

pub const SHOWN: [Shown; 6] = [
    ("lists-everybody", |scene| {
        let key = scene.upload("a.txt", &Scene::content());
        scene.colleague().lists(&key)
    }),
    ("list-drops-last", |scene| {
        let keys = ["a.txt", "b.txt"].map(|name| scene.upload(name, &Scene::content()));
        scene.lists(&keys[0]) && !scene.lists(&keys[1])
    }),
    ("size-in-characters", |scene| {
        scene.upload("a.txt", "grüße".as_bytes());
        scene.upload("b.bin", &[0xff, 0xfe]);
        sizes(scene).starts_with(&[5, 2])
    }),
    ("name-with-prefix", |scene| {
        scene.upload("a.txt", &Scene::content());
        let file = own_file(scene);
        file["filename"] == file["s3Key"]
    }),
    ("time-without-zone", |scene| {
        scene.upload("a.txt", &Scene::content());
        !own_file(scene)["lastModified"].as_str().unwrap().ends_with('Z')
    }),
    ("list-needs-no-key", |scene| {
        let answer = scene.send(&scene.alloy("GET", "/connectors/files/list").without("authorization"));
        answer.status == 200 && json_of(&answer)["files"] == Value::Array(Vec::new())
    }),
];

fn sizes(scene: &Scene) -> Vec<u64> {
    scene.files().iter().map(|file| file["size"].as_u64().unwrap()).collect()
}

/// Returns the user's file, ignoring others.
fn own_file(scene: &Scene) -> Value {
    let is_own = |file: &&Value| file["s3Key"].as_str().unwrap().contains(&scene.id()[12..]);
    scene.files().iter().find(is_own).unwrap().clone()
}
