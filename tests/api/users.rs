//! Users of an account, calls on their behalf, and actions that name their files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use serde_json::{Value, json};

use crate::support::{self, Client, Reply, emulator, md5_base64, start};

const EXECUTE: &str = "/connectors/googleDrive/actions/uploadFile/execute";

fn create(client: &Client, username: &str) -> String {
    let reply = client.call("POST", "/users", Some(&json!({"username": username}))).expect(200).json();
    reply["userId"].as_str().unwrap().to_owned()
}

/// Returns the ids and names in the list of users.
fn users(client: &Client) -> Vec<(String, String)> {
    let list = client.call("GET", "/users", None).expect(200).json();
    let text = |user: &Value, name: &str| user[name].as_str().unwrap().to_owned();
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| (text(user, "userId"), text(user, "username")))
        .collect()
}

/// A call on behalf of a user.
fn call_for(client: &Client, user: &str, method: &str, path: &str, body: &Value) -> Reply {
    let key = format!("Bearer {}", client.key);
    let headers = [
        ("authorization", key.as_str()),
        ("x-api-version", "2025-09"),
        ("x-alloy-userid", user),
        ("content-type", "application/json"),
    ];
    client.send(method, &format!("{}{path}", client.base), &headers, body.to_string().as_bytes())
}

#[test]
fn users_are_created_listed_looked_at_and_deleted() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let body = json!({"username": "jane@example.com", "fullName": "Jane Doe"});
    let created = client.call("POST", "/users", Some(&body)).expect(200).json();
    let id = created["userId"].as_str().unwrap();
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let user = client.call("GET", &format!("/2025-09/users/{id}"), None).expect(200).json();
    assert_eq!(user, json!({"userId": id, "username": "jane@example.com", "fullName": "Jane Doe"}));
    let names: Vec<String> = users(&client).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names[1..], ["jane@example.com"], "the key's own user comes first");
    let deleted = client.call("DELETE", &format!("/users/{id}"), None).expect(200).json();
    assert_eq!(deleted, json!({"success": true}));
    client.call("GET", &format!("/users/{id}"), None).expect(404);
    client.call("DELETE", &format!("/users/{id}"), None).expect(404);
    assert_eq!(users(&client).len(), 1);
    assert!(emulator.findings().is_empty(), "{:?}", emulator.findings());
}

#[test]
fn a_username_is_unique_in_its_account() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    create(&alice, "jane");
    let again = alice.call("POST", "/users", Some(&json!({"username": "jane"}))).expect(400).json();
    assert_eq!(again["errors"][0]["rule"], "username-taken");
    assert_eq!(again["errors"][0]["pointer"], "/username");
    create(&bob, "jane");
}

#[test]
fn a_user_that_is_none_is_refused_with_its_place() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for (body, place) in [
        (json!({}), "/username"),
        (json!({"username": ""}), "/username"),
        (json!({"username": 7}), "/username"),
        (json!({"username": "a", "fullName": 7}), "/fullName"),
    ] {
        let reply = client.call("POST", "/users", Some(&body)).expect(400).json();
        assert_eq!(reply["errors"][0]["pointer"], place, "{reply}");
    }
    let reply = client.call("GET", "/users/jane", None).expect(400).json();
    assert_eq!(reply["message"], "userId must be valid");
}

#[test]
fn the_keys_own_user_stays() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let (own, name) = users(&client).remove(0);
    assert_eq!(own, name);
    let reply = client.call("DELETE", &format!("/users/{own}"), None).expect(400).json();
    assert_eq!(reply["errors"][0]["rule"], "user-own");
    assert_eq!(users(&client).len(), 1);
}

#[test]
fn hides_other_accounts_users() {
    let emulator = start(|builder| builder.api_key("alice-key").api_key("bob-key"));
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let jane = create(&alice, "jane");
    bob.call("GET", &format!("/users/{jane}"), None).expect(404);
    bob.call("DELETE", &format!("/users/{jane}"), None).expect(404);
    assert_eq!(call_for(&bob, &jane, "GET", "/connectors/files/list", &json!({})).status, 400);
    assert_eq!(call_for(&alice, &jane, "GET", "/connectors/files/list", &json!({})).status, 200);
    assert_eq!(users(&bob).len(), 1);
}

#[test]
fn a_users_files_are_its_own_and_go_with_it() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let jane = create(&client, "jane");
    let body = json!({"filename": "a.txt", "mimeType": "text/plain", "md5": md5_base64(b"hello")});
    let presign = |user: &str| {
        let reply = call_for(&client, user, "POST", "/connectors/files/upload/request", &body).expect(200);
        support::Presigned::of(&reply.json())
    };
    let presigned = presign(&jane);
    assert_eq!(presigned.key, format!("{jane}_a.txt"));
    client.put(&presigned, b"hello").expect(200);
    assert!(client.list().is_empty(), "the key's own user has no files");
    assert_eq!(presign(&jane).r#type, "existing");
    client.call("DELETE", &format!("/users/{jane}"), None).expect(200);
    assert!(emulator.files().is_empty());
    assert_eq!(call_for(&client, &jane, "GET", "/connectors/files/list", &json!({})).status, 400);
}

#[test]
fn an_action_resolves_the_files_that_its_body_names() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("a.txt", b"hello");
    let body = json!({
        "credentialId": "c",
        "requestBody": {"name": "hello", "parts": [{"a/b": key}], "n": 1, "none": null},
        "queryParameters": {"ignored": "ffffffffffffffffffffffff_a.txt"},
    });
    let reply = client.call("POST", EXECUTE, Some(&body)).expect(200).json();
    assert_eq!(reply["status"], "completed");
    assert!(!reply["executionId"].as_str().unwrap().is_empty());
    let expected = json!({
        "pointer": "/requestBody/parts/0/a~1b", "s3Key": key, "name": "a.txt", "size": 5,
        "md5": md5_base64(b"hello"),
    });
    assert_eq!(reply["responseData"]["files"], json!([expected]));
    client.call("POST", EXECUTE, Some(&json!({"credentialId": "c"}))).expect(200);
    assert!(emulator.findings().is_empty(), "{:?}", emulator.findings());
}

#[test]
fn refuses_an_action_without_a_file_of_the_user() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let key = alice.upload("a.txt", b"hello");
    let execute = |client: &Client, body: Value| {
        client.call("POST", EXECUTE, Some(&json!({"credentialId": "c", "requestBody": body})))
    };
    let missing = key.replace("a.txt", "b.txt");
    let reply = execute(&alice, json!({"file": missing})).expect(404).json();
    assert_eq!(reply["errors"][0]["pointer"], "/requestBody/file");
    let reply = execute(&bob, json!([missing, key])).expect(403).json();
    assert_eq!(reply["errors"].as_array().unwrap().len(), 2);
    // Text that only resembles a key is text.
    execute(&bob, json!([format!("{key} is a file"), "a.txt", &key[..24]])).expect(200);
    let ours = emulator.findings().into_iter().filter(|finding| finding.rule == "contract-answer");
    assert_eq!(ours.count(), 0);
}

#[test]
fn answers_an_action_with_many_files_briefly() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let missing = client.presign("none", b"").key;
    let files = vec![missing; 15_000];
    let body = json!({"credentialId": "c", "requestBody": {"n".repeat(100_000): files}});
    let reply = client.call("POST", EXECUTE, Some(&body)).expect(404);
    assert_eq!(reply.json()["errors"].as_array().unwrap().len(), 100);
    assert!(reply.body.len() < 200_000, "{}", reply.body.len());
}

#[test]
fn a_refused_request_does_not_take_a_user() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let user = "68c3229752345278627ae373";
    let presign = "/connectors/files/upload/request";
    assert_eq!(call_for(&alice, user, "POST", presign, &json!({})).status, 400);
    assert_eq!(call_for(&bob, user, "GET", "/connectors/files/list", &json!({})).status, 200);
    assert_eq!(call_for(&alice, user, "GET", "/connectors/files/list", &json!({})).status, 400);
}
