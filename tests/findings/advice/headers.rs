//! Headers that say something else than is meant.

use alloy_assay::Severity::Warning;

use super::{assert_nothing, assert_told, only};
use crate::support::{Client, emulator};

/// A list at this path, with the key and these headers.
fn list(client: &Client, path: &str, headers: &[(&str, &str)]) {
    let key = [("authorization", "Bearer alice-key")];
    client.send("GET", &format!("{}{path}", client.base), &[&key, headers].concat(), b"").expect(200);
}

#[test]
fn names_a_misspelled_user_header() {
    for name in ["x-user-id", "x-userid", "x-alloy-user-id", "x-alloy-user", "alloy-userid", "x_alloy_userid"]
    {
        let emulator = emulator();
        let user = (name, "68c3229752345278627ae373");
        list(
            &Client::new(&emulator, "alice-key"),
            "/connectors/files/list",
            &[("x-api-version", "2025-09"), user],
        );
        let parts = [name, "`x-alloy-userid`"];
        assert_told(&only(&emulator, "user-header"), (Warning, 1, name), &parts);
    }
}

#[test]
fn reports_two_different_versions() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    list(&client, "/2025-09/connectors/files/list", &[("x-api-version", "2025-06")]);
    let finding = only(&emulator, "version-differs");
    assert_told(&finding, (Warning, 1, "x-api-version"), &["`2025-09`", "`2025-06`"]);
}

#[test]
fn the_right_headers_are_fine() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let user = ("x-alloy-userid", "68c3229752345278627ae373");
    list(&client, "/2025-09/connectors/files/list", &[("x-api-version", "2025-09"), user]);
    list(&client, "/connectors/files/list", &[("x-api-version", "2025-06")]);
    let version = ("x-api-version", "2025-09");
    for name in ["x-user", "x-request-id", "x-amz-userid"] {
        list(&client, "/connectors/files/list", &[version, (name, "1")]);
    }
    list(&client, "/connectors/files/list", &[version, user, ("x-user-id", "1")]);
    // Behind `connectors`, what looks like a version is a connector's name.
    let headers = [("authorization", "Bearer alice-key"), ("content-type", "application/json"), version];
    let url = format!("{}/connectors/2025-06/actions/x/execute", client.base);
    client.send("POST", &url, &headers, br#"{"credentialId": "c", "requestBody": {}}"#).expect(200);
    assert_nothing(&emulator);
}
