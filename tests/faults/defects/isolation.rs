//! Defects between accounts.

use super::scene::{Scene, Shown};

pub const SHOWN: [Shown; 4] = [
    ("accounts-share-dedup", |scene| {
        let bytes = Scene::content();
        scene.upload("a.txt", &bytes);
        scene.stranger().finds("a.txt", &bytes)
    }),
    ("accounts-share-list", |scene| {
        let key = scene.upload("a.txt", &Scene::content());
        scene.stranger().lists(&key)
    }),
    ("accounts-share-delete", |scene| {
        let key = scene.upload("a.txt", &Scene::content());
        scene.stranger().delete(&key) == 200 && !scene.lists(&key)
    }),
    ("foreign-user-header", |scene| {
        let key = scene.upload("a.txt", &Scene::content());
        let request = scene.stranger().calling_for(&scene.id()).alloy("GET", "/connectors/files/list");
        let answer = scene.send(&request);
        answer.status == 200 && answer.text().contains(&key)
    }),
];
