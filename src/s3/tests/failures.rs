//! Errors that faults make look like S3's own.

use std::time::Duration;

use hyper::StatusCode;

use super::*;
use crate::{
    exchange::S3Code,
    s3::{Failure, sigv4},
};

fn fail(failure: &Failure<'_>) -> Answer {
    TestBucket::new().s3.fail(&Method::PUT, failure)
}

fn code(code: &str) -> Failure<'_> {
    Failure { code: Some(code), ..Failure::default() }
}

fn status(status: u16) -> Failure<'static> {
    Failure { status: Some(StatusCode::from_u16(status).unwrap()), ..Failure::default() }
}

#[test]
fn a_code_alone_brings_its_status_and_message() {
    let answer = fail(&code("SlowDown"));
    assert_eq!(told(&answer), (503, xml("SlowDown", "Please reduce your request rate.", "")));
    let usual = [("content-type", "application/xml"), ("server", "AmazonS3")];
    assert_eq!(headers(&answer), usual.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(matches!(answer.content, crate::exchange::Content::Chunked(_)));
    let answer = fail(&code("KMS.DisabledException"));
    assert_eq!(told(&answer), (400, xml("KMS.DisabledException", "The encryption key is disabled.", "")));
    assert_eq!(answer.headers["connection"], "close");
}

#[test]
fn every_code_can_be_answered_with() {
    for known in S3Code::ALL.iter().filter(|known| **known != S3Code::NotModified) {
        let expected = (known.status().as_u16(), xml(known.name(), known.message(), ""));
        assert_eq!(told(&fail(&code(known.name()))), expected);
    }
}

#[test]
fn a_status_alone_brings_a_code_that_goes_with_it() {
    let pairs = [
        (301, "PermanentRedirect"),
        (399, "Redirect"),
        (400, "InvalidRequest"),
        (403, "AccessDenied"),
        (418, "InvalidRequest"),
        (429, "SlowDown"),
        (500, "InternalError"),
        (502, "InternalError"),
        (503, "ServiceUnavailable"),
        (599, "InternalError"),
    ];
    for (number, name) in pairs {
        let message = S3Code::find(name).unwrap().message();
        assert_eq!(told(&fail(&status(number))), (number, xml(name, message, "")));
    }
    let message = S3Code::InternalError.message();
    assert_eq!(told(&fail(&Failure::default())), (500, xml("InternalError", message, "")));
}

#[test]
fn what_is_given_is_taken_as_it_is() {
    let failure = Failure {
        code: Some("Tea<pot>"),
        message: Some("Short & \"stout\"\0"),
        retry_after: Some(Duration::from_millis(1200)),
        ..status(418)
    };
    let answer = fail(&failure);
    let document = xml("Tea&lt;pot&gt;", "Short &amp; \"stout\"\u{fffd}", "");
    assert_eq!(told(&answer), (418, document));
    assert_eq!(answer.headers["retry-after"], "2");
    // A given status wins over the code's.
    let answer = fail(&Failure { code: Some("SlowDown"), ..status(500) });
    assert_eq!(told(&answer), (500, xml("SlowDown", "Please reduce your request rate.", "")));
}

#[test]
fn an_unknown_code_has_the_message_that_goes_with_the_status() {
    let answer = fail(&Failure { code: Some("Busy"), ..status(503) });
    assert_eq!(told(&answer), (503, xml("Busy", S3Code::ServiceUnavailable.message(), "")));
}

#[test]
fn head_and_304_have_no_content() {
    let bucket = TestBucket::new();
    let answer = bucket.s3.fail(&Method::HEAD, &code("SlowDown"));
    assert!(answer.content.text().unwrap().is_empty());
    assert_eq!(answer.headers["content-type"], "application/xml");
    let answer = bucket.s3.fail(&Method::GET, &status(304));
    assert_eq!(told(&answer), (304, String::new()));
    assert_eq!(headers(&answer), [("server".to_owned(), "AmazonS3".to_owned())]);
    assert!(answer.headers.contains_key("x-amz-request-id"));
}

/// Refusals take their messages from the table of codes, or have longer ones.
#[test]
fn a_failure_looks_as_the_refusal_with_its_code() {
    let refusals = [
        Refusal::MissingAuthParameters,
        Refusal::AccessDenied,
        Refusal::MissingContentLength,
        Refusal::RequestTimeout,
        Refusal::IncompleteBody,
        Refusal::OperationAborted,
        Refusal::Internal,
    ];
    for refusal in refusals {
        let bucket = TestBucket::new();
        let refused = bucket.s3.refuse(&Method::PUT, &refusal);
        let failed = bucket.s3.fail(&Method::PUT, &code(refusal.code().name()));
        assert_eq!(told(&failed), told(&refused));
        assert_eq!(headers(&failed), headers(&refused));
    }
}

/// What the fault `expired` does: the request is judged at a time when its URL is over.
#[test]
fn a_request_can_come_at_another_time_than_the_clocks() {
    let bucket = TestBucket::new();
    let request = bucket.upload();
    let end = sigv4::end_of(request.raw().query).unwrap();
    assert!(bucket.s3.begin(&request.raw(), end).is_ok());
    let late = end.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
    let refusal = bucket.s3.begin(&request.raw(), late).unwrap_err();
    let times = "<X-Amz-Expires>3600</X-Amz-Expires><Expires>2026-01-02T04:04:05Z</Expires>\
                 <ServerTime>2026-01-02T04:04:06Z</ServerTime>";
    let refused = told(&bucket.s3.refuse(&Method::PUT, &refusal));
    assert_eq!(refused, (403, xml("AccessDenied", "Request has expired", times)));
}
