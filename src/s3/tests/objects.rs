//! Good requests: uploads, downloads and preflights.

use super::*;
use crate::{
    exchange::{Content, Glob, Operation},
    files::AsSent,
};
use http_body_util::BodyExt;

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[tokio::test]
async fn an_upload_is_stored_and_told_its_digests() {
    let bucket = TestBucket::new();
    let answer = bucket.send(&bucket.upload()).await;
    assert_eq!(answer.status, 200);
    assert!(matches!(&answer.content, Content::Whole(bytes) if bytes.is_empty()));
    assert_eq!(
        headers(&answer),
        pairs([
            ("etag", "\"e10adc3949ba59abbe56e057f20f883e\""),
            ("server", "AmazonS3"),
            ("x-amz-checksum-crc64nvme", "CVmbZh4IWzA="),
            ("x-amz-checksum-type", "FULL_OBJECT"),
            ("x-amz-server-side-encryption", "AES256"),
        ])
    );
    let object = bucket.state.get(&S3Key::new(KEY).unwrap()).unwrap();
    assert_eq!(object.md5.to_base64(), MD5);
    assert_eq!(object.blob.read().unwrap(), CONTENT.as_bytes());
    assert_eq!(object.last_modified, bucket.clock.now());
}

#[tokio::test]
async fn an_url_is_good_for_many_uploads() {
    let bucket = TestBucket::new();
    for _ in 0..2 {
        assert_eq!(bucket.send(&bucket.upload()).await.status, 200); // docs/facts-s3.md#url-used-twice
    }
    assert_eq!(bucket.state.objects().len(), 1);
}

#[test]
fn an_answer_can_be_made_on_any_thread() {
    fn can_be_sent<T: Send>(_: &T) {}
    let (bucket, request) = (TestBucket::new(), TestBucket::new().upload());
    can_be_sent(&bucket.s3.answer(&request.raw(), TestBody::default()));
}

#[tokio::test]
async fn a_type_that_was_not_signed_is_kept() {
    let bucket = TestBucket::new();
    // docs/facts-s3.md#unsigned-headers
    let upload = bucket
        .upload()
        .with("content-type", "text/plain; charset=utf-8")
        .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .with("user-agent", "test");
    assert_eq!(bucket.send(&upload).await.status, 200);
    let object = bucket.state.get(&S3Key::new(KEY).unwrap()).unwrap();
    assert_eq!(object.content_type.as_deref(), Some("text/plain; charset=utf-8"));
}

#[tokio::test]
async fn without_a_signed_digest_any_body_is_taken() {
    let bucket = TestBucket::new();
    let upload = bucket.presigned(&Method::PUT, &[]).with("content-length", "0");
    assert_eq!(bucket.send_body(&upload, TestBody::default()).await.status, 200);
    assert_eq!(bucket.state.objects()[0].md5.to_hex(), "d41d8cd98f00b204e9800998ecf8427e");
}

#[tokio::test]
async fn a_stored_object_can_be_read_back() {
    let bucket = TestBucket::new();
    bucket.send(&bucket.upload()).await;
    let expected = [
        ("accept-ranges", "bytes"),
        ("content-type", "binary/octet-stream"),
        ("etag", "\"e10adc3949ba59abbe56e057f20f883e\""),
        ("last-modified", "Fri, 02 Jan 2026 03:04:05 GMT"),
        ("server", "AmazonS3"),
        ("x-amz-server-side-encryption", "AES256"),
    ];
    let got = bucket.send(&bucket.presigned(&Method::GET, &[])).await;
    assert_eq!((got.status.as_u16(), headers(&got)), (200, pairs(expected)));
    assert!(matches!(&got.content, Content::File(_)));
    let body = BodyExt::collect(got.content.into_body()).await.unwrap();
    assert_eq!(body.to_bytes(), CONTENT.as_bytes());

    // Asked for by a signed header; `tests/api/s3` uses a parameter.
    let told = bucket.send(&bucket.presigned(&Method::GET, &[("x-amz-checksum-mode", "ENABLED")])).await;
    assert_eq!(told.headers["x-amz-checksum-crc64nvme"], "CVmbZh4IWzA=");

    let mut head = bucket.send(&bucket.presigned(&Method::HEAD, &[])).await;
    assert_eq!(head.headers.remove("content-length").unwrap(), "6");
    assert_eq!((head.status.as_u16(), headers(&head)), (200, pairs(expected)));
    assert!(head.content.text().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_there_has_no_key() {
    let bucket = TestBucket::new();
    let get = bucket.presigned_for(&Method::GET, "alloy-user-files", "a<b", &[]);
    let missing = xml("NoSuchKey", "The specified key does not exist.", "<Key>a&lt;b</Key>");
    assert_eq!(bucket.told(&get).await, (404, missing));
    let head = bucket.presigned_for(&Method::HEAD, "alloy-user-files", "a<b", &[]);
    assert_eq!(bucket.told(&head).await, (404, String::new()));
}

#[tokio::test]
async fn a_reset_on_the_way_stores_nothing() {
    let bucket = TestBucket::new();
    let request = bucket.upload();
    let accepted = bucket.s3.begin(&request.raw(), bucket.clock.now()).unwrap();
    bucket.state.reset();
    let refusal =
        bucket.s3.finish(accepted, TestBody::of(CONTENT), Box::new(AsSent)).await.unwrap_err().refusal;
    assert_eq!(refusal, Refusal::OperationAborted);
    let message = "A conflicting conditional operation is currently in progress against this resource. \
                   Please try again.";
    let answer = bucket.s3.refuse(&Method::PUT, &refusal);
    assert_eq!(told(&answer), (409, xml("OperationAborted", message, "")));
    assert!(bucket.state.objects().is_empty());
}

#[tokio::test]
async fn preflights_are_refused_where_the_bucket_has_no_cors_configuration() {
    let bucket = TestBucket::new();
    let options = bucket.upload().method(Method::OPTIONS);
    let needed = "Insufficient information. Origin request header needed.";
    assert_eq!(bucket.told(&options).await, (400, xml("BadRequest", needed, "")));
    let asked = options.with("origin", "http://a").with("access-control-request-method", "PUT");
    let disabled = "CORSResponse: CORS is not enabled for this bucket.";
    let extras = "<Method>PUT</Method><ResourceType>BUCKET</ResourceType>";
    let refused = (403, xml("AccessForbidden", disabled, extras));
    assert_eq!(bucket.told(&asked.clone().without_query()).await, refused);
    let elsewhere = asked.replace("alloy-user-files", "other");
    let missing = xml("AccessForbidden", "CORSResponse: Bucket not found", extras);
    assert_eq!(bucket.told(&elsewhere).await, (403, missing));
}

#[tokio::test]
async fn a_rule_without_headers_allows_a_preflight_that_asks_for_none() {
    let rule = CorsRule { headers: Vec::new(), ..CorsRule::for_uploads(vec![Glob::new("*")]) };
    let bucket = TestBucket::with_cors(vec![rule]);
    let asked = bucket.upload().method(Method::OPTIONS).with("origin", "http://a");
    let asked = asked.with("access-control-request-method", "PUT");
    assert_eq!(bucket.told(&asked).await, (200, String::new()));
    let with_header = asked.with("access-control-request-headers", "content-md5");
    let refused = bucket.send(&with_header).await; // docs/facts-s3.md#headers-not-allowed
    assert_eq!(refused.status, 403);
    assert!(!headers(&refused).iter().any(|(name, _)| name.starts_with("access-control") || name == "vary"));
    assert!(
        told(&refused).1.contains("<Code>AccessForbidden</Code><Message>CORSResponse: This CORS request")
    );
}

#[test]
fn a_request_tells_what_it_is_about_before_it_is_checked() {
    let bucket = TestBucket::new();
    let subject = bucket.s3.subject(&bucket.upload().without_query().raw());
    assert_eq!(subject.operation, Operation::Put);
    assert_eq!(subject.owner.unwrap().to_string(), "651eb6e11d156e0d7a42c59d");
    let nobody = bucket.s3.subject(&bucket.upload().method(Method::POST).replace(KEY, "%zz").raw());
    assert_eq!((nobody.operation, nobody.owner), (Operation::Unknown, None));
}

#[tokio::test]
async fn the_bucket_itself_is_no_object() {
    let bucket = TestBucket::new();
    for (method, status, code) in [(Method::PUT, 405, "MethodNotAllowed"), (Method::GET, 403, "AccessDenied")]
    {
        let signed = bucket.presigned_for(&method, "alloy-user-files", "/", &[]);
        let unsigned =
            signed.replace("alloy-user-files//?", "alloy-user-files/?").with("content-length", "6");
        let request = bucket.sign_anew(unsigned);
        let (told_status, body) = bucket.told(&request).await;
        assert_eq!(told_status, status);
        assert!(body.contains(code), "{body}");
    }
}
