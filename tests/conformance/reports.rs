//! The reports of conformance suites: golden files of each format, what fails in them, and what hostile servers do
//! to them, which is nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::time::Duration;

use alloy_assay::{
    Exchange, Message, Operation, Report as _,
    conformance::{CheckResult, Conformance, Level, Status, Subject, Summary},
};
use serde_json::Value;

use crate::support::golden;

/// Nothing of this may end a line, a cell, a tag, a fence or a command.
const HOSTILE: &str = "a\r\n::error::b ]]> <!-- </failure> \u{0}\u{1b}[31m\u{202e}\u{fffe} 100% | `c` ````\n````\n \
                       [d](http://e.test) <script> \\| ##[add-mask]x 👩‍👩‍👧 &amp; \"'";

fn check(id: &'static str, level: Level, status: Status) -> CheckResult {
    let title = "What was uploaded can be had again, byte by byte";
    let source = "S3: \"PUT adds an object to a bucket\" (PutObject)";
    let new = CheckResult::new(id, title, level, source);
    CheckResult { status, cases: 100, took: Duration::from_millis(41), ..new }
}

fn message(headers: &[(&str, &str)], bytes: u64, body: Option<&str>) -> Message {
    let headers = headers.iter().copied().collect();
    Message { headers, bytes, body: body.map(str::to_owned) }
}

fn exchange(id: u64, operation: Operation, method: &str, path: &str, status: Option<u16>) -> Exchange {
    Exchange {
        id,
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        operation,
        user_id: Some("651eb6e11d156e0d7a42c59d".to_owned()),
        method: method.to_owned(),
        path: path.to_owned(),
        status,
        duration_us: 1200,
        ..Exchange::default()
    }
}

/// A failed check with all details.
fn failed(id: &'static str, level: Level) -> CheckResult {
    let mut presign = exchange(1, Operation::Presign, "POST", "/connectors/files/upload/request", Some(200));
    let body = r#"{"filename":"assay-a","mimeType":"text/plain","md5":"DMF1ucDxtqgxY5niaXcmYQ=="}"#;
    presign.request = message(&[("content-type", "application/json")], 77, Some(body));
    presign.response = message(&[], 84, Some(r#"{"presignedUrl":{"type":"new","s3Key":"651eb6_assay-a"}}"#));
    let path = "/alloy-user-files/651eb6_assay-a?X-Amz-Signature=***";
    let mut put = exchange(2, Operation::Put, "PUT", path, Some(200));
    let headers =
        [("content-md5", "rL0Y20zC+Fzt72VPzMSk2A=="), ("content-type", "text/plain"), ("host", "a")];
    put.request = message(&headers, 1, None);
    let mut list = exchange(3, Operation::List, "GET", "/connectors/files/list", None);
    list.user_id = Some("68c3229752345278627ae373".to_owned());
    CheckResult {
        title: "A PUT whose bytes are not those of its Content-MD5 is refused with BadDigest",
        cases: 4,
        reason: Some("The PUT was answered with 200, and 400 BadDigest is right.".to_owned()),
        counterexample: vec![presign, put, list],
        curl: vec![
            "curl -sS -H \"Authorization: Bearer $ALLOY_API_KEY\" 'http://127.0.0.1:7979/a'".to_owned(),
            "curl -sS -i -X PUT --data-binary 'a' \"$URL1\"".to_owned(),
        ],
        replay: Some("assay conformance server --url http://127.0.0.1:7979 --seed 7 --case 3".to_owned()),
        ..check(id, level, Status::Failed)
    }
}

fn suite(checks: Vec<CheckResult>) -> Conformance {
    Conformance {
        version: "1.2.3",
        subject: Subject::Server,
        target: "http://127.0.0.1:7979".to_owned(),
        seed: 7,
        cases: 100,
        summary: Summary::of(&checks),
        checks,
        started: "2026-01-02T03:04:05Z".parse().unwrap(),
        took: Duration::from_millis(3140),
        stale: Vec::new(),
    }
}

fn clean() -> Conformance {
    let skipped = CheckResult {
        cases: 0,
        reason: Some(
            "The server has no clock that can be moved: it answers 404 at /_assay/clock.".to_owned(),
        ),
        took: Duration::ZERO,
        ..check("expiry/after-the-hour", Level::Must, Status::Skipped)
    };
    suite(vec![check("upload/round-trip", Level::Must, Status::Passed), skipped])
}

/// One of each: a failure, advice, both kinds of known ones, an error, and a list that is out of date.
fn broken() -> Conformance {
    let known = CheckResult { is_known: true, ..failed("dedup/after-delete", Level::Must) };
    let surprise = CheckResult {
        is_known: true,
        reason: Some("passes, and is listed in known.txt, line 3: take it out".to_owned()),
        ..check("list/own-only", Level::Must, Status::Passed)
    };
    let error = CheckResult {
        cases: 0,
        reason: Some("PUT: the server closed the connection before its answer was whole.".to_owned()),
        ..check("upload/overwrite", Level::Must, Status::Error)
    };
    let mut checks = clean().checks;
    checks.extend([
        failed("upload/wrong-digest", Level::Must),
        failed("presign/url-form", Level::Should),
        known,
        surprise,
        error,
    ]);
    let stale = vec!["known.txt, line 5: `uplaod/*` matches no check that was run; take it out".to_owned()];
    Conformance { stale, ..suite(checks) }
}

fn hostile() -> Conformance {
    let mut suite = broken();
    HOSTILE.clone_into(&mut suite.target);
    for check in &mut suite.checks {
        check.reason = check.reason.is_some().then(|| HOSTILE.to_owned());
        check.replay = check.replay.is_some().then(|| HOSTILE.to_owned());
        check.curl.iter_mut().for_each(|command| HOSTILE.clone_into(command));
        for exchange in &mut check.counterexample {
            HOSTILE.clone_into(&mut exchange.method);
            HOSTILE.clone_into(&mut exchange.path);
            exchange.user_id = Some(format!("{}{HOSTILE}", exchange.id));
            for half in [&mut exchange.request, &mut exchange.response] {
                half.body = half.body.is_some().then(|| HOSTILE.to_owned());
                half.headers = half.headers.iter().map(|(name, _)| (name, HOSTILE)).collect();
            }
        }
    }
    suite.stale.iter_mut().for_each(|sentence| HOSTILE.clone_into(sentence));
    suite
}

#[test]
fn each_format_is_as_its_golden_files() {
    for (name, suite) in [("clean", clean()), ("broken", broken()), ("hostile", hostile())] {
        let check = |end: &str, text: &str| golden::check(&format!("conformance/{name}.{end}"), text, &[]);
        check("json", &suite.json());
        check("xml", &suite.junit(false));
        check("md", &suite.markdown(false));
        check("txt", &suite.text(false, false));
        check("github.txt", &suite.annotations(false));
    }
    golden::check("conformance/broken.colour.txt", &broken().text(true, false), &[]);
}

#[test]
fn json_has_the_fields_of_the_interface_and_nothing_else() {
    let json: Value = serde_json::from_str(&broken().json()).unwrap();
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(fields(&json), "cases checks seed subject summary target version");
    assert_eq!(
        fields(&json["checks"][2]),
        "cases counterexample curl id level reason replay source status title"
    );
    assert_eq!(json["checks"][2]["counterexample"][1]["path"].as_str().unwrap().len(), 52);
    assert_eq!(json["summary"], serde_json::json!({"passed": 2, "failed": 3, "skipped": 1, "error": 1}));
}

/// The part of a report that `JUnit`'s schema covers.
fn junit_documents() -> Vec<String> {
    let suites = [clean(), broken(), hostile(), suite(Vec::new())];
    suites.iter().flat_map(|suite| [false, true].map(|strict| suite.junit(strict))).collect()
}

#[test]
fn junit_counts_what_it_has() {
    for document in junit_documents() {
        let mut reader = quick_xml::Reader::from_str(&document);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        let count = |element: &str| document.matches(&format!("<{element} ")).count();
        for (counted, element) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            let suite = document.lines().find(|line| line.contains("<testsuite ")).unwrap();
            assert!(suite.contains(&format!(" {counted}=\"{}\"", count(element))), "{element}: {document}");
        }
    }
}

#[test]
fn what_fails_in_junit_is_what_fails_the_run() {
    let failures = |suite: &Conformance, strict| suite.junit(strict).matches("<failure ").count();
    let advice = suite(vec![failed("presign/url-form", Level::Should)]);
    assert_eq!((failures(&advice, false), advice.fails(false)), (0, false));
    assert_eq!((failures(&advice, true), advice.fails(true)), (1, true));
    assert_eq!((failures(&clean(), true), clean().fails(true)), (0, false));
    // The failure, the known one that passes, and the list.
    assert_eq!(failures(&broken(), false), 3);
    let stale = Conformance { stale: vec!["known.txt, line 1: …".to_owned()], ..clean() };
    assert_eq!((failures(&stale, false), stale.fails(false)), (1, true));
}

#[test]
fn a_run_that_does_not_fail_in_spite_of_failures_says_why() {
    let suite = suite(vec![failed("presign/url-form", Level::Should)]);
    for reported in [suite.text(false, false), suite.markdown(false)] {
        assert!(reported.contains("does not fail the run: it is advice"), "{reported}");
    }
    for reported in [suite.text(false, true), suite.markdown(true), broken().text(false, false)] {
        assert!(!reported.contains("does not fail the run"), "{reported}");
    }
    assert!(
        suite.annotations(false).starts_with("::warning ") && suite.annotations(true).starts_with("::error ")
    );
}

#[test]
fn hostile_text_breaks_out_of_no_report() {
    let (calm, hostile) = (broken(), hostile());
    let markdown = hostile.markdown(false);
    assert_eq!(markdown.lines().count(), calm.markdown(false).lines().count(), "{markdown}");
    for row in markdown.lines().filter(|line| line.starts_with('|')) {
        let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{row}");
        assert!(!row.replace("\\<", "").contains('<'), "{row}");
    }
    let fences = markdown.lines().filter(|line| line.starts_with("`````")).count();
    assert_eq!(fences, 2 * 3 * 2, "{markdown}");
    assert!(!markdown.contains("\n````\n"), "{markdown}");
    let annotations = hostile.annotations(false);
    assert_eq!(annotations.lines().count(), calm.annotations(false).lines().count(), "{annotations}");
    assert!(annotations.lines().all(|line| line.starts_with("::")), "{annotations}");
    let text = hostile.text(false, false);
    assert_eq!(text.lines().count(), calm.text(false, false).lines().count());
    assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{text}");
    for text in [text, annotations, markdown, hostile.junit(false)] {
        assert!(!text.contains(['\r', '\u{0}', '\u{1b}', '\u{202e}']), "{text}");
        assert!(!text.contains("##[add-mask]"), "{text}");
    }
}

#[test]
fn a_long_counterexample_and_long_texts_are_cut() {
    let mut check = failed("model/any-sequence", Level::Must);
    let mut last = check.counterexample[2].clone();
    last.path = format!("/{}", "é".repeat(10_000));
    last.response = message(&[], 1 << 20, Some(&"x".repeat(16 << 10)));
    check.counterexample = (1..=50).map(|id| Exchange { id, ..last.clone() }).collect();
    check.reason = Some("y".repeat(1 << 20));
    let suite = suite(vec![check]);
    let text = suite.text(false, false);
    assert!(
        text.contains("… 30 exchanges before these") && text.contains("\n             50. GET"),
        "{text}"
    );
    for reported in [text, suite.markdown(false), suite.junit(false), suite.annotations(false)] {
        assert!(reported.len() < 64 << 10, "{}", reported.len());
    }
}
