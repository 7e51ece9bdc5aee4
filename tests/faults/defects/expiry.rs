//! Defects of a URL's end, on the emulator's clock.

use std::time::Duration;

use super::scene::{Scene, Shown};

pub const SHOWN: [Shown; 4] = [
    ("lives-two-hours", |scene| [3601, 7200, 7201].map(|after| put(scene, HOUR, after)) == [200, 200, 403]),
    ("dies-early", |scene| [1800, 1801].map(|after| put(scene, HOUR, after)) == [200, 403]),
    ("expires-edited", |scene| {
        let lives = |expires, after| put(scene, expires, after) == 200;
        let is_edited = lives("X-Amz-Expires=7200", 0) && lives("X-Amz-Expires=7200", 7200);
        is_edited && !lives("X-Amz-Expires=7200", 7201) && !lives("X-Amz-Expires=60", 61)
    }),
    ("expired-stores", |scene| {
        let bytes = Scene::content();
        let url = scene.presign("a.txt", &bytes).url;
        scene.emulator.clock().advance(Duration::from_secs(3605));
        let answer = scene.put(&url, &bytes);
        let is_refused = answer.status == 403 && answer.text().contains("Request has expired");
        is_refused && scene.stored(&url) == Some(bytes)
    }),
];

/// Lifetime in a URL.
const HOUR: &str = "X-Amz-Expires=3600";

/// Returns the status of an upload this many seconds after its presign; the URL names its own lifetime.
fn put(scene: &Scene, expires: &str, after: u64) -> u16 {
    let bytes = Scene::content();
    scene.emulator.clock().freeze();
    let url = scene.presign("a.txt", &bytes).url.replace(HOUR, expires);
    scene.emulator.clock().advance(Duration::from_secs(after));
    scene.put(&url, &bytes).status
}
