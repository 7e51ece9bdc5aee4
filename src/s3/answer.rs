//! The common parts of S3's answers: the ids, `Server`, and the mapping from a refusal to an answer.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName, HeaderValue},
};

use super::{Refusal, S3, xml};
use crate::{
    exchange::{Answer, Content, Rng},
    files::{EtagForm, Md5Digest},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");
const CRC: HeaderName = HeaderName::from_static("x-amz-checksum-crc64nvme");
const CRC_TYPE: HeaderName = HeaderName::from_static("x-amz-checksum-type");
const ENCRYPTION: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");
const KMS_KEY: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");

/// Key from AWS's documentation.
const EXAMPLE_KMS_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// The two ids that every answer carries.
pub(super) struct Ids {
    pub(super) request: String,
    pub(super) host: String,
}

impl Ids {
    /// Draws 16 characters of `[0-9A-Z]` and the base64 of 56 bytes.
    fn draw(rng: &Rng) -> Self {
        let mut stream = rng.draw();
        let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let request = (0..16).map(|_| char::from(alphabet[stream.usize(..alphabet.len())])).collect();
        let mut host = [0; 56];
        stream.fill(&mut host);
        Self { request, host: STANDARD.encode(host) }
    }

    fn put(&self, headers: &mut HeaderMap) {
        headers.insert(HOST_ID, text(&self.host));
        headers.insert(REQUEST_ID, text(&self.request));
    }
}

/// Returns an empty 200 with the ids.
pub(super) fn plain_success(rng: &Rng) -> Answer {
    let mut answer = Answer::empty(StatusCode::OK);
    Ids::draw(rng).put(&mut answer.headers);
    answer.with(header::SERVER, HeaderValue::from_static("AmazonS3"))
}

/// Adds S3's own checksum of an object: eight bytes in big-endian order, as base64.
pub(super) fn with_checksum(answer: Answer, crc64nvme: u64) -> Answer {
    answer
        .with(CRC, text(&STANDARD.encode(crc64nvme.to_be_bytes())))
        .with(CRC_TYPE, HeaderValue::from_static("FULL_OBJECT"))
}

/// Returns a success about an object with this MD5: with the encryption and the `ETag`.
pub(super) fn success(s3: &S3, md5: Md5Digest) -> Answer {
    let answer = plain_success(&s3.rng).with(header::ETAG, text(&format!("\"{}\"", s3.etag.of(md5))));
    match s3.etag {
        EtagForm::Md5 => answer.with(ENCRYPTION, HeaderValue::from_static("AES256")),
        EtagForm::Opaque => answer
            .with(ENCRYPTION, HeaderValue::from_static("aws:kms"))
            .with(KMS_KEY, HeaderValue::from_static(EXAMPLE_KMS_KEY)),
    }
}

/// Returns the answer to a request with `method` that is refused.
pub(super) fn refused(rng: &Rng, method: &Method, refusal: &Refusal) -> Answer {
    let code = refusal.code();
    // docs/facts-s3.md#invalid-escape: no XML and no ids.
    if let Some(reason) = refusal.reason() {
        return Answer { reason: Some(reason), ..bare_error(code.status()) };
    }
    error(rng, method, code.status(), |ids| {
        xml::document(code.name(), &refusal.to_string(), refusal.extras(), ids)
    })
}

/// Returns an error with S3's document, where an answer to `method` can have one.
pub(super) fn error(
    rng: &Rng,
    method: &Method,
    status: StatusCode,
    document: impl FnOnce(&Ids) -> String,
) -> Answer {
    let mut answer = bare_error(status);
    let ids = Ids::draw(rng);
    ids.put(&mut answer.headers);
    // This status has no content, whatever the method.
    if status == StatusCode::NOT_MODIFIED {
        return answer;
    }
    answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    answer.content = Content::Chunked(match *method {
        Method::HEAD => Bytes::new(),
        _ => document(&ids).into(),
    });
    answer
}

/// Returns an error as S3's front end sends it.
fn bare_error(status: StatusCode) -> Answer {
    let mut answer = Answer::empty(status).with(header::SERVER, HeaderValue::from_static("AmazonS3"));
    // docs/facts-s3.md#error-documents
    if matches!(status, StatusCode::BAD_REQUEST | StatusCode::NOT_IMPLEMENTED) {
        answer.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Returns `value` as a header value, or an empty one where it cannot be one.
pub(super) fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}
