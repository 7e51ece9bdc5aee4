//! Uploads of existing files, with another type, over another file, after a delete.

use alloy_assay::Severity::{Note, Warning};
use serde_json::json;

use super::{assert_nothing, assert_told, only};
use crate::support::{self, Client, emulator};

const EXECUTE: &str = "/connectors/googleDrive/actions/uploadFile/execute";

#[test]
fn reports_an_upload_after_existing() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a.txt", b"a");
    // Within one second, both URLs are the same.
    emulator.clock().advance(std::time::Duration::from_secs(2));
    let again = client.presign("a.txt", b"a");
    assert_eq!(again.r#type, "existing");
    assert_nothing(&emulator);
    client.put(&again, b"a").expect(200);
    let finding = only(&emulator, "upload-of-existing");
    assert_told(&finding, (Warning, 4, "path"), &["`a.txt`", "existing", &again.key]);
}

#[test]
fn reports_a_content_type_other_than_announced() {
    let form = "application/x-www-form-urlencoded";
    for (headers, part) in [
        (&[("content-type", form)][..], form),
        (&[][..], "binary/octet-stream"),
        (&[("content-type", "")][..], "binary/octet-stream"),
    ] {
        let emulator = emulator();
        let client = Client::new(&emulator, "alice-key");
        let presigned = client.presign("a.txt", b"a");
        // Over a socket, since libraries add a type.
        let put = support::request::Request::put(&presigned.url, &presigned.md5, b"a");
        let put = headers.iter().fold(put, |put, (name, value)| put.and(name, value));
        assert_eq!(put.send(&emulator).status, 200);
        let finding = only(&emulator, "content-type-differs");
        assert_told(&finding, (Warning, 2, "content-type"), &["`a.txt`", "`text/plain`", part]);
    }
}

#[test]
fn the_same_type_may_say_more_and_bytes_need_none() {
    for (announced, sent) in [
        ("text/plain", "text/plain"),
        ("text/plain", "Text/Plain; charset=utf-8"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("application/octet-stream", ""),
        ("binary/octet-stream", ""),
    ] {
        let emulator = emulator();
        let client = Client::new(&emulator, "alice-key");
        let body = json!({"filename": "a.txt", "mimeType": announced, "md5": support::md5_hex(b"a")});
        let answer = client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(200);
        let presigned = support::Presigned::of(&answer.json());
        let put = support::request::Request::put(&presigned.url, &presigned.md5, b"a");
        assert_eq!(put.and("content-type", sent).send(&emulator).status, 200);
        assert_nothing(&emulator);
    }
    // What was not stored has no type.
    let emulator = emulator();
    let presigned = Client::new(&emulator, "alice-key").presign("a.txt", b"a");
    let put = support::request::Request::put(&presigned.url, &presigned.md5, b"b");
    assert_eq!(put.and("content-type", "image/png").send(&emulator).status, 400);
    assert!(emulator.findings().iter().all(|finding| finding.rule != "content-type-differs"));
}

#[test]
fn reports_two_filenames_with_one_key() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a b.txt", b"one");
    let presigned = client.presign("a_b.txt", b"other");
    assert_nothing(&emulator);
    client.put(&presigned, b"other").expect(200);
    let finding = only(&emulator, "filename-collision");
    assert_told(&finding, (Warning, 4, "path"), &["`a b.txt`", "`a_b.txt`", &presigned.key]);
}

#[test]
fn each_change_of_the_filename_is_told_once() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let reported =
        || emulator.findings().iter().filter(|finding| finding.rule == "filename-collision").count();
    for (name, content, count) in [
        ("a b.txt", "1", 0),
        ("a_b.txt", "2", 1),
        ("a_b.txt", "3", 1),
        ("a_b.txt", "4", 1),
        ("a b.txt", "5", 2),
    ] {
        client.upload(name, content.as_bytes());
        assert_eq!(reported(), count, "{content}");
    }
}

#[test]
fn nothing_is_lost_by_an_edit_a_refusal_or_after_a_delete() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a b.txt", b"one");
    let key = client.upload("a b.txt", b"edited");
    assert_eq!(emulator.files().len(), 1);
    client.put(&client.presign("a_b.txt", b"other"), b"not the other").expect(400);
    client.delete(&key).expect(200);
    client.upload("a_b.txt", b"other");
    assert!(emulator.findings().iter().all(|finding| finding.rule != "filename-collision"));
}

#[test]
fn users_do_not_replace_each_others_files() {
    let emulator = emulator();
    for (key, name) in [("alice-key", "a b.txt"), ("bob-key", "a_b.txt")] {
        Client::new(&emulator, key).upload(name, key.as_bytes());
    }
    assert_nothing(&emulator);
}

#[test]
fn a_file_that_is_deleted_twice_is_a_note() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("a.txt", b"a");
    client.delete(&key.replace("a.txt", "never.txt")).expect(404);
    client.delete(&key).expect(200);
    assert_nothing(&emulator);
    client.delete(&key).expect(404);
    assert_told(&only(&emulator, "deleted-file-used"), (Note, 5, "path"), &[&key]);
}

#[test]
fn an_action_with_a_deleted_file_is_a_note_beside_the_error() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("a.txt", b"a");
    client.delete(&key).expect(200);
    let execute = |key: &str| {
        let body = json!({"credentialId": "c", "requestBody": {"file": key}});
        client.call("POST", EXECUTE, Some(&body)).expect(404);
    };
    execute(&key);
    execute(&key.replace("a.txt", "never.txt"));
    assert_told(&only(&emulator, "deleted-file-used"), (Note, 4, "/requestBody/file"), &[&key]);
}

#[test]
fn an_url_of_before_the_delete_brings_the_file_back() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let presigned = client.presign("a.txt", b"a");
    client.put(&presigned, b"a").expect(200);
    client.delete(&presigned.key).expect(200);
    client.put(&presigned, b"a").expect(200);
    // It is back now.
    client.put(&presigned, b"a").expect(200);
    assert_told(&only(&emulator, "deleted-file-used"), (Note, 4, "path"), &[&presigned.key]);
}

#[test]
fn a_file_that_is_uploaded_anew_after_its_delete_is_fine() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for _ in 0..2 {
        let key = client.upload("a.txt", b"a");
        client.delete(&key).expect(200);
    }
    assert_nothing(&emulator);
}
