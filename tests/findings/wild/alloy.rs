//! Mistakes in calls of the Alloy API, and requests that S3 does not take.

use serde_json::json;

use super::{PHOTO, emulator};
use crate::support::{
    Client,
    bucket::{BODY, MD5, frozen, signed},
    raw::Connection,
    request::Request,
};

#[test]
fn reports_missing_and_foreign_files_of_an_action() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let missing = alice.presign("never-uploaded.jpg", PHOTO).key;
    let foreign = bob.presign("p.jpg", PHOTO).key;
    for (key, rule) in [(missing, "execute-missing-file"), (foreign, "execute-foreign-file")] {
        let before = emulator.findings().len();
        let body = json!({"credentialId": "651eb6e11d156e0d7a42c59d", "requestBody": {"file": key}});
        let answer = alice.call("POST", "/connectors/drive/actions/upload/execute", Some(&body));
        assert!(answer.status >= 400, "{}", answer.text());
        assert_eq!(emulator.findings()[before].rule, rule);
    }
}

#[test]
fn reports_a_path_without_utf8_and_a_short_body() {
    let emulator = emulator();
    assert_eq!(Request::alloy("GET", "/users/%ff").send(&emulator).status, 400);
    assert_eq!(emulator.findings()[0].rule, "contract-path");
    let mut connection = Connection::open(&emulator);
    connection.write(&Request::presign(b"{\"filename\":").with("content-length", "100").bytes());
    connection.finish();
    connection.read_to_end();
    assert_eq!(emulator.findings()[1].rule, "body-incomplete");
}

#[test]
fn reports_missing_features_and_missing_signed_headers() {
    let emulator = frozen();
    let part = signed("PUT", "k?partNumber=1&uploadId=u", &[("content-md5", MD5)]).body(BODY);
    let header =
        signed("PUT", "k", &[("content-md5", MD5), ("x-amz-meta-a", "1")]).body(BODY).without("x-amz-meta-a");
    for (request, rule) in [(part, "s3-not-implemented"), (header, "s3-signed-header")] {
        let before = emulator.findings().len();
        assert!(request.send(&emulator).status >= 400);
        assert_eq!(emulator.findings()[before].rule, rule);
    }
}
