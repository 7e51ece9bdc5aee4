//! The conformance suite by way of the proxy: it comes to the same verdicts, and what it notices, the proxy notices, too.

use std::collections::BTreeSet;

use alloy_assay::{
    Builder, Emulator,
    conformance::{self, Status},
    internals::Defect,
};

use super::{Proxy, drift, support::start};

fn two_accounts(builder: Builder) -> Builder {
    builder.api_key("alice-key").api_key("bob-key")
}

/// The verdicts of checks, with the proxy's differences.
fn verdicts(url: &str, only: &str, cases: u32) -> Vec<(String, Status)> {
    let suite = conformance::server(url).api_key("alice-key").other_api_key("bob-key").only(only);
    let came_to = suite.seed(7).cases(cases).run().unwrap();
    came_to.checks.iter().map(|check| (check.id.to_owned(), check.status)).collect()
}

fn through_a_proxy(emulator: &Emulator, only: &str, cases: u32) -> (Vec<(String, Status)>, BTreeSet<String>) {
    let proxy = Proxy::start(emulator.base_url(), &[]);
    let verdicts = verdicts(&proxy.url(), only, cases);
    let (report, ..) = proxy.end();
    (verdicts, drift(&report).into_iter().collect())
}

#[test]
fn a_healthy_server_keeps_its_verdicts_and_has_no_drift() {
    let emulator = start(two_accounts);
    let direct = verdicts(emulator.base_url(), "*", 2);
    let (by_proxy, drift) = through_a_proxy(&emulator, "*", 2);
    assert_eq!(by_proxy, direct);
    assert_eq!(drift, BTreeSet::new());
}

/// The defects that a proxy does not tell, by its check's traffic.
fn silent(defects: impl Iterator<Item = &'static Defect>) -> Vec<&'static str> {
    let is_silent = |defect: &&Defect| {
        let emulator = start(|builder| two_accounts(builder).defect(defect.id));
        // As many cases as it takes the check to notice.
        let (verdicts, drift) = through_a_proxy(&emulator, defect.check, 40);
        assert!(verdicts.iter().any(|(_, status)| *status == Status::Failed), "{}: {verdicts:?}", defect.id);
        drift.is_empty()
    };
    defects.filter(is_silent).map(|defect| defect.id).collect()
}

#[test]
fn a_defect_of_each_kind_is_a_difference() {
    let kinds = [
        "any-md5",
        "second-put-refused",
        "md5-as-hex",
        "lives-two-hours",
        "delete-keeps-file",
        "dedup-across-users",
    ];
    assert_eq!(silent(kinds.into_iter().map(|id| Defect::named(id).unwrap())), Vec::<&str>::new());
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn every_defect_that_shows_is_a_difference() {
    // Their checks read files by the control API, which is no traffic of clients: see below.
    assert_eq!(silent(Defect::all()), ["last-byte-lost", "overwrite-ignored"]);
}

#[test]
fn a_file_that_is_not_what_was_uploaded_shows_in_the_list() {
    for defect in ["last-byte-lost", "overwrite-ignored"] {
        let emulator = start(|builder| builder.defect(defect));
        let proxy = Proxy::start(emulator.base_url(), &[]);
        let client = proxy.client("alice-key");
        client.upload("a.txt", b"one");
        client.upload("a.txt", b"other");
        client.list();
        let (report, ..) = proxy.end();
        assert!(
            drift(&report).contains(&"behaviour list 200 size /files/*/size".to_owned()),
            "{defect}: {report}"
        );
    }
}
