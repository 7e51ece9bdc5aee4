//! Finds S3's expected answer. The secret of real URLs is unknown, but the issued URLs are known: each is signed again
//! with a secret of the proxy, and a request with the original signature gets the new one. The answer of the emulator's
//! S3 to it is the expected answer.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use jiff::Timestamp;

use crate::{
    exchange::{BUCKET, IssuedUrl, Rng, S3Code, is_host_of_bucket},
    files::{Clock, Dedup, EtagForm, Initial, Md5Digest, S3Key, State},
    http::HttpUrl,
    s3::{
        Cors, Mismatch, RawRequest, Refusal, S3,
        sigv4::{Credentials, Query, Signer, signature_by, signature_of, verify},
    },
};

/// Limit on the remembered URLs. Beyond it, the oldest are dropped.
const MAX_URLS: usize = 4096;

/// Limit on the credentials and buckets. Real systems have one or two.
const MAX_APIS: usize = 16;

/// S3's limit for one PUT.
const MAX_OBJECT: u64 = 5 << 30;

/// A secret that nothing outside of the process knows of.
const SECRET: &str = "assay";

/// Prefix of masked signatures in recordings, which `har` writes.
pub(super) const MASKED_SIGNATURE: &str = "masked-";

/// Returns S3's expected answers to requests with issued URLs.
pub struct Storage {
    inner: Mutex<Inner>,
    clock: Arc<Clock>,
    rng: Arc<Rng>,
}

#[derive(Default)]
struct Inner {
    /// By the signature that they bear.
    urls: HashMap<String, Arc<Url>>,
    order: VecDeque<String>,
    apis: Vec<(Of, Arc<Api>)>,
}

#[derive(Clone, PartialEq, Eq)]
struct Of {
    access_key_id: String,
    region: String,
    bucket: String,
}

struct Api {
    s3: S3,
    signer: Arc<Signer>,
}

/// A URL that was handed out. It is signed anew when it is used: many never are.
struct Url {
    api: Arc<Api>,
    /// Host, as in the URL.
    host: String,
    path: String,
    query: String,
    md5: Md5Digest,
    mime_type: String,
}

impl Url {
    /// Returns our signature of it.
    fn signature(&self) -> Option<String> {
        let headers = [
            (header::HOST, self.host.clone()),
            (HeaderName::from_static("content-md5"), self.md5.to_base64()),
            (header::CONTENT_TYPE, self.mime_type.clone()),
        ];
        let headers: HeaderMap = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
            .collect();
        let (method, query) = (&Method::PUT, Some(self.query.as_str()));
        signature_by(&self.api.signer, &RawRequest { method, path: &self.path, query, headers: &headers })
    }
}

/// S3's error, read from its document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// `Code`.
    pub code: String,
    /// `Message`.
    pub message: String,
    elements: Vec<(String, String)>,
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Storage")
    }
}

impl Storage {
    /// Knows no URL yet.
    #[must_use]
    pub fn new(clock: Arc<Clock>, rng: Arc<Rng>) -> Self {
        Self { inner: Mutex::default(), clock, rng }
    }

    /// Remembers an issued URL; returns the mistakes of its form.
    pub fn add(&self, issued: &IssuedUrl) -> Option<String> {
        let url: HttpUrl = match issued.url.parse() {
            Ok(url) => url,
            Err(_) => {
                return Some(format!("`{}` is not a URL of http or https.", without_query(&issued.url)));
            }
        };
        let (path, query) = url.target.split_once('?').unwrap_or((&url.target, ""));
        let parsed = Query::parse(Some(query));
        let Ok(Some(auth)) = parsed.auth() else {
            return Some("The URL lacks parameters of query authentication.".to_owned());
        };
        let mut signed = auth.signed_headers.split(';');
        if !signed.any(|name| name == "content-md5") {
            let names = &auth.signed_headers;
            return Some(format!("The URL signs `{names}`, and not `content-md5`: it takes any file."));
        }
        let scope: Vec<&str> = auth.credential.split('/').collect();
        let [access_key_id, _, region, ..] = scope.as_slice() else { return None };
        let host = url.origin.authority();
        let bucket = if is_host_of_bucket(host.as_bytes(), BUCKET) {
            BUCKET
        } else {
            let is_virtual = path.matches('/').count() == 1;
            if is_virtual { host.split('.').next() } else { path.split('/').nth(1) }.unwrap_or_default()
        };
        let of = Of {
            access_key_id: (*access_key_id).to_owned(),
            region: (*region).to_owned(),
            bucket: bucket.to_owned(),
        };
        let is_known = |name: &str| ["host", "content-md5", "content-type"].contains(&name);
        if !auth.signed_headers.split(';').all(is_known) {
            return None;
        }
        let theirs = signature_of(query)?.to_owned();
        let url = Arc::new(Url {
            api: self.api(of),
            host: host.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            md5: issued.md5,
            mime_type: issued.mime_type.clone(),
        });
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.urls.insert(theirs.clone(), url).is_none() {
            inner.order.push_back(theirs);
            if inner.order.len() > MAX_URLS
                && let Some(oldest) = inner.order.pop_front()
            {
                inner.urls.remove(&oldest);
            }
        }
        None
    }

    fn api(&self, of: Of) -> Arc<Api> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, api)) = inner.apis.iter().find(|(known, _)| *known == of) {
            return Arc::clone(api);
        }
        let signer = Arc::new(Signer::new(Credentials {
            access_key_id: of.access_key_id.clone(),
            secret: SECRET.to_owned(),
            region: of.region.clone(),
        }));
        let s3 = S3 {
            bucket: of.bucket.clone(),
            signer: Arc::clone(&signer),
            state: Arc::new(State::new(Initial::default(), Dedup::default())),
            clock: Arc::clone(&self.clock),
            rng: Arc::clone(&self.rng),
            max_object_size: MAX_OBJECT,
            spill_over: 0,
            cors: Cors(Vec::new()),
            etag: EtagForm::Md5,
        };
        let api = Arc::new(Api { s3, signer });
        if inner.apis.len() == MAX_APIS {
            inner.apis.remove(0);
        }
        inner.apis.push((of, Arc::clone(&api)));
        api
    }

    /// Returns S3's expected answer to the head of a request that arrived `now`; `None` for an unknown URL, or if the
    /// answer depends on stored objects.
    #[must_use]
    pub fn expect(&self, request: &RawRequest<'_>, now: Timestamp) -> Option<Result<(), Refusal>> {
        if *request.method == Method::OPTIONS {
            return None;
        }
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = request.query.and_then(signature_of).unwrap_or_default();
        let of_path = || {
            inner
                .order
                .iter()
                .rev()
                .find_map(|one| inner.urls.get(one).filter(|url| url.path == request.path))
        };
        let (url, is_exact) = match inner.urls.get(theirs) {
            Some(url) => (Arc::clone(url), true),
            None => (Arc::clone(of_path()?), false),
        };
        drop(inner);
        let ours = url.signature()?;
        let query = request.query.filter(|_| is_exact).map(|query| query.replacen(theirs, &ours, 1));
        let request = RawRequest { query: query.as_deref().or(request.query), ..*request };
        let expected = if matches!(*request.method, Method::GET | Method::HEAD) {
            verify(&request, &url.api.signer, now).map(drop)
        } else {
            url.api.s3.begin(&request, now).map(drop)
        };
        let expected = expected.map_err(|refusal| with_signature(refusal, theirs, &ours));
        // A recording does not show whether the signature was the issued one.
        let is_known = expected.is_err() || !theirs.starts_with(MASKED_SIGNATURE);
        is_known.then_some(expected)
    }
}

/// Shows the signature that came in place of ours.
fn with_signature(refusal: Refusal, theirs: &str, ours: &str) -> Refusal {
    match refusal {
        Refusal::SignatureDoesNotMatch(mismatch) if mismatch.signature_provided == ours => {
            Refusal::SignatureDoesNotMatch(Box::new(Mismatch {
                signature_provided: theirs.to_owned(),
                ..*mismatch
            }))
        }
        other => other,
    }
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

impl Told {
    /// Reads S3's error document; returns `None` for another text.
    #[must_use]
    pub fn read(xml: &[u8]) -> Option<Self> {
        let xml = std::str::from_utf8(xml).ok()?;
        let mut rest = &xml[xml.find("<Error>")? + "<Error>".len()..];
        let mut told = Self::default();
        // The document is flat.
        while let Some((name, after)) =
            rest.trim_start().strip_prefix('<').and_then(|rest| rest.split_once('>'))
        {
            if name.starts_with('/') {
                break;
            }
            let (text, after) = after.split_once(&format!("</{name}>"))?;
            let text =
                text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            match name {
                "Code" => told.code = text,
                "Message" => told.message = text,
                name => told.elements.push((name.to_owned(), text)),
            }
            rest = after;
        }
        (!told.code.is_empty()).then_some(told)
    }

    fn element(&self, name: &str) -> &str {
        self.elements.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text)
    }

    /// Returns the refusal that it is, where it shows only with the body, or where the URL did not pass by.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        Some(match S3Code::find(&self.code)? {
            S3Code::BadDigest => Refusal::BadDigest {
                expected: digest(self.element("ExpectedDigest"))?,
                calculated: digest(self.element("CalculatedDigest"))?,
            },
            S3Code::SignatureDoesNotMatch => Refusal::SignatureDoesNotMatch(Box::new(Mismatch {
                access_key_id: self.element("AWSAccessKeyId").to_owned(),
                string_to_sign: self.element("StringToSign").to_owned(),
                signature_provided: self.element("SignatureProvided").to_owned(),
                canonical_request: self.element("CanonicalRequest").as_bytes().to_vec(),
            })),
            S3Code::InvalidDigest => {
                Refusal::InvalidDigest { content_md5: self.element("Content-MD5").to_owned() }
            }
            S3Code::InvalidAccessKeyId => {
                Refusal::InvalidAccessKeyId { id: self.element("AWSAccessKeyId").to_owned() }
            }
            S3Code::NoSuchBucket => Refusal::NoSuchBucket { bucket: self.element("BucketName").to_owned() },
            S3Code::NoSuchKey => Refusal::NoSuchKey { key: S3Key::new(self.element("Key")).ok()? },
            S3Code::EntityTooLarge => Refusal::EntityTooLarge {
                proposed: self.element("ProposedSize").parse().ok()?,
                max: self.element("MaxSizeAllowed").parse().ok()?,
            },
            S3Code::AccessDenied if self.message.contains("not signed") => {
                Refusal::HeadersNotSigned { names: self.element("HeadersNotSigned").to_owned() }
            }
            S3Code::MissingContentLength => Refusal::MissingContentLength,
            S3Code::RequestTimeout => Refusal::RequestTimeout,
            S3Code::IncompleteBody => Refusal::IncompleteBody,
            _ => return None,
        })
    }
}

/// An MD5 in base64 or hex.
fn digest(text: &str) -> Option<Md5Digest> {
    text.parse().ok()
}

/// Returns whether a code is independent of the request's head: of the body, of stored objects, or of S3 itself.
#[must_use]
pub fn is_later(code: Option<S3Code>, status: StatusCode) -> bool {
    use S3Code::{
        BadDigest, ConditionalRequestConflict, EntityTooLarge, IncompleteBody, InternalError, NoSuchKey,
        OperationAborted, PreconditionFailed, RequestTimeout, ServiceUnavailable, SlowDown,
    };
    status.is_server_error()
        || matches!(
            code,
            Some(
                BadDigest
                    | ConditionalRequestConflict
                    | EntityTooLarge
                    | IncompleteBody
                    | InternalError
                    | NoSuchKey
                    | OperationAborted
                    | PreconditionFailed
                    | RequestTimeout
                    | ServiceUnavailable
                    | SlowDown
            )
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_s3_is_read() {
        let xml = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>a &lt;b&gt;</Message>\
            <Key>k&amp;k</Key><RequestId>R</RequestId></Error>";
        let told = Told::read(xml).unwrap();
        assert_eq!((told.code.as_str(), told.message.as_str()), ("NoSuchKey", "a <b>"));
        assert_eq!(told.refusal(), Some(Refusal::NoSuchKey { key: S3Key::new("k&k").unwrap() }));
        assert_eq!((Told::read(b"<html>"), Told::read(b"<Error></Error>")), (None, None));
    }
}
