//! Failures can be reproduced: by their case, and from a file of past failures.

use std::process::Command;

use alloy_assay::{conformance::Status, internals::Defect};

use super::{
    check, start, suite,
    support::{
        installed::{Need, are_here},
        toy::Toy,
    },
    two_accounts,
};

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
    let calls = |check: &alloy_assay::conformance::CheckResult| {
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

/// Returns the output of a counterexample's commands, pasted into a shell; `None` if they are missing.
fn pasted(defect: &str) -> Option<String> {
    const NEEDS: [Need; 3] = [
        Need("bash", "bash", &["--version"]),
        Need("curl", "curl", &["--version"]),
        Need("jq", "jq", &["--version"]),
    ];
    if !are_here("what a counterexample has for a shell", &NEEDS) {
        return None;
    }
    let emulator = start(two_accounts().defect(defect));
    let id = Defect::named(defect).unwrap().check;
    let came_to = suite(emulator.base_url()).only(id).cases(40).run().unwrap();
    let failed = check(&came_to, id);
    assert_eq!(failed.status, Status::Failed, "{defect}");
    let mut shell = Command::new("bash");
    shell.args(["-euc", &failed.curl.join("\n")]);
    let output =
        shell.env("ALLOY_API_KEY", "alice-key").env("OTHER_ALLOY_API_KEY", "bob-key").output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{defect}: {text}\n{}", failed.curl.join("\n"));
    Some(text)
}

#[test]
fn the_commands_of_a_counterexample_show_it_again() {
    for (defect, shown) in [
        ("ignores-content-md5", "HTTP/1.1 200"),
        ("any-signature", "HTTP/1.1 200"),
        ("content-md5-optional", "HTTP/1.1 200"),
        ("unsigned-headers", "HTTP/1.1 200"),
        ("chunked-taken", "HTTP/1.1 200"),
        ("post-is-put", "HTTP/1.1 200"),
        ("second-put-refused", "HTTP/1.1 403"),
        ("expires-edited", "HTTP/1.1 200"),
        ("dies-early", "Request has expired"),
        ("any-md5", r#""type":"new""#),
        ("never-existing", r#""type":"new""#),
        ("delete-foreign", "File deleted successfully"),
        ("accounts-share-delete", "File deleted successfully"),
        ("foreign-user-header", r#""s3Key":"#),
    ] {
        let Some(text) = pasted(defect) else { return };
        let last = text.rsplit("presignedUrl\":{").next().unwrap();
        assert!(last.contains(shown) || text.trim_end().ends_with(shown), "{defect}: {text}");
    }
}
