//! A team's `assay.toml` at work: users and files are there from the start, and again after a reset.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::fs;

use serde_json::{Value, json};

use crate::support::{
    Client,
    program::{Served, assay},
};

const OWN: &str = "651eb6e11d156e0d7a42c59d";
const JANE: &str = "68c3229752345278627ae373";

/// An emulator with alice's key, her user Jane, and a file of each.
fn team(folder: &tempfile::TempDir) -> Served {
    let configuration = format!(
        r#"
        listen = "127.0.0.1:0"
        [[api_key]]
        key = "alice-key"
        user_id = "{OWN}"
        [[user]]
        api_key = "alice-key"
        user_id = "{JANE}"
        username = "jane@example.com"
        full_name = "Jane Doe"
        [[file]]
        user_id = "{JANE}"
        path = "report.pdf"
        [[file]]
        user_id = "{OWN}"
        path = "report.pdf"
        filename = "own report.txt"
        mime_type = "text/markdown"
        "#
    );
    fs::write(folder.path().join("assay.toml"), configuration).unwrap();
    fs::write(folder.path().join("report.pdf"), b"a report").unwrap();
    Served::start(assay(&["serve"]).current_dir(folder.path()))
}

fn files_of(client: &Client, user: &str) -> Value {
    let headers =
        [("authorization", "Bearer alice-key"), ("x-api-version", "2025-09"), ("x-alloy-userid", user)];
    let list = client.send("GET", &format!("{}/connectors/files/list", client.base), &headers, b"");
    let mut files = list.expect(200).json()["files"].take();
    for file in files.as_array_mut().unwrap() {
        file.as_object_mut().unwrap().remove("lastModified");
    }
    files
}

#[test]
fn users_and_files_are_there_from_the_start_and_after_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let served = team(&folder);
    let client = served.client("alice-key");
    let of_jane = json!([{"s3Key": format!("{JANE}_report.pdf"), "filename": "report.pdf", "size": 8}]);
    let of_own = json!([{"s3Key": format!("{OWN}_own_report.txt"), "filename": "own_report.txt", "size": 8}]);
    for _ in 0..2 {
        assert_eq!((files_of(&client, JANE), files_of(&client, OWN)), (of_jane.clone(), of_own.clone()));
        let jane = client.call("GET", &format!("/users/{JANE}"), None).expect(200).json();
        assert_eq!(jane, json!({"userId": JANE, "username": "jane@example.com", "fullName": "Jane Doe"}));
        // The initial file counts as a duplicate, and can be deleted.
        assert_eq!(client.presign("other.txt", b"a report").r#type, "existing");
        client.delete(&format!("{OWN}_own_report.txt")).expect(200);
        client.call("DELETE", &format!("/users/{JANE}"), None).expect(200);
        client.control("POST", "reset", None).expect(200);
    }
    let objects = client.control("GET", "objects", None).json();
    assert_eq!(objects["objects"][0]["contentType"], "text/markdown");
    assert_eq!(objects["objects"][1]["contentType"], "application/pdf");
    client.delete(&format!("{OWN}_own_report.txt")).expect(200);
    client.control("POST", &format!("reset?user={OWN}"), None).expect(200);
    assert_eq!(files_of(&client, OWN), of_own, "one user's reset brings back that user's files");
}
