//! Conditional writes.

use super::hold;
use crate::support::{
    bucket::{BODY, MD5_HEX, at, element, frozen, presign, signed, upload},
    raw::Answer,
};
use alloy_assay::Emulator;

/// Uploads [`BODY`] under these conditions.
fn put(emulator: &Emulator, conditions: &[(&str, &str)]) -> Answer {
    let request = conditions.iter().fold(upload(emulator), |request, (name, value)| request.and(name, value));
    request.send(emulator)
}

#[test]
fn stores_only_where_the_key_is_free() {
    let emulator = frozen();
    assert_eq!(put(&emulator, &[("If-None-Match", "*")]).status, 200);
    hold("if-none-match-exists", &put(&emulator, &[("If-None-Match", "*")]), 412);
    let findings = emulator.findings();
    assert_eq!(findings.iter().filter(|finding| finding.rule == "s3-precondition-failed").count(), 1);
    emulator.reset();
    emulator.clock().freeze();
    emulator.clock().set(at("03:04:05"));
    assert_eq!(put(&emulator, &[("If-None-Match", "*")]).status, 200, "nothing is there after a reset");
}

#[test]
fn replaces_only_the_object_with_the_etag() {
    let emulator = frozen();
    let quoted = format!("\"{MD5_HEX}\"");
    hold("if-match-missing-key", &put(&emulator, &[("If-Match", &quoted)]), 404);
    assert_eq!(put(&emulator, &[]).status, 200);
    assert_eq!(put(&emulator, &[("If-Match", &quoted)]).status, 200);
    assert_eq!(put(&emulator, &[("If-Match", MD5_HEX)]).status, 200);
    let answer = put(&emulator, &[("If-Match", "\"00000000000000000000000000000000\"")]);
    assert_eq!((answer.status, element(&answer, "Code").as_str()), (412, "PreconditionFailed"));
    assert_eq!(element(&answer, "Condition"), "If-Match");
}

#[test]
fn refuses_conditions_that_put_does_not_take() {
    let emulator = frozen();
    let quoted = format!("\"{MD5_HEX}\"");
    for (row, conditions) in [
        ("if-none-match-etag", &[("If-None-Match", quoted.as_str())][..]),
        ("if-match-any", &[("If-Match", "*")]),
        ("both-conditions", &[("If-Match", &quoted), ("If-None-Match", "*")]),
    ] {
        hold(row, &put(&emulator, conditions), 501);
    }
    assert!(emulator.files().is_empty());
    let is_its_rule = |finding: &alloy_assay::Finding| finding.rule == "s3-condition-unsupported";
    assert_eq!(emulator.findings().into_iter().filter(is_its_rule).count(), 3);
}

#[test]
fn takes_a_condition_that_is_signed_into_the_query() {
    let emulator = frozen();
    let put = |query: &str| signed("PUT", &format!("k?{query}"), &[]).body(BODY).send(&emulator);
    assert_eq!(put("If-None-Match=%2A").status, 200);
    hold("condition-in-query", &put("If-None-Match=%2A"), 412);
    assert_eq!(put(&format!("If-Match=%22{MD5_HEX}%22")).status, 200);
}

#[test]
fn lets_one_of_many_concurrent_conditional_uploads_win() {
    let emulator = frozen();
    for round in 0..10 {
        let key = format!("race-{round}");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let upload = |_| {
                let request = signed("PUT", &key, &[]).and("If-None-Match", "*").body(BODY);
                let emulator = &emulator;
                scope.spawn(move || request.send(emulator).status)
            };
            let uploads: Vec<_> = (0..8).map(upload).collect();
            uploads.into_iter().map(|upload| upload.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7, "{statuses:?}");
    }
}

#[test]
fn stores_nothing_where_the_object_was_deleted_meanwhile() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    assert_eq!(put(&emulator, &[]).status, 200);
    let client = crate::support::Client::new(&emulator, "alice-key");
    client.delete(&key).expect(200);
    let replace = upload(&emulator).and("If-Match", MD5_HEX);
    assert_eq!(replace.send(&emulator).status, 404);
    assert!(emulator.files().is_empty());
}
