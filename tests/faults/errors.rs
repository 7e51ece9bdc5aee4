//! Errors of S3 that faults make, which look as S3's own.

use alloy_assay::Emulator;

use super::support::{
    bucket::{element, frozen, upload},
    golden,
    raw::Answer,
    request::Request,
};

/// Sends a request that this rule strikes.
fn struck(emulator: &Emulator, rule: &str, request: &Request) -> Answer {
    emulator.faults().clear();
    emulator.inject(rule.parse().unwrap());
    request.send(emulator)
}

#[test]
fn a_code_brings_its_status_and_message_and_a_status_its_code() {
    let emulator = frozen();
    let good = upload(&emulator);
    for (error, status, code, message) in [
        ("SlowDown", 503, "SlowDown", "Please reduce your request rate."),
        ("KMS.DisabledException", 400, "KMS.DisabledException", "The encryption key is disabled."),
        ("SlowDown,status=500", 500, "SlowDown", "Please reduce your request rate."),
        ("Busy,status=503", 503, "Busy", "The service is unavailable for now. Please try again."),
        ("301", 301, "PermanentRedirect", ""),
        ("399", 399, "Redirect", ""),
        ("400", 400, "InvalidRequest", ""),
        ("403", 403, "AccessDenied", "Access Denied"),
        ("418", 418, "InvalidRequest", ""),
        ("429", 429, "SlowDown", ""),
        ("500", 500, "InternalError", ""),
        ("502", 502, "InternalError", ""),
        ("503", 503, "ServiceUnavailable", ""),
        ("599", 599, "InternalError", ""),
    ] {
        let answer = struck(&emulator, &format!("put:error={error}"), &good);
        assert_eq!((answer.status, element(&answer, "Code").as_str()), (status, code), "{error}");
        assert!(element(&answer, "Message").starts_with(message), "{error}: {}", answer.text());
    }
}

#[test]
fn a_fault_and_a_refusal_with_the_same_code_look_alike() {
    let emulator = frozen();
    let good = upload(&emulator);
    for (code, row) in [
        ("AccessDenied", "no-authentication"),
        ("AuthorizationQueryParametersError", "missing-parameters"),
        ("MissingContentLength", "missing-content-length"),
        ("RequestTimeout", "stalled-body"),
        ("IncompleteBody", "incomplete-body"),
    ] {
        let answer = struck(&emulator, &format!("put:error={code}"), &good);
        assert_eq!(
            (answer.status, golden::beginning(&answer.text()).to_owned()),
            golden::status_and_text(row),
            "{code}"
        );
        assert_eq!((answer.header("server"), answer.header("x-amz-id-2").len()), ("AmazonS3", 76), "{code}");
    }
}

#[test]
fn head_and_304_have_no_content() {
    let emulator = frozen();
    let target = upload(&emulator).target;
    let head = struck(&emulator, "head:error=SlowDown", &Request::new("HEAD", &target));
    assert_eq!((head.status, head.header("content-type"), head.body.len()), (503, "application/xml", 0));
    let unchanged = struck(&emulator, "get:error=304", &Request::new("GET", &target));
    assert_eq!((unchanged.status, unchanged.header("content-type"), unchanged.body.len()), (304, "", 0));
    assert_eq!((unchanged.header("server"), unchanged.header("x-amz-request-id").len()), ("AmazonS3", 16));
}

#[test]
fn alloy_errors_have_their_statuss_text_or_a_given_one() {
    let emulator = frozen();
    let list = Request::alloy("GET", "/connectors/files/list");
    for (error, status, text) in [
        ("503,message=Say \"when\"", 503, r#"{"message":"Say \"when\""}"#),
        ("429", 429, r#"{"message":"Too Many Requests"}"#),
        ("599", 599, r#"{"message":"Error"}"#),
        ("401", 401, r#"{"message":"Unauthorized"}"#),
    ] {
        let error = error.replace("Say \"when\"", r#""Say \"when\"""#);
        let answer = struck(&emulator, &format!("list:error={error}"), &list);
        assert_eq!((answer.status, answer.text().as_str()), (status, text), "{error}");
    }
    emulator.faults().clear();
    let own = Request::new("GET", "/connectors/files/list").and("x-api-version", "2025-09").send(&emulator);
    assert_eq!((own.status, own.text().as_str()), (401, r#"{"message":"Unauthorized"}"#));
}
