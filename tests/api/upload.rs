//! The main flow: request a URL, PUT the bytes, list the file, request again, delete it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::time::Duration;

use alloy_assay::Dedup;
use serde_json::json;

use crate::support::{Client, Presigned, emulator, md5_base64, md5_hex, start};

#[test]
fn a_file_is_uploaded_listed_found_again_and_deleted() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let presigned = client.presign("report.txt", b"hello");
    assert_eq!(presigned.r#type, "new");
    assert_eq!(presigned.md5, md5_base64(b"hello"));
    assert!(presigned.key.ends_with("_report.txt"));
    client.put(&presigned, b"hello").expect(200);

    let list = client.call("GET", "/connectors/files/list", None).expect(200).json();
    let file = &list["files"][0];
    assert_eq!(file["s3Key"], presigned.key.as_str());
    assert_eq!(file["filename"], "report.txt");
    assert_eq!(file["size"], 5);

    assert_eq!(client.presign("report.txt", b"hello").r#type, "existing");
    let deleted = client.delete(&presigned.key).expect(200).json();
    assert_eq!(deleted, json!({"success": true, "message": "File deleted successfully"}));
    assert!(client.list().is_empty());
    assert_eq!(client.presign("report.txt", b"hello").r#type, "new");
    assert!(emulator.findings().is_empty(), "{:?}", emulator.findings());
}

#[test]
fn accepts_hex_and_base64_and_returns_base64() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let hex = md5_hex(b"x");
    for md5 in [hex.clone(), hex.to_uppercase(), md5_base64(b"x")] {
        let body = json!({"filename": "x", "mimeType": "text/plain", "md5": md5});
        let answer = client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(200);
        assert_eq!(Presigned::of(&answer.json()).md5, md5_base64(b"x"));
    }
}

#[test]
fn the_same_content_is_found_under_the_key_that_has_it() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("first.txt", b"same");
    let again = client.presign("second.txt", b"same");
    assert_eq!((again.r#type.as_str(), &again.key), ("existing", &key));
    // The answer's URL is valid, and for that key.
    client.put(&again, b"same").expect(200);
    assert_eq!(client.list(), [key]);
}

#[test]
fn a_duplicate_is_the_requested_file_or_the_oldest() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    // All are announced before any is there.
    let announced = ["z.txt", "a.txt", "m.txt"].map(|name| client.presign(name, b"same"));
    announced.iter().for_each(|presigned| drop(client.put(presigned, b"same").expect(200)));
    assert_eq!(client.presign("m.txt", b"same").key, announced[2].key);
    assert_eq!(client.presign("other.txt", b"same").key, announced[0].key);
    for presigned in &announced {
        client.delete(&presigned.key).expect(200);
    }
    assert_eq!(client.presign("m.txt", b"same").r#type, "new");
}

#[test]
fn dedup_scope_is_user_key_or_off() {
    for (dedup, same_key, other_key) in
        [(Dedup::User, "existing", "existing"), (Dedup::Key, "existing", "new"), (Dedup::Off, "new", "new")]
    {
        let emulator = start(|builder| builder.dedup(dedup));
        let client = Client::new(&emulator, "alice-key");
        client.upload("a.txt", b"one");
        let reported = ["a.txt", "b.txt"].map(|name| client.presign(name, b"one").r#type);
        assert_eq!(reported, [same_key, other_key], "{dedup:?}");
    }
}

#[test]
fn another_content_of_the_same_name_replaces_the_file() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("a.txt", b"one");
    assert_eq!(client.upload("a.txt", b"other"), key);
    assert_eq!(emulator.files().len(), 1);
    assert_eq!(emulator.files()[0].content(), b"other");
    assert_eq!(client.presign("a.txt", b"one").r#type, "new");
}

#[test]
fn a_file_exists_once_its_upload_is_complete_and_not_before() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    assert_eq!(client.presign("a.txt", b"one").r#type, "new");
    let second = client.presign("a.txt", b"one");
    assert_eq!(second.r#type, "new");
    client.put(&second, b"two").expect(400);
    assert!(client.list().is_empty());
    assert_eq!(client.presign("a.txt", b"one").r#type, "new");
}

#[test]
fn a_failed_upload_leaves_what_was_there() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a.txt", b"one");
    let presigned = client.presign("a.txt", b"other");
    client.put(&presigned, b"wrong").expect(400);
    assert_eq!(emulator.files()[0].content(), b"one");
}

#[test]
fn users_do_not_meet() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let key = alice.upload("a.txt", b"secret");
    assert_eq!(bob.presign("a.txt", b"secret").r#type, "new");
    assert!(bob.list().is_empty());
    bob.delete(&key).expect(403);
    bob.delete(&key.replace("a.txt", "none.txt")).expect(403);
    assert_eq!(
        alice.delete(&key.replace("a.txt", "none.txt")).expect(404).json(),
        json!({"message": "File not found"})
    );
    assert_eq!(alice.list(), [key]);
}

#[test]
fn an_url_lives_for_an_hour_of_the_emulators_clock() {
    let emulator = emulator();
    emulator.clock().freeze();
    let client = Client::new(&emulator, "alice-key");
    let presigned = client.presign("a.txt", b"one");
    emulator.clock().advance(Duration::from_secs(3600));
    client.put(&presigned, b"one").expect(200);
    emulator.clock().advance(Duration::from_secs(1));
    let refused = client.put(&presigned, b"one").expect(403).text();
    assert!(refused.contains("<Message>Request has expired</Message>"), "{refused}");
    let fresh = client.presign("b.txt", b"two");
    client.put(&fresh, b"two").expect(200);
}

#[test]
fn paths_work_behind_any_version() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for prefix in ["", "/2025-09", "/2031-12"] {
        client.call("GET", &format!("{prefix}/connectors/files/list"), None).expect(200);
    }
    client.call("GET", "/v1/connectors/files/list", None).expect(404);
}

#[test]
fn a_call_can_be_made_for_another_user_of_the_account() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let jane = "68c3229752345278627ae373";
    let list = |client: &Client, user: &str| {
        let key = format!("Bearer {}", client.key);
        let headers =
            [("authorization", key.as_str()), ("x-api-version", "2025-09"), ("x-alloy-userid", user)];
        client.send("GET", &format!("{}/connectors/files/list", client.base), &headers, b"")
    };
    list(&alice, jane).expect(200);
    assert_eq!(list(&bob, jane).expect(400).json()["message"], "userId must be valid");
    assert_eq!(list(&alice, "jane").expect(400).json()["errors"][0]["pointer"], "x-alloy-userid");
}

#[test]
fn with_keys_configured_only_these_are_good() {
    let emulator = start(|builder| builder.api_key("alice-key"));
    Client::new(&emulator, "alice-key").call("GET", "/connectors/files/list", None).expect(200);
    let refused = Client::new(&emulator, "bob-key").call("GET", "/connectors/files/list", None).expect(401);
    assert_eq!(refused.json(), json!({"message": "Unauthorized"}));
}

#[test]
fn presigned_urls_begin_with_the_public_url() {
    let public = start(|builder| builder.public_url("https://assay.test:8443".parse().unwrap()));
    let url = Client::new(&public, "alice-key").presign("a", b"").url;
    assert!(url.starts_with("https://assay.test:8443/alloy-user-files/"), "{url}");
    let plain = emulator();
    let client = Client::new(&plain, "alice-key");
    let local = Client { base: client.base.replace("127.0.0.1", "localhost"), ..client };
    let presigned = local.presign("a", b"");
    assert!(presigned.url.starts_with(&local.base), "{}", presigned.url);
    local.put(&presigned, b"").expect(200);
}

#[test]
fn an_empty_file_and_a_large_one_arrive_whole() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("empty", b"");
    let large: Vec<u8> = (0..5_000_003u32).map(|n| (n % 251) as u8).collect();
    client.upload("large", &large);
    let objects = emulator.files();
    assert_eq!(objects[0].content(), b"");
    assert_eq!(objects[1].content(), large);
}
