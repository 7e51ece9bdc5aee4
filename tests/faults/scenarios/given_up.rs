//! Failures that the good client does not retry, or not forever.

use alloy_assay::Operation;

use super::scene::Scene;

/// Asserts that the good client, with one rule that always strikes, fails with a message after this many presigns and
/// PUTs.
#[track_caller]
fn gives_up(rule: &'static str, message: &str, presigns: usize, puts: usize) {
    let Some(scene) = Scene::with(rule).map(Scene::on_its_clock) else { return };
    let good = scene.good().fails_with(message).and_stores_nothing();
    assert_eq!((good.count(Operation::Presign), good.count(Operation::Put)), (presigns, puts), "{rule}");
    assert!(good.has_claimed_nothing());
}

#[test]
fn a_final_answer_ends_it_at_once() {
    gives_up("presign:error=400", "HTTP 400", 1, 0);
    gives_up("presign:error=401", "HTTP 401", 1, 0);
    gives_up("presign:error=403", "HTTP 403", 1, 0);
    gives_up("put:error=AccessDenied", "<Code>AccessDenied</Code>", 1, 1);
    gives_up("put:error=SignatureDoesNotMatch", "<Code>SignatureDoesNotMatch</Code>", 1, 1);
}

#[test]
fn a_repeated_refusal_stays_refused() {
    gives_up("put:error=BadDigest", "<Code>BadDigest</Code>", 2, 2);
    gives_up("put:error=InvalidAccessKeyId", "<Code>InvalidAccessKeyId</Code>", 2, 2);
}

#[test]
fn an_outage_without_an_end_is_given_up() {
    gives_up("put:error=SlowDown", "given up after 6 attempts", 6, 6);
    gives_up("presign:error=503,retry_after=61s", "to wait 61 s is too long", 1, 0);
}
