//! Defects of what counts as a file that is there already.

use super::scene::{Scene, Shown};

pub const SHOWN: [Shown; 6] = [
    ("existing-too-early", |scene| {
        let bytes = Scene::content();
        let early = [(); 2].map(|()| scene.finds("a.txt", &bytes));
        let key = scene.upload("a.txt", &bytes);
        scene.delete(&key);
        early == [false, true] && !scene.finds("a.txt", &bytes)
    }),
    ("never-existing", |scene| {
        let bytes = Scene::content();
        scene.upload("a.txt", &bytes);
        !scene.finds("a.txt", &bytes) && !scene.finds("b.txt", &bytes)
    }),
    ("dedup-across-users", |scene| {
        let bytes = Scene::content();
        scene.upload("a.txt", &bytes);
        scene.colleague().finds("a.txt", &bytes)
    }),
    ("dedup-by-name", |scene| {
        let bytes = Scene::content();
        scene.upload("a.txt", &bytes);
        scene.finds("a.txt", &bytes) && !scene.finds("b.txt", &bytes)
    }),
    ("dedup-forgets-nothing", |scene| {
        let bytes = Scene::content();
        let key = scene.upload("a.txt", &bytes);
        scene.delete(&key) == 200 && scene.finds("a.txt", &bytes)
    }),
    ("dedup-remembers-overwritten", |scene| {
        let [first, second] = [(); 2].map(|()| Scene::content());
        scene.upload("a.txt", &first);
        let url = scene.presign("a.txt", &second).url;
        let is_replaced = scene.put(&url, &second).status == 200 && scene.stored(&url) == Some(second);
        is_replaced && scene.finds("a.txt", &first)
    }),
];
