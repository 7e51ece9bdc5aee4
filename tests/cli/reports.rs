//! The reports: golden files of each format, and what hostile text does to them, which is nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use alloy_assay::{
    Emulator, Finding, Operation, Report as _, Run, Severity,
    internals::{Ended, Place, Rule},
};
use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};
use serde_json::Value;

use crate::support::{Client, emulator, golden, junit};

/// Nothing of this may end a line, a cell, a tag or a command.
const HOSTILE: &str = "a\r\n::error::b ]]> <!-- </failure> \u{0}\u{1b}[31m\u{202e}\u{fffe} 100% | `c` \
                       [d](http://e.test) <script> \\| 👩‍👩‍👧 &amp; \"'";

fn finding(id: u64, rule: &str, operation: Operation, message: &str) -> Finding {
    let rule = Rule::find(rule).unwrap();
    Finding {
        id,
        rule: rule.id,
        severity: rule.severity,
        exchange: id + 1,
        operation,
        message: message.to_owned(),
        hint: rule.hint.to_owned(),
        pointer: "/md5".to_owned(),
        spec: None,
        source: rule.source.to_owned(),
        expected: false,
        label: None,
    }
}

fn clean() -> Run {
    Run {
        version: "1.2.3",
        seed: 7,
        started: "2026-01-02T03:04:05Z".parse().unwrap(),
        exchanges: 14,
        operations: BTreeMap::from([(Operation::Presign, 9), (Operation::Put, 5)]),
        findings: Vec::new(),
        findings_lost: 0,
        findings_ignored: 0,
        expectations: Vec::new(),
        expectations_dropped: 0,
        resets: 0,
        user_resets: 0,
        ended: None,
        places: BTreeMap::new(),
        drift: None,
    }
}

fn broken() -> Run {
    let path = "/connectors/files/upload/request".to_owned();
    let place = Place { method: "POST".to_owned(), path, status: Some(400) };
    Run {
        findings: vec![
            finding(1, "key-in-browser", Operation::Preflight, "A page asks whether it may call Alloy."),
            finding(2, "contract-body", Operation::Presign, "`md5` is required."),
            finding(3, "contract-body", Operation::Presign, "`mimeType` is required."),
            finding(4, "md5-format", Operation::Presign, "`md5` is 9 characters long | not 24, nor 32."),
        ],
        findings_lost: 1,
        findings_ignored: 2,
        resets: 3,
        places: BTreeMap::from([(3, place)]),
        ..clean()
    }
}

fn hostile() -> Run {
    let mut run = broken();
    for finding in &mut run.findings {
        HOSTILE.clone_into(&mut finding.message);
        HOSTILE.clone_into(&mut finding.hint);
        HOSTILE.clone_into(&mut finding.source);
    }
    let place = Place { method: "GET".to_owned(), path: HOSTILE.to_owned(), status: None };
    run.places = (1..6).map(|exchange| (exchange, place.clone())).collect();
    run
}

#[test]
fn each_format_is_as_its_golden_files() {
    for (name, run) in [("clean", clean()), ("broken", broken()), ("hostile", hostile())] {
        let check = |end: &str, text: &str| golden::check(&format!("reports/{name}.{end}"), text, &[]);
        check("json", &run.json());
        check("xml", &run.junit(Some(Severity::Error)));
        check("md", &run.markdown(None));
        check("txt", &run.text(false, None));
        check("github.txt", &run.annotations(None));
    }
    golden::check("reports/broken.colour.txt", &broken().text(true, None), &[]);
}

#[test]
fn json_has_the_fields_of_the_interface_and_nothing_else() {
    let json: Value = serde_json::from_str(&broken().json()).unwrap();
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(fields(&json), "exchanges findings operations seed started version");
    assert_eq!(
        fields(&json["findings"][0]),
        "exchange hint id message operation pointer rule severity source spec"
    );
    assert_eq!(json["started"], "2026-01-02T03:04:05.000Z");
    assert_eq!(json["operations"], serde_json::json!({"presign": 9, "put": 5}));
}

/// The elements and attributes that Jenkins' junit-10.xsd has, with an `!` where it must.
const JUNIT: &[(&str, &[&str], &[&str])] = &[
    ("testsuites", &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    (
        "testsuite",
        &[
            "name!",
            "tests!",
            "failures!",
            "errors!",
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
        ],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
    ),
    ("properties", &[], &["property"]),
    ("property", &["name!", "value!"], &[]),
    (
        "testcase",
        &["name!", "time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("failure", &["type", "message"], &[]),
    ("error", &["type", "message"], &[]),
    ("skipped", &["type", "message"], &[]),
    ("system-out", &[], &[]),
    ("system-err", &[], &[]),
];

fn attributes(element: &BytesStart<'_>) -> Vec<(String, String)> {
    let read = |attribute: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let attribute = attribute.unwrap();
        let name = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        (name, attribute.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned())
    };
    element.attributes().map(read).collect()
}

/// Holds an element to the schema; gives its name.
fn check_element(element: &BytesStart<'_>, parents: &[String]) -> String {
    let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
    let known = |name: &str| JUNIT.iter().find(|known| known.0 == name);
    let (_, may_have, _) = known(&name).unwrap_or_else(|| panic!("there is no {name}"));
    match parents.last() {
        None => assert_eq!(name, "testsuites"),
        Some(parent) => assert!(known(parent).unwrap().2.contains(&name.as_str()), "{name} in {parent}"),
    }
    let attributes = attributes(element);
    for (attribute, _) in &attributes {
        let is_known = may_have.iter().any(|one| one.trim_end_matches('!') == attribute);
        assert!(is_known, "{name} has no {attribute}");
    }
    for must in may_have.iter().filter_map(|one| one.strip_suffix('!')) {
        assert!(attributes.iter().any(|(attribute, _)| attribute == must), "{name} lacks {must}");
    }
    name
}

/// Every element's name with its attributes; the document must be well-formed and as Jenkins' schema has it.
fn elements(xml: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let is_legal =
        |one: char| matches!(one, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..) && one != '\u{7f}';
    assert!(xml.chars().all(is_legal), "{xml}");
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut open, mut found) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                let name = check_element(&element, &open);
                found.push((name.clone(), attributes(&element).into_iter().collect()));
                open.push(name);
            }
            Event::Empty(element) => {
                let name = check_element(&element, &open);
                found.push((name, attributes(&element).into_iter().collect()));
            }
            Event::End(_) => {
                open.pop().unwrap();
            }
            Event::Text(text) => {
                text.xml_content(XmlVersion::Implicit1_0).unwrap();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    junit::assert_valid(xml);
    found
}

#[test]
fn junit_is_as_its_schema_and_fails_what_the_run_fails_on() {
    let failures = |run: &Run, fail_on| {
        let elements = elements(&run.junit(fail_on));
        let count = |name: &str| elements.iter().filter(|(element, _)| element == name).count();
        let suite = elements.iter().find(|(element, _)| element == "testsuite").unwrap();
        assert_eq!(suite.1["failures"], count("failure").to_string());
        assert_eq!(suite.1["skipped"], count("skipped").to_string());
        assert_eq!(suite.1["tests"], count("testcase").to_string());
        (count("testcase"), count("failure"), count("skipped"))
    };
    assert_eq!(failures(&clean(), Some(Severity::Error)), (1, 0, 0));
    for run in [broken(), hostile()] {
        assert_eq!(failures(&run, Some(Severity::Error)), (3, 2, 1));
        assert_eq!(failures(&run, Some(Severity::Warning)), (3, 3, 0));
        assert_eq!(failures(&run, None), (3, 0, 3));
    }
}

#[test]
fn hostile_text_breaks_out_of_no_report() {
    let (calm, hostile) = (broken(), hostile());
    let markdown = hostile.markdown(None);
    assert_eq!(markdown.lines().count(), calm.markdown(None).lines().count(), "{markdown}");
    for row in markdown.lines().filter(|line| line.starts_with('|')) {
        let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{row}");
        assert!(!row.replace("\\<", "").contains('<'), "{row}");
    }
    let annotations = hostile.annotations(None);
    assert_eq!(annotations.lines().count(), 3, "{annotations}");
    assert!(annotations.lines().all(|line| line.starts_with("::") && line.matches("%0A").count() == 4));
    for text in [hostile.text(false, None), annotations, markdown] {
        assert!(!text.contains(['\r', '\u{0}', '\u{1b}', '\u{202e}']), "{text}");
    }
    assert_eq!(hostile.text(false, None).lines().count(), calm.text(false, None).lines().count());
}

#[test]
fn a_run_without_any_exchange_says_that_nothing_called() {
    let run = Run { exchanges: 0, operations: BTreeMap::new(), ..clean() };
    assert_eq!(
        run.text(false, None),
        "assay: no exchanges: nothing called the Alloy API or the S3 API at ALLOY_BASE_URL\n"
    );
    assert!(
        run.markdown(None).starts_with("## assay: no exchanges: nothing called"),
        "{}",
        run.markdown(None)
    );
    let skipped = |run: &Run| elements(&run.junit(None)).into_iter().find(|(name, _)| name == "skipped");
    assert!(skipped(&run).unwrap().1["message"].starts_with("no exchanges: nothing called"));
    let run = Run { resets: 1, ..run };
    for text in [run.text(false, None), run.markdown(None), run.junit(None)] {
        assert!(text.contains("no exchanges since the emulator was last reset"), "{text}");
    }
}

#[test]
fn a_command_that_failed_is_no_green_run() {
    let ended = |ended| Run { ended: Some(ended), ..clean() };
    for (how, reported) in [
        (Ended::Code(7), "the command ended with exit code 7"),
        (Ended::Signal(9), "the command was ended by signal 9"),
        (Ended::TimedOut(Duration::from_secs(3)), "the command took longer than 3s and was ended"),
    ] {
        let run = ended(how);
        assert!(run.markdown(None).starts_with(&format!("## assay: {reported}; no findings\n")));
        let elements = elements(&run.junit(None));
        let of = |name: &str| elements.iter().find(|(element, _)| element == name).unwrap().1.clone();
        assert_eq!((of("error")["message"].as_str(), of("testsuite")["errors"].as_str()), (reported, "1"));
        assert_eq!((of("testcase")["name"].as_str(), run.json()), ("the command", clean().json()));
    }
    let run = ended(Ended::Code(0));
    assert!(run.markdown(None).starts_with("## assay: no findings\n"), "{}", run.markdown(None));
    assert!(run.markdown(None).contains("; the command ended with exit code 0\n"), "{}", run.markdown(None));
    assert!(!run.junit(None).contains("<error") && run.junit(None).contains("exit code 0"));
}

#[test]
fn the_control_side_and_the_library_tell_the_same_run() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    emulator.assert_clean();
    client.upload("a.txt", b"a");
    emulator.assert_clean();
    let url = format!("{}/connectors/files/list?b=c", emulator.base_url());
    client.send("GET", &url, &[("authorization", "Bearer alice-key")], b"").expect(400);
    let run = emulator.report();
    assert_eq!((run.exchanges, run.operations[&Operation::List], run.findings.len()), (3, 1, 1));
    let place = Place { method: "GET".into(), path: "/connectors/files/list".into(), status: Some(400) };
    assert_eq!(run.places[&run.findings[0].exchange], place);

    let json = client.control("GET", "report.json", None).expect(200);
    assert_eq!((json.header("content-type"), json.text()), ("application/json", run.json()));
    let xml = client.control("GET", "report.xml", None).expect(200);
    assert_eq!(xml.header("content-type"), "application/xml");
    assert_eq!(xml.text(), run.junit(Some(Severity::Error)));
    let markdown = client.control("GET", "report.md", None).expect(200);
    assert_eq!(markdown.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(markdown.text(), run.markdown(Some(Severity::Error)));
    assert_eq!(client.control("POST", "report.md", None).expect(405).header("allow"), "GET");
    client.control("GET", "report.json?user=x", None).expect(400);

    // A reset of one user keeps the others' results.
    let user = client.control("POST", "reset?user=651eb6e11d156e0d7a42c59d", None);
    user.expect(200);
    assert_eq!(emulator.report().resets, 0);
    // What it forgets, it forgets after it was found: the finding is told with its place.
    let own = emulator.exchanges()[2].user_id.clone().unwrap();
    client.control("POST", &format!("reset?user={own}"), None).expect(200);
    assert!(emulator.exchanges().is_empty());
    let run = emulator.report();
    assert_eq!(run.places[&run.findings[0].exchange], place);

    // A reset forgets, and the report does not hide it.
    emulator.reset();
    let reported = emulator.report().text(false, None);
    assert!(
        reported.starts_with("assay: no exchanges since")
            && reported.ends_with("\nassay: The emulator was reset once: earlier results were dropped.\n"),
        "{reported}"
    );
}

#[test]
fn a_clean_run_has_no_errors_and_may_have_warnings() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let url = format!("{}/connectors/files/list", emulator.base_url());
    client.send("OPTIONS", &url, &[("origin", "http://localhost:5173")], b"");
    assert_eq!(emulator.report().count(Severity::Warning), 1);
    emulator.assert_clean();
    let panic = catch_unwind(AssertUnwindSafe(|| emulator.assert_clean_with(Severity::Warning)));
    let panic = panic.unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("clients did something wrong"));
}

#[test]
fn starts_without_a_runtime_and_inside_one() {
    let ask = |emulator: &Emulator| Client::new(emulator, "alice-key").upload("a.txt", b"a");
    let emulator = Emulator::start_blocking().unwrap();
    ask(&emulator);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let address = runtime.block_on(async {
        let emulator = Emulator::builder().api_key("alice-key").start_blocking().unwrap();
        ask(&emulator);
        emulator.base_url().trim_start_matches("http://").to_owned()
    });
    assert!(std::net::TcpStream::connect(address).is_err(), "dropping it stops it");
    assert_eq!(emulator.files().len(), 1);
}

#[test]
#[should_panic(expected = "x-api-version")]
fn assert_clean_panics_with_the_findings() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let url = format!("{}/connectors/files/list", emulator.base_url());
    client.send("GET", &url, &[("authorization", "Bearer alice-key")], b"");
    emulator.assert_clean();
}
