//! The scenarios, each with two clients: a naive one, `naive.py`, which fails for the scenario's own reason, and a
//! good one, `good.py`, which stores every file and does nothing that a finding would be raised for.

mod given_up;
mod scene;

use alloy_assay::Operation;

use self::scene::Scene;

/// Else a scenario would prove nothing of either.
#[test]
fn a_good_day() {
    let Some(scene) = Scene::on_a_good_day() else { return };
    scene.naive().stores_all();
    let good = scene.good().stores_all();
    assert_eq!((good.count(Operation::Presign), good.count(Operation::Put)), (3, 3));
}

#[test]
fn expired_url() {
    let Some(scene) = Scene::of("expired-url") else { return };
    scene.naive().fails_with("<Message>Request has expired</Message>").and_stores_nothing();
    let good = scene.good().stores_all();
    assert_eq!(good.hits(), [1]);
    assert_eq!((good.count(Operation::Presign), good.count(Operation::Put)), (4, 4), "renewed once");
}

#[test]
fn expires_mid_queue() {
    let Some(scene) = Scene::of("expires-mid-queue") else { return };
    scene.naive().fails_with("<Message>Request has expired</Message>").and_stores_nothing();
    let good = scene.good().stores_all();
    assert_eq!((good.hits(), good.count(Operation::Put)), (vec![1, 1], 5), "each is renewed once");
}

#[test]
fn bad_digest() {
    let Some(scene) = Scene::of("bad-digest") else { return };
    scene.naive().fails_with("<Code>BadDigest</Code>").and_stores_nothing();
    let good = scene.good().stores_all();
    assert_eq!((good.hits(), good.count(Operation::Put)), (vec![1], 4));
}

#[test]
fn slow_down() {
    let Some(scene) = Scene::of("slow-down") else { return };
    scene.naive().fails_with("<Code>SlowDown</Code>").and_stores_nothing();
    let good = scene.good().stores_all();
    assert_eq!((good.hits(), good.count(Operation::Put)), (vec![2], 5));
}

#[test]
fn throttled_api() {
    let Some(scene) = Scene::of("throttled-api").map(Scene::on_its_clock) else { return };
    scene.naive().fails_with("HTTP 429").and_stores_nothing();
    // Neither client lists its files: the rule for that waits for one that does.
    assert_eq!(scene.good().stores_all().hits(), [2, 0]);
}

/// 12 files of 40 KiB, so that a reset comes in the middle of one. What strikes depends on the seed and on nothing
/// else: with this one each rule strikes the good client, and the naive one is not spared.
#[test]
fn flaky_network() {
    let Some(scene) = Scene::of("flaky-network").map(|scene| scene.files(12, 40 << 10).seed(3)) else {
        return;
    };
    scene.naive().fails_with("RemoteDisconnected").and_stores_nothing();
    let good = scene.good().stores_all();
    assert!(good.hits().iter().all(|hits| *hits > 0), "{:?}", good.hits());
    assert_eq!(good.faults(), scene.good().stores_all().faults(), "the seed repeats them");
}

#[test]
fn lost_response() {
    let Some(scene) = Scene::of("lost-response") else { return };
    let naive = scene.naive().fails_with("RemoteDisconnected");
    assert_eq!(naive.stored(), naive.files()[..1], "and yet it is there");
    let good = scene.good().stores_all();
    assert_eq!(good.hits(), [1]);
    assert_eq!((good.count(Operation::Presign), good.count(Operation::Put)), (4, 3), "nothing is sent twice");
}

#[test]
fn slow_uplink() {
    let Some(scene) = Scene::of("slow-uplink").map(|scene| scene.files(1, 128 << 10)) else { return };
    // Running requests may still arrive after the client has left: stored objects are not checked.
    scene.naive_with_deadline("0.4").fails_with("timeout of 0.4 s exceeded");
    let good = scene.good().stores_all();
    assert_eq!(good.hits(), [1]);
    let took = good.longest(Operation::Put);
    assert!(took.as_millis() > 1500, "2 s less what may pass at once, and not {took:?}");
}

#[test]
fn outage() {
    let Some(scene) = Scene::of("outage").map(Scene::on_its_clock) else { return };
    scene.naive().fails_with("HTTP 503").and_stores_nothing();
    let good = scene.good().stores_all();
    // After 5, 15 and 35 s: each pause is longer, and none shorter than demanded.
    assert_eq!(good.hits(), [3]);
}

#[test]
fn gateway_html() {
    let Some(scene) = Scene::of("gateway-html") else { return };
    scene.naive().fails_with("<html").and_stores_nothing();
    assert_eq!(scene.good().stores_all().hits(), [1, 1]);
}

#[test]
fn credentials_rotated() {
    let Some(scene) = Scene::of("credentials-rotated") else { return };
    scene.naive().fails_with("<Code>InvalidAccessKeyId</Code>").and_stores_nothing();
    let good = scene.good().stores_all();
    assert_eq!((good.hits(), good.count(Operation::Presign)), (vec![1], 4), "with a new URL");
}

#[test]
fn corrupted_storage() {
    let Some(scene) = Scene::of("corrupted-storage") else { return };
    let naive = scene.naive().believes_in_success();
    let (stored, files) = (naive.stored(), naive.files());
    assert_eq!(stored[1..], files[1..]);
    assert_ne!(stored[0], files[0], "and yet it is not the file");
    let good = scene.good().stores_all();
    assert_eq!((good.hits(), good.count(Operation::Put)), (vec![1], 4));
}

#[test]
fn no_answer() {
    let Some(scene) = Scene::of("no-answer") else { return };
    scene.naive_with_deadline("0.4").fails_with("timeout of 0.4 s exceeded").and_stores_nothing();
    assert_eq!(scene.good_with_timeout("0.4").stores_all().hits(), [1]);
}

#[test]
fn cut_answer() {
    let Some(scene) = Scene::of("cut-answer") else { return };
    scene.naive().fails_with("IncompleteRead").and_stores_nothing();
    assert_eq!(scene.good().stores_all().hits(), [1]);
}
