//! Users' OpenAPI documents: the emulator enforces their additions, reports mistakes with their place, and `assay spec`
//! lists their operations.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use alloy_assay::Emulator;
use serde_json::{Value, json};

use crate::support::{self, Client, md5_hex, start};

const PRESIGN: &str = "/connectors/files/upload/request";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/specs").join(name)
}

/// An emulator that keeps the document, and a client of it.
fn keeping(name: &str) -> (Emulator, Client) {
    let emulator = start(|builder| builder.spec(fixture(name)));
    let client = Client::new(&emulator, "alice-key");
    (emulator, client)
}

/// Asks for an upload with these fields changed.
fn presign(client: &Client, changes: &Value) -> support::Reply {
    let mut body = json!({"filename": "a.pdf", "mimeType": "text/plain", "md5": md5_hex(b"a")});
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    client.call("POST", PRESIGN, Some(&body))
}

/// The one thing that is wrong with a request, as pointer and message.
fn only_error(reply: support::Reply) -> (String, String) {
    let reply = reply.expect(400).json();
    let errors = reply["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{reply}");
    let text = |field: &str| errors[0][field].as_str().unwrap().to_owned();
    (text("pointer"), text("message"))
}

#[test]
fn what_a_schema_adds_is_enforced() {
    for (document, good, wrong, pointer, message) in [
        (
            "max-length.yaml",
            json!({"filename": "twelve-c.pdf"}),
            json!({"filename": "thirteen-.pdf"}),
            "/filename",
            "`filename` must have at most 12 characters.",
        ),
        (
            "enum.yaml",
            json!({"mimeType": "image/png"}),
            json!({"mimeType": "image/gif"}),
            "/mimeType",
            "`mimeType` must be `image/png` or `image/jpeg`, not `image/gif`.",
        ),
        (
            "pattern.yaml",
            json!({"filename": "report.pdf"}),
            json!({"filename": "Report.doc"}),
            "/filename",
            "`filename` does not match the pattern `^[a-z-]+\\.pdf$`: Small letters, and an end that tells \
             what it is.",
        ),
        (
            "additional-properties.yaml",
            json!({}),
            json!({"size": 5}),
            "/size",
            "`size` is not a property that the contract allows.",
        ),
        (
            "nullable.yaml",
            json!({"folder": null}),
            json!({"folder": 5}),
            "/folder",
            "`folder` must be null or a string, not a number.",
        ),
        (
            "ref.yaml",
            json!({"filename": "abc"}),
            json!({"filename": "ab"}),
            "/filename",
            "`filename` must have at least 3 characters.",
        ),
    ] {
        let (_emulator, client) = keeping(document);
        let base = if document == "enum.yaml" { json!({"mimeType": "image/png"}) } else { json!({}) };
        presign(&client, &base).expect(200);
        presign(&client, &good).expect(200);
        let reported = only_error(presign(&client, &wrong));
        assert_eq!(reported, (pointer.to_owned(), message.to_owned()), "{document}");
    }
}

#[test]
fn refuses_null_where_it_is_not_nullable() {
    let (_emulator, client) = keeping("nullable.yaml");
    let reported = only_error(presign(&client, &json!({"mimeType": null})));
    assert_eq!(reported, ("/mimeType".to_owned(), "`mimeType` must be a string, not null.".to_owned()));
}

#[test]
fn a_required_query_parameter_is_required() {
    let (_emulator, client) = keeping("query-parameter.yaml");
    let list = |query: &str| client.call("GET", &format!("/connectors/files/list{query}"), None);
    list("?page=1").expect(200);
    let message = |reply| only_error(reply).1;
    assert_eq!(message(list("")), "The query parameter `page` is required.");
    assert_eq!(message(list("?page=0")), "The query parameter `page` must be at least 1, and 0 is less.");
}

#[test]
fn what_no_document_describes_is_answered_all_the_same() {
    let (emulator, client) = keeping("query-parameter.yaml");
    // Without `x-api-version`, which no document requires here.
    let send = |body: &str| {
        let url = format!("{}/connectors/files/upload/request", client.base);
        client.send("POST", &url, &[("authorization", "Bearer alice-key")], body.as_bytes())
    };
    send(r#"{"filename": "a", "mimeType": "", "md5": "d41d8cd98f00b204e9800998ecf8427e"}"#).expect(200);
    assert_eq!(send("{").expect(400).json()["errors"][0]["rule"], "body-json");
    assert_eq!(send("{}").expect(400).json()["errors"][0]["rule"], "presign-body");
    assert!(emulator.findings().iter().all(|finding| finding.rule != "contract-answer"));
}

#[test]
fn operations_are_found_behind_the_path_of_the_servers() {
    let (_emulator, client) = keeping("base-path.yaml");
    for base in ["", "/api", "/api/2025-09"] {
        client.call("GET", &format!("{base}/connectors/files/list?page=1"), None).expect(200);
        client.call("GET", &format!("{base}/connectors/files/list"), None).expect(400);
    }
    client.call("GET", "/other/connectors/files/list?page=1", None).expect(404);
}

#[test]
fn a_page_of_documentation_is_a_document() {
    let (_emulator, client) = keeping("page.md");
    client.upload("a.txt", b"a");
    let body = json!({"filename": "a.txt"});
    let reply = client.call("POST", PRESIGN, Some(&body)).expect(400).json();
    let mut pointers: Vec<&str> =
        reply["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/md5", "/mimeType"]);
    // No version: the page requires one only for this operation.
    let headers = [("authorization", "Bearer alice-key")];
    let send = |method: &str, path: &str| {
        client.send(method, &format!("{}{path}", client.base), &headers, b"").status
    };
    assert_eq!((send("POST", PRESIGN), send("GET", "/connectors/files/list")), (400, 200));
}

#[test]
fn several_documents_make_one_contract() {
    let emulator = start(|builder| {
        builder
            .spec(fixture("max-length.yaml"))
            .spec(fixture("query-parameter.yaml"))
            .spec(fixture("everything.json"))
    });
    let client = Client::new(&emulator, "alice-key");
    assert_eq!(only_error(presign(&client, &json!({"filename": "thirteen-.pdf"}))).0, "/filename");
    assert_eq!(only_error(client.call("GET", "/connectors/files/list", None)).0, "page");
    let key = format!("{}_a", "0".repeat(40));
    let reported = only_error(client.call("DELETE", &format!("/connectors/files/{key}"), None));
    assert_eq!(reported.1, "The path parameter `name` must have at most 40 characters.");
}

#[test]
fn a_document_that_cannot_be_used_is_an_error_of_the_start() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let start = |name: &str| runtime.block_on(Emulator::builder().spec(fixture(name)).start());
    let message = start("broken/unknown-type.yaml").err().unwrap().to_string();
    assert!(message.contains("unknown-type.yaml:13:34: error: `type` must be"), "{message}");
    assert!(message.contains("unknown-type.yaml:16:30: error: "), "{message}");
    let message = start("none.yaml").err().unwrap().to_string();
    assert!(message.contains("cannot read `") && message.contains("none.yaml`: "), "{message}");
}

fn assay(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command.args(arguments).current_dir(folder).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// `UPDATE_GOLDEN=1` writes the output instead of comparing it.
#[test]
fn reports_mistakes_in_a_document_with_their_place() {
    let folder = fixture("broken");
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some((stem, "yaml" | "json" | "md")) = name.rsplit_once('.') else { continue };
        let output = assay(&folder, &["spec", &name]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let golden = folder.join(format!("{stem}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &output.stdout).unwrap();
        }
        assert_eq!(stdout(&output), fs::read_to_string(&golden).unwrap(), "{name}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn operations_are_shown_with_what_the_emulator_makes_of_them() {
    let shown = assay(&fixture(""), &["spec", "everything.json", "max-length.yaml"]);
    assert_eq!(shown.status.code(), Some(0));
    let shown = stdout(&shown);
    for line in [
        "everything.json: 2 operations",
        "  DELETE  /connectors/files/{name}          served as delete       removeFile",
        "  GET     /things                           not served             listThings",
        "max-length.yaml: 1 operation",
        "  POST    /connectors/files/upload/request  served as presign      askForUpload",
        "list is answered unchecked: no document describes GET /connectors/files/list",
        "3 operations in 2 files, 2 served; 0 errors, 0 warnings",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    let built_in = assay(&fixture(""), &["spec"]);
    assert_eq!(built_in.status.code(), Some(0));
    let built_in = stdout(&built_in);
    assert!(built_in.contains("served as presign") && !built_in.contains("unchecked"), "{built_in}");
}

#[test]
fn reports_an_operation_in_two_documents_with_both_places() {
    let output = assay(&fixture(""), &["spec", "enum.yaml", "ref.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let reported = "ref.yaml:24:5: error: POST /connectors/files/upload/request is described twice; the first is at \
                enum.yaml:9:5";
    assert!(stdout(&output).lines().any(|line| line == reported), "{}", stdout(&output));
}

#[test]
fn a_file_without_a_document_ends_with_2() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    fs::write(folder.join("latin1.yaml"), b"title: \xe4").unwrap();
    fs::write(folder.join("page-without.md"), "# Nothing\n\n```yaml\na: b\n```\n").unwrap();
    for (name, reported) in [
        ("none.yaml", "assay: cannot read `none.yaml`: "),
        (
            "latin1.yaml",
            "assay: `latin1.yaml` is not UTF-8: invalid byte at offset 7; save it as UTF-8 text\n",
        ),
        ("page-without.md", "assay: no OpenAPI document in `page-without.md`; "),
    ] {
        let output = assay(&folder, &["spec", name]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{stderr}");
        assert!(stderr.starts_with(reported) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn serve_ends_with_2_and_everything_that_is_wrong() {
    let folder = fixture("broken");
    let output = assay(&folder, &["serve", "--listen", "127.0.0.1:0", "--spec", "wrong-keywords.yaml"]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{stderr}");
    let mut lines = stderr.lines();
    assert_eq!(
        lines.next(),
        Some("assay: --spec: 9 errors in the OpenAPI documents; `assay spec` shows their operations")
    );
    let golden = fs::read_to_string(folder.join("wrong-keywords.txt")).unwrap();
    let reported: Vec<&str> =
        golden.lines().filter(|line| line.contains(": error: ") || line.contains(": warning: ")).collect();
    assert_eq!(lines.collect::<Vec<_>>(), reported);
}

#[test]
#[cfg(unix)]
fn serve_says_what_it_loaded_and_what_stays_unchecked() {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
    };
    let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("ASSAY_SPEC", "query-parameter.yaml")
        .current_dir(fixture(""))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The log is written concurrently: wait for its last such line.
    let mut log = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !log.contains("execute is answered unchecked") && stderr.read_line(&mut log).unwrap() > 0 {}
    child.kill().unwrap();
    child.wait().unwrap();
    let line = |part: &str| log.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{log}"));
    assert!(line("the contract is query-parameter.yaml").contains("INFO"), "{log}");
    let unchecked =
        "presign is answered unchecked: no document describes POST /connectors/files/upload/request";
    assert!(line(unchecked).contains("WARN"), "{log}");
    assert!(!log.contains("list is answered unchecked"), "{log}");
}
