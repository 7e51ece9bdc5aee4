//! The S3 API without HTTP: requests of its own presigner, a frozen clock, answers compared as
//! text.

mod failures;
mod kept;
mod objects;
mod refusals;

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method,
    body::{Body, Frame},
    header::{HeaderName, HeaderValue},
};

use super::{
    CorsRule, RawRequest, Refusal, S3, Settings,
    sigv4::{AmzDate, Credentials, Presign, Signer},
};
use crate::{
    exchange::{Answer, BodyError, Rng},
    files::{Clock, Dedup, EtagForm, Initial, S3Key, State},
};

const HOST: &str = "localhost:4566";
const KEY: &str = "651eb6e11d156e0d7a42c59d_report.pdf";
const PATH: &str = "/alloy-user-files/651eb6e11d156e0d7a42c59d_report.pdf";
/// Content of uploads, and its MD5.
const CONTENT: &str = "123456";
const MD5: &str = "4QrcOUm6Wau+VuBX8g+IPg==";

/// The S3 API with its surroundings.
struct TestBucket {
    s3: S3,
    signer: Arc<Signer>,
    state: Arc<State>,
    clock: Arc<Clock>,
}

impl TestBucket {
    fn new() -> Self {
        Self::with_cors(Vec::new())
    }

    fn with_cors(cors: Vec<CorsRule>) -> Self {
        let credentials = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let signer = Arc::new(Signer::new(credentials));
        let state = Arc::new(State::new(Initial::default(), Dedup::User));
        let clock = Arc::new(Clock::new());
        clock.freeze();
        clock.set("2026-01-02T03:04:05Z".parse().unwrap()).unwrap();
        let s3 = S3::new(Settings {
            bucket: "alloy-user-files".to_owned(),
            signer: Arc::clone(&signer),
            state: Arc::clone(&state),
            clock: Arc::clone(&clock),
            rng: Arc::new(Rng::new(1)),
            max_object_size: 5 << 30,
            spill_over: 8 << 20,
            cors,
            etag: EtagForm::Md5,
        });
        Self { s3, signer, state, clock }
    }

    /// Moves the frozen clock to a time of the day.
    fn at(self, time: &str) -> Self {
        self.clock.set(format!("2026-01-02T{time}Z").parse().unwrap()).unwrap();
        self
    }

    /// Returns a request with a presigned URL for [`KEY`] that sends exactly what was signed.
    fn presigned(&self, method: &Method, headers: &[(&'static str, &str)]) -> Request {
        self.presigned_for(method, "alloy-user-files", KEY, headers)
    }

    fn presigned_for(
        &self,
        method: &Method,
        bucket: &str,
        key: &str,
        headers: &[(&'static str, &str)],
    ) -> Request {
        let at = "2026-01-02T03:04:05Z".parse().unwrap();
        let key = S3Key::new(key).unwrap();
        let base = "http://x";
        let wanted = Presign { base, host: HOST, method, bucket, key: &key, at, expires: 3600, headers };
        let url = self.signer.presign(&wanted).0.split_off(base.len());
        let mut request = Request { method: method.clone(), url, headers: HeaderMap::new() };
        request = request.with("host", HOST);
        for (name, value) in headers {
            request = request.with(name, value);
        }
        request
    }

    /// Returns an upload of [`CONTENT`] with the URL that Alloy issues for it.
    fn upload(&self) -> Request {
        self.presigned(&Method::PUT, &[("content-md5", MD5)]).with("content-length", "6")
    }

    /// Signs a changed request anew, for keys that the presigner does not take.
    fn sign_anew(&self, request: Request) -> Request {
        let Err(Refusal::SignatureDoesNotMatch(mismatch)) = self.s3.begin(&request.raw(), self.clock.now())
        else {
            panic!("the signature still matches");
        };
        let date = AmzDate::parse("20260102T030405Z").unwrap();
        let signature = self.signer.sign(&date, &mismatch.string_to_sign);
        let old = request.signature().to_owned();
        request.replace(&old, std::str::from_utf8(&signature).unwrap())
    }

    async fn send(&self, request: &Request) -> Answer {
        self.send_body(request, TestBody::of(CONTENT)).await
    }

    async fn send_body(&self, request: &Request, body: TestBody) -> Answer {
        self.s3.answer(&request.raw(), body).await
    }

    /// Returns status and body of an answer, with its ids replaced by `R` and `H`.
    async fn told(&self, request: &Request) -> (u16, String) {
        told(&self.send(request).await)
    }
}

fn told(answer: &Answer) -> (u16, String) {
    let mut text = String::from_utf8(answer.content.text().unwrap().to_vec()).unwrap();
    for (name, short) in [("x-amz-request-id", "R"), ("x-amz-id-2", "H")] {
        if let Some(id) = answer.headers.get(name) {
            text = text.replace(id.to_str().unwrap(), short);
        }
    }
    (answer.status.as_u16(), text)
}

/// Returns S3's error document.
fn xml(code: &str, message: &str, extras: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message>{extras}<RequestId>R</RequestId><HostId>H</HostId></Error>"
    )
}

/// Returns an answer's headers but the ids, by name.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-amz-request-id", "x-amz-id-2"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    headers
}

/// A request that can be changed before it is sent.
#[derive(Clone)]
struct Request {
    method: Method,
    url: String,
    headers: HeaderMap,
}

impl Request {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name).unwrap();
        self
    }

    fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    fn replace(mut self, from: &str, to: &str) -> Self {
        assert!(self.url.contains(from), "{from}");
        self.url = self.url.replacen(from, to, 1);
        self
    }

    fn without_query(mut self) -> Self {
        self.url.truncate(self.url.find('?').unwrap());
        self
    }

    fn signature(&self) -> &str {
        let (_, rest) = self.url.split_once("X-Amz-Signature=").unwrap();
        rest.split('&').next().unwrap()
    }

    fn raw(&self) -> RawRequest<'_> {
        let (path, query) = match self.url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.url.as_str(), None),
        };
        RawRequest { method: &self.method, path, query, headers: &self.headers }
    }
}

/// A body that comes in frames, and may break off.
#[derive(Default)]
pub(super) struct TestBody(VecDeque<Result<Bytes, BodyError>>);

impl TestBody {
    pub(super) fn of(content: &'static str) -> Self {
        Self(content.as_bytes().chunks(4).map(|chunk| Ok(Bytes::from_static(chunk))).collect())
    }

    pub(super) fn then(mut self, error: BodyError) -> Self {
        self.0.push_back(Err(error));
        self
    }
}

impl Body for TestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Poll::Ready(self.0.pop_front().map(|frame| frame.map(Frame::data)))
    }
}
