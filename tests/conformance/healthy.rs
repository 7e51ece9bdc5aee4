//! The healthy emulator: every check holds, in every way to set it up.

use std::time::Duration;

use alloy_assay::{
    Emulator,
    conformance::{self, Status, server_checks, strategy},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{check, ids, not_passed, start, suite, support::Client, two_accounts};

const NOTHING: [String; 0] = [];

#[test]
fn every_check_holds() {
    let emulator = start(two_accounts());
    let came_to = suite(emulator.base_url()).run().unwrap();
    assert_eq!(not_passed(&came_to), NOTHING);
    let asked: Vec<&str> = came_to.checks.iter().map(|check| check.id).collect();
    assert_eq!(asked, server_checks().map(|check| check.id).collect::<Vec<_>>());
    assert!(came_to.checks.iter().all(|check| check.cases == 20));
    assert!(!came_to.fails(true) && came_to.summary.passed == asked.len());
}

#[test]
fn makes_up_a_second_account_if_every_key_is_accepted() {
    let emulator = start(Emulator::builder());
    let came_to = conformance::server(emulator.base_url()).seed(2).cases(3).run().unwrap();
    assert_eq!(not_passed(&came_to), ["Skipped presign/unknown-key: any API key works here"]);
}

#[test]
fn without_a_second_key_what_needs_a_second_account_is_skipped() {
    let emulator = start(two_accounts());
    let came_to = conformance::server(emulator.base_url()).api_key("alice-key").cases(1).run().unwrap();
    let skipped = ids(&came_to, Status::Skipped);
    assert_eq!(
        skipped,
        ["isolation/accounts", "isolation/same-name", "isolation/keys", "isolation/user-header"]
    );
    let reason = check(&came_to, "isolation/accounts").reason.as_deref();
    assert_eq!(reason, Some("no second API key is given (see --other-api-key)"));
}

#[test]
fn a_signed_content_type_is_no_mistake() {
    let emulator = start(two_accounts().sign_content_type());
    let came_to = suite(emulator.base_url()).only("upload/*").cases(3).run().unwrap();
    assert_eq!(ids(&came_to, Status::Failed), [""; 0]);
    let skipped = check(&came_to, "upload/content-type");
    assert_eq!(skipped.status, Status::Skipped);
    assert_eq!(skipped.reason.as_deref(), Some("the URL signs Content-Type"));
}

#[test]
fn nothing_is_left_behind_and_the_clock_is_as_before() {
    let emulator = start(two_accounts());
    emulator.clock().advance(Duration::from_secs(7200));
    let came_to = suite(emulator.base_url()).cases(2).run().unwrap();
    assert_eq!(not_passed(&came_to), NOTHING);
    assert!(emulator.files().is_empty());
    let after = Client::new(&emulator, "alice-key").control("GET", "clock", None).json();
    assert_eq!(after["frozen"], false);
    let offset = after["offset_seconds"].as_i64().unwrap();
    assert!((7190..=7200).contains(&offset), "{offset}");
}

#[test]
fn a_base_path_and_a_rate_are_kept() {
    let emulator = start(two_accounts());
    let url = format!("{}/2025-09/", emulator.base_url());
    let came_to = suite(&url).only("presign/md5-forms").cases(2).rate(1000).run().unwrap();
    assert_eq!(not_passed(&came_to), NOTHING);
}

#[test]
fn a_server_with_tls_is_tested_once_its_certificate_is_trusted() {
    let emulator = start(two_accounts());
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, emulator.ca_pem()).unwrap();
    let url = emulator.base_url().replace("http://127.0.0.1", "https://localhost");
    let suite = suite(&url).cases(3).only("upload/*").only("list/*");
    let came_to = suite.clone().ca(&ca).run().unwrap();
    assert_eq!(not_passed(&came_to), NOTHING);
    let distrusted = suite.run().unwrap();
    let error = distrusted.checks[0].reason.clone().unwrap();
    assert!(error.contains("is not trusted: its issuer is unknown (--ca FILE adds"), "{error}");
}

/// A user's uploads, each listed, uploaded again, which finds it, and sometimes deleted or replaced.
fn healthy_exchanges(emulator: &Emulator, worker: u64, exchanges: usize) {
    let client = Client::new(emulator, &format!("key-{worker}"));
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &[u8::try_from(worker).unwrap(); 32]),
    );
    let mut sent = 0;
    while sent < exchanges {
        let mut file = strategy::file().new_tree(&mut runner).unwrap().current();
        file.content = [&file.content, sent.to_string().as_bytes()].concat().into();
        let key = client.upload(&file.filename, &file.content);
        assert!(client.list().contains(&key));
        assert_eq!(client.presign(&file.filename, &file.content).r#type, "existing");
        if sent % 8 == 0 {
            client.upload(&file.filename, format!("replaced {sent}").as_bytes());
            sent += 2;
        }
        client.delete(&key).expect(200);
        sent += 5;
    }
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn a_hundred_thousand_healthy_exchanges_have_no_finding() {
    const WORKERS: u64 = 4;
    let emulator = start(Emulator::builder());
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let emulator = &emulator;
            scope.spawn(move || healthy_exchanges(emulator, worker, 25_000));
        }
    });
    let findings: Vec<String> =
        emulator.findings().iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect();
    assert_eq!(findings, [""; 0]);
}
