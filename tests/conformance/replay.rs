//! A failure is told so that it can be met again: by its case, and from a file of past failures.

use alloy_assay::report::Status;

use super::{check, suite, support::toy::Toy};

#[test]
fn a_case_is_met_again_by_its_number() {
    let toy = Toy::start();
    let only = || suite(&toy.url()).only("upload/anonymous");
    let first = only().run().unwrap();
    let failed = check(&first, "upload/anonymous");
    assert_eq!(failed.status, Status::Failed);
    let replay = failed.replay.as_deref().unwrap();
    let expected =
        format!("assay conformance server --url {} --seed 1 --only upload/anonymous --case 0", toy.url());
    assert_eq!(replay, expected);
    let again = only().case(0).run().unwrap();
    let met = check(&again, "upload/anonymous");
    assert_eq!((met.cases, &met.reason, &met.replay), (1, &failed.reason, &failed.replay));
    let calls = |check: &alloy_assay::report::CheckResult| {
        check.counterexample.iter().map(|one| (one.operation, one.status)).collect::<Vec<_>>()
    };
    assert_eq!(calls(met), calls(failed));
}

#[test]
fn past_failures_are_tried_first() {
    let toy = Toy::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("failures");
    let run =
        |seed| suite(&toy.url()).only("upload/anonymous").seed(seed).past_failures(&file).run().unwrap();
    run(7);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("upload/anonymous 7 0 # a PUT without the URL's query"), "{text}");
    let second = run(8);
    let replay = check(&second, "upload/anonymous").replay.clone().unwrap();
    assert!(replay.ends_with("--seed 7 --only upload/anonymous --case 0"), "{replay}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_secret_is_in_no_part_of_a_result() {
    let toy = Toy::start();
    let came_to = suite(&toy.url()).api_key("alices-secret").only("upload/*").run().unwrap();
    let text = serde_json::to_string(&came_to).unwrap();
    assert!(came_to.checks.iter().any(|check| !check.curl.is_empty()));
    assert!(!text.contains("alices-secret"), "{text}");
}
