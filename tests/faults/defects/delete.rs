//! Defects of deleting.

use super::scene::{Scene, Shown};

pub const SHOWN: [Shown; 5] = [
    ("delete-keeps-file", |scene| {
        let bytes = Scene::content();
        let key = scene.upload("a.txt", &bytes);
        let stays = scene.delete(&key) == 200 && scene.lists(&key);
        // A file that is uploaded again can be deleted again.
        let is_gone = scene.delete(&key) == 404 && !scene.finds("a.txt", &bytes);
        scene.upload("a.txt", &bytes);
        stays && is_gone && scene.finds("b.txt", &bytes) && scene.delete(&key) == 200
    }),
    ("delete-foreign", |scene| {
        let key = scene.upload("a.txt", &Scene::content());
        let colleague = scene.colleague();
        let is_deleted = colleague.delete(&key) == 200 && !scene.lists(&key);
        is_deleted && colleague.delete(&key) == 403
    }),
    ("delete-twice", |scene| {
        let key = scene.upload("a.txt", &Scene::content());
        let statuses = [(); 2].map(|()| scene.delete(&key));
        statuses == [200, 200] && scene.delete(&key.replace("a.txt", "none.txt")) == 404
    }),
    ("delete-takes-copies", |scene| {
        let bytes = Scene::content();
        let other = scene.upload("z.txt", &Scene::content());
        let copies = ["a.txt", "c.txt"].map(|name| scene.presign(name, &bytes));
        copies.iter().for_each(|copy| assert_eq!(scene.put(&copy.url, &bytes).status, 200));
        let [key, copy] = copies.map(|copy| copy.key);
        scene.delete(&key) == 200 && !scene.lists(&copy) && scene.lists(&other)
    }),
    ("delete-needs-no-key", |scene| {
        let key = scene.upload("a.txt", &Scene::content());
        let request = scene.alloy("DELETE", &format!("/connectors/files/{key}")).without("authorization");
        let answers = [(); 2].map(|()| scene.send(&request).status);
        answers == [200, 404] && !scene.lists(&key)
    }),
];
