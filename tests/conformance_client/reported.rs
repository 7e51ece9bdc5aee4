//! Reports about a client: its waits, the findings of each exchange, and the last exchange, which never ended.

use std::time::Duration;

use alloy_assay::{Operation, Report as _, conformance::Status};

use super::{
    check, suite,
    support::reference::{Broken, PYTHON},
};

#[test]
fn reports_waiting_time_of_each_check_and_in_total() {
    if !PYTHON.is_here() {
        return;
    }
    let suite = suite(&PYTHON.command(), true).only("recovery/pauses").only("upload/md5");
    let came_to = suite.run().unwrap();
    let [md5, pauses] = ["upload/md5", "recovery/pauses"].map(|id| check(&came_to, id));
    assert_eq!(md5.waited, Some(Duration::ZERO));
    // Two pauses at the least, of 60 ms and twice as much.
    assert!(pauses.waited.is_some_and(|waited| waited >= Duration::from_millis(180)), "{:?}", pauses.waited);
    assert!(pauses.line(0).contains(", of which the client waited "), "{}", pauses.line(0));
    assert!(!md5.line(0).contains("waited"), "{}", md5.line(0));
    assert!(came_to.text(false, false).contains("; the client waited "), "{}", came_to.text(false, false));
    let json: serde_json::Value = serde_json::from_str(&came_to.json()).unwrap();
    assert_eq!(json["checks"][0]["waited_ms"], 0);
    assert!(json["checks"][1]["waited_ms"].as_u64().unwrap() >= 180, "{json}");
}

#[test]
fn an_answer_that_never_comes_is_in_the_story() {
    let broken = Broken::named("waits-for-ever");
    if !broken.reference().is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let suite = suite(&broken.command(folder.path()), false).only(&broken.caught_by);
    let came_to = suite.timeout(Duration::from_secs(3)).run().unwrap();
    let caught = check(&came_to, &broken.caught_by);
    assert_eq!(caught.status, Status::Failed);
    let last = caught.counterexample.last().unwrap();
    assert_eq!((last.status, last.fault.is_some()), (None, true), "{last:?}");
    assert_eq!(caught.cases, 1);
}

#[test]
fn findings_are_listed_with_their_exchange() {
    let broken = Broken::named("another-type-to-s3");
    if !broken.reference().is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let came_to = suite(&broken.command(folder.path()), false).only(&broken.caught_by).run().unwrap();
    let caught = check(&came_to, &broken.caught_by);
    let put = caught.counterexample.iter().find(|exchange| exchange.operation == Operation::Put).unwrap();
    let [finding] = &caught.findings[..] else { panic!("{:?}", caught.findings) };
    assert_eq!((finding.exchange, finding.rule), (put.id, "content-type-differs"));
    let text = came_to.text(false, false);
    assert!(text.contains(&format!("warning: {} (content-type-differs)", finding.message)), "{text}");
}

#[test]
fn reports_a_client_that_breaks_the_protocol() {
    let client = alloy_assay::conformance::client(["sh", "-c", "echo hello; sleep 20"]).persistent();
    let client = client.seed(1).only("upload/bytes").timeout(Duration::from_millis(2500));
    let came_to = client.run().unwrap();
    let caught = check(&came_to, "upload/bytes");
    assert!(
        caught.advice.unwrap().contains("is --persistent among the client's own arguments"),
        "{caught:?}"
    );
    let again =
        "assay conformance client --persistent --timeout 2500ms --seed 1 --only upload/bytes --case 0 -- ";
    assert!(caught.replay.as_ref().unwrap().starts_with(again), "{:?}", caught.replay);
}

#[test]
fn what_builds_on_an_upload_is_an_error_where_none_works() {
    let line = "echo no luck >&2; exit 3";
    let client = alloy_assay::conformance::client(["sh", "-c", line, "sh"]).seed(1).cases(1);
    let came_to = client.run().unwrap();
    for check in &came_to.checks {
        let is_error = check.status == Status::Error;
        assert_eq!(is_error, !check.id.starts_with("upload/"), "{}: {:?}", check.id, check.status);
    }
    let reason = check(&came_to, "robustness/no-answer").reason.clone().unwrap();
    assert_eq!(reason, "plain upload fails: the client failed: exit code 3: no luck");
    let alone = client.only("recovery/slow-down").run().unwrap();
    assert!(alone.fails(false), "nothing was tested, and the run passes");
}
