//! Refusals where a socket would be in the way: fractions of a second, broken bodies, and canonical
//! requests, written here a second time. `tests/api/s3` checks every row of `docs/facts-s3.md` word
//! for word.

use sha2::{Digest, Sha256};

use super::*;

/// `[row, request, status, document]`.
type Case = (&'static str, Request, u16, String);

async fn hold(bucket: &TestBucket, cases: Vec<Case>) {
    for (row, request, status, document) in cases {
        assert_eq!(bucket.told(&request).await, (status, document), "{row}");
    }
    assert!(bucket.state.objects().is_empty());
}

/// Returns the document of a wrong signature, where `lines` are those of the server's canonical
/// request up to the values of the signed headers.
fn mismatch(method: &str, query: &str, header_lines: &str, signed: &str, provided: &str) -> String {
    let canonical = format!("{method}\n{PATH}\n{query}\n{header_lines}\n{signed}\nUNSIGNED-PAYLOAD");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/s3/aws4_request\n{}",
        hex::encode(Sha256::digest(&canonical))
    );
    let pairs = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let extras = format!(
        "<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId><StringToSign>{to_sign}</StringToSign>\
         <SignatureProvided>{provided}</SignatureProvided>\
         <StringToSignBytes>{}</StringToSignBytes><CanonicalRequest>{}</CanonicalRequest>\
         <CanonicalRequestBytes>{}</CanonicalRequestBytes>",
        pairs(&to_sign),
        canonical.replace('&', "&amp;"),
        pairs(&canonical)
    );
    let message = "The request signature we calculated does not match the signature you provided. Check your \
                   key and signing method.";
    xml("SignatureDoesNotMatch", message, &extras)
}

/// Canonical query of [`TestBucket::upload`].
const QUERY: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD\
    &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request\
    &X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=content-md5%3Bhost&x-id=PutObject";
/// Lines of its signed headers.
const LINES: &str = "content-md5:4QrcOUm6Wau+VuBX8g+IPg==\nhost:localhost:4566\n";

#[tokio::test]
async fn refuses_what_is_out_of_its_time_even_with_a_bad_signature() {
    let expired = |server: &str| {
        let extras = format!(
            "<X-Amz-Expires>3600</X-Amz-Expires><Expires>2026-01-02T04:04:05Z</Expires>\
             <ServerTime>2026-01-02T{server}Z</ServerTime>"
        );
        xml("AccessDenied", "Request has expired", &extras)
    };
    let bucket = TestBucket::new().at("04:04:06.5");
    let unsigned = bucket.upload().replace("X-Amz-Signature=", "X-Amz-Signature=0");
    let cases =
        vec![("T1", bucket.upload(), 403, expired("04:04:06")), ("T1", unsigned, 403, expired("04:04:06"))];
    hold(&bucket, cases).await;
    let bucket = TestBucket::new();
    let extras = "<X-Amz-Expires>0</X-Amz-Expires><Expires>2026-01-02T03:04:05Z</Expires>\
                  <ServerTime>2026-01-02T03:04:05Z</ServerTime>";
    let never = xml("AccessDenied", "Request has expired", extras);
    hold(&bucket, vec![("Q12d", bucket.upload().replace("=3600", "=0"), 403, never)]).await;

    let bucket = TestBucket::new().at("02:49:04");
    let extras = "<X-Amz-Date>1767323045000</X-Amz-Date><Expires>2026-01-02T04:04:05Z</Expires>\
                  <ServerTime>2026-01-02T02:49:04Z</ServerTime>";
    let early = xml("AccessDenied", "Request is not yet valid", extras);
    hold(&bucket, vec![("T2", bucket.upload(), 403, early)]).await;

    for time in ["04:04:05.999", "02:49:05"] {
        let bucket = TestBucket::new().at(time);
        assert_eq!(bucket.told(&bucket.upload()).await.0, 200, "{time}");
    }
}

#[tokio::test]
async fn shows_what_it_signed_where_the_signature_does_not_match() {
    let bucket = TestBucket::new();
    let good = bucket.upload();
    let signature = good.signature().to_owned();
    let wrong = |query: &str, lines: &str| mismatch("PUT", query, lines, "content-md5;host", &signature);
    let zeros = "0".repeat(64);
    let method = |name| mismatch(name, QUERY, LINES, "content-md5;host", &signature);
    let other = LINES.replace("4QrcOUm6Wau+VuBX8g+IPg==", "1B2M2Y8AsgTpgAmY7PhCfg==");
    let proxy = LINES.replace("localhost:4566", "localhost");
    let extended = QUERY.replace("&x-id", "&v=2&x-id");
    hold(
        &bucket,
        vec![
            (
                "S1",
                good.clone().replace(&signature, &zeros),
                403,
                mismatch("PUT", QUERY, LINES, "content-md5;host", &zeros),
            ),
            ("S1 host", good.clone().with("host", "localhost"), 403, wrong(QUERY, &proxy)),
            (
                "S2",
                good.clone().without("content-md5"),
                403,
                wrong(QUERY, "content-md5:\nhost:localhost:4566\n"),
            ),
            ("S3", good.clone().with("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), 403, wrong(QUERY, &other)),
            ("S11", good.clone().replace("&x-id", "&v=2&x-id"), 403, wrong(&extended, LINES)),
            ("S19 GET", good.clone().method(Method::GET), 403, method("GET")),
            ("S19 DELETE", good.clone().method(Method::DELETE), 403, method("DELETE")),
            ("S19 POST", good.clone().method(Method::POST), 403, method("POST")),
            ("S19 HEAD", good.method(Method::HEAD), 403, String::new()),
        ],
    )
    .await;
}

#[tokio::test]
async fn refuses_a_body_that_is_not_the_one_announced() {
    let bucket = TestBucket::new();
    let wrong = "<CalculatedDigest>4QrcOUm6Wau+VuBX8g+IPg==</CalculatedDigest>\
                 <ExpectedDigest>d41d8cd98f00b204e9800998ecf8427e</ExpectedDigest>";
    let wrong = xml("BadDigest", "The Content-MD5 you specified did not match what we received.", wrong);
    let empty = bucket.presigned(&Method::PUT, &[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")]);
    hold(&bucket, vec![("B3", empty.with("content-length", "6"), 400, wrong)]).await;

    let idle = "Your socket connection to the server was not read from or written to within the timeout \
                period. Idle connections will be closed.";
    let ended = xml("IncompleteBody", "The request body terminated unexpectedly", "");
    for (error, document) in [
        (BodyError::Idle(std::time::Duration::from_secs(20)), xml("RequestTimeout", idle, "")),
        (BodyError::Incomplete, ended.clone()),
        (BodyError::Broken("reset".into()), ended),
    ] {
        let answer = bucket.send_body(&bucket.upload(), TestBody::of("1234").then(error)).await;
        assert_eq!(told(&answer), (400, document));
    }
    assert!(bucket.state.objects().is_empty());
}
