//! Fakes in Python, as teams write them: the suite is fast with them, and reports only their bugs.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use alloy_assay::conformance::{self, Status};

use super::{check, ids, support::reference::PYTHON};

struct Fake {
    child: Child,
    url: String,
}

impl Fake {
    fn start(quirks: &[&str]) -> Option<Self> {
        if !PYTHON.is_here() {
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/fakes/fake.py");
        let mut command = Command::new(PYTHON.command().get_program());
        let mut child = command.arg(script).args(quirks).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Some(Self { child, url: url.trim_end().to_owned() })
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// With delayed acknowledgements, 100 lists would take four seconds.
#[test]
#[cfg(target_os = "linux")]
fn a_server_with_nagles_algorithm_is_not_slow() {
    let Some(fake) = Fake::start(&["no-users"]) else { return };
    #[expect(clippy::disallowed_methods, reason = "how long a suite takes is real time")]
    let began = Instant::now();
    let came_to = conformance::server(&fake.url).seed(1).only("list/authentication").run().unwrap();
    assert_eq!(check(&came_to, "list/authentication").cases, 100);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn leftovers_of_a_case_do_not_fail_the_next() {
    let Some(fake) = Fake::start(&["no-users", "delete-keeps-dedup"]) else { return };
    let suite = conformance::server(&fake.url).seed(7);
    let came_to = suite.clone().only("model/history").cases(60).run().unwrap();
    let history = check(&came_to, "model/history");
    assert_eq!(history.status, Status::Failed, "{:?}", history.reason);
    let calls: Vec<&str> = history.counterexample.iter().map(|one| one.operation.name()).collect();
    assert!(calls.contains(&"put") && calls.contains(&"delete"), "{calls:?}");
    assert!(!history.reason.as_ref().unwrap().contains("did not repeat"), "{:?}", history.reason);
    let others = suite.only("upload/*").only("presign/*").only("list/*").cases(5).run().unwrap();
    let blamed = ids(&others, Status::Failed);
    for id in ["upload/round-trip", "upload/overwrite", "presign/key-pattern", "list/complete"] {
        assert!(!blamed.contains(&id), "{id}: {:?}", check(&others, id).reason);
    }
}

#[test]
fn reports_existing_without_a_url_and_goes_on() {
    let Some(fake) = Fake::start(&["bare-existing"]) else { return };
    let suite = conformance::server(&fake.url).seed(1).cases(5);
    let came_to = suite.only("dedup/*").only("model/history").run().unwrap();
    assert_eq!(ids(&came_to, Status::Failed), ["dedup/existing-url"]);
    assert_eq!([ids(&came_to, Status::Error), ids(&came_to, Status::Skipped)].concat(), [""; 0]);
}

#[test]
fn reports_keys_that_share_files_without_a_user_header() {
    for quirk in ["shared-keys", "shared-lists"] {
        let Some(fake) = Fake::start(&[quirk]) else { return };
        let came_to = conformance::server(&fake.url).seed(1).cases(3).only("isolation/*").run().unwrap();
        let keys = check(&came_to, "isolation/keys");
        assert_eq!(keys.status, Status::Failed, "{quirk}: {:?}", keys.reason);
    }
    let healthy = Fake::start(&[]).unwrap();
    let suite = conformance::server(&healthy.url).seed(1).cases(3);
    let came_to = suite.only("isolation/keys").only("expiry/before").run().unwrap();
    assert_eq!(check(&came_to, "isolation/keys").status, Status::Passed);
    let clock = check(&came_to, "expiry/before");
    let reason = "the server has no control API (GET /_assay/clock was answered 401)";
    assert_eq!((clock.status, clock.reason.as_deref()), (Status::Skipped, Some(reason)));
}

/// Features that a server lacks are skipped. A server that answers 500 may have the feature.
#[test]
fn unexpected_answers_are_errors_and_no_skips() {
    let Some(fake) = Fake::start(&["broken-users", "broken-delete"]) else { return };
    let suite = conformance::server(&fake.url).seed(1).cases(3);
    let came_to = suite.only("delete/*").only("dedup/*").only("list/own-only").run().unwrap();
    assert_eq!(ids(&came_to, Status::Skipped), [""; 0]);
    for id in ["dedup/by-user", "list/own-only", "delete/foreign"] {
        let check = check(&came_to, id);
        let reason = "POST /users was answered 500, so nobody knows whether the server offers it";
        assert_eq!((check.status, check.reason.as_deref()), (Status::Error, Some(reason)), "{id}");
    }
    let after_delete = check(&came_to, "dedup/after-delete");
    assert_eq!(after_delete.status, Status::Error, "{:?}", after_delete.reason);
    assert!(ids(&came_to, Status::Failed).contains(&"delete/own"));
    assert!(came_to.fails(false));
}
