//! Live traffic through the contract: a request goes on to the upstream as it came, and its answer comes back as it came;
//! what both say is judged on the way. Presigned URLs are rewritten to the proxy, so that uploads pass by, too. `server`
//! lays faults, the journal and the findings around it, as around the emulator's own APIs.
//!
//! `judge` returns verdicts, based on `world`, `storage` and the contract. `drifts` collects the differences,
//! `baseline` has known ones, `record` and `har` write and read exchanges, `spec` extends the document.

mod baseline;
mod body;
mod client;
mod drifts;
mod har;
mod judge;
mod origins;
mod record;
mod spec;
mod storage;
mod world;

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

pub use baseline::{Baseline, BaselineError};
pub use body::{Interest, Passed, Passing};
use bytes::Bytes;
pub use client::{Client, UpstreamError};
pub use drifts::Drifts;
pub use har::{Archive, Entry, HarError};
use hyper::{
    HeaderMap, Method, StatusCode, Uri,
    body::{Body, Frame, SizeHint},
    ext::ReasonPhrase,
    header::{self, HeaderName, HeaderValue},
    http::{request, response},
};
pub use judge::{Judge, Judged, Reply, Request, Sent, date_of};
pub use record::Recorder;
pub use spec::extend;
pub use storage::Storage;
pub use world::World;

use crate::{
    alloy::Route,
    contract::{Contract, is_json},
    exchange::{Answer, BUCKET, Content, PassedBody},
    files::{Clock, UserId},
    http::{HttpUrl, Origin},
    s3::RawRequest,
};
use client::{Head, ReplyBody};
use origins::Origins;

/// Limit on the bytes of an answer of the Alloy API that are read. Longer answers are forwarded without a check.
const MAX_ANSWER: usize = 8 << 20;

/// The same of an answer whose form is not known to be JSON.
const MAX_OTHER: u64 = 1 << 20;

/// The same of an error of S3's.
const MAX_ERROR: usize = 64 << 10;

/// Headers that are about one connection.
const HOP_BY_HOP: [&str; 6] =
    ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "upgrade"];

/// Target of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// To the upstream.
    Upstream,
    /// The host of a URL that the upstream issued.
    Storage(Origin),
    /// Nowhere, for this reason.
    Refused(String),
}

/// Result of a forwarded request.
#[derive(Debug)]
pub struct Forwarded {
    /// The answer to pass on.
    pub answer: Result<Answer, UpstreamError>,
    /// The text of the answer as it came, where it is passed on changed.
    pub original: Option<Bytes>,
    /// Verdict on the exchange.
    pub judged: Judged,
    /// Result of the request's body.
    pub passed: Passed,
}

impl Forwarded {
    fn failed(error: UpstreamError, judged: Judged, passed: Passed) -> Self {
        Self { answer: Err(error), original: None, judged, passed }
    }
}

/// Forwards to one upstream.
#[derive(Debug)]
pub struct Proxy {
    client: Client,
    upstream: Origin,
    /// Prefix of every path, without a trailing slash.
    base_path: String,
    rewrites: bool,
    origins: Origins,
    /// Judges what passes by.
    pub judge: Judge,
    clock: Arc<Clock>,
}

impl Proxy {
    /// A proxy for this upstream.
    #[must_use]
    pub fn new(upstream: &HttpUrl, client: Client, rewrites: bool, judge: Judge, clock: Arc<Clock>) -> Self {
        let base_path =
            upstream.target.split('?').next().unwrap_or_default().trim_end_matches('/').to_owned();
        let upstream = upstream.origin.clone();
        Self { client, upstream, base_path, rewrites, origins: Origins::default(), judge, clock }
    }

    /// Returns the upstream.
    #[must_use]
    pub fn upstream(&self) -> &Origin {
        &self.upstream
    }

    /// Returns the target of a request. `authority` is its host; `is_foreign` means that the client takes the proxy for
    /// another host.
    #[must_use]
    pub fn place(&self, head: &request::Parts, authority: &str, is_foreign: bool) -> Place {
        let path = head.uri.path();
        if let Some(origin) = self.origins.named(authority).filter(|origin| *origin != self.upstream) {
            return Place::Storage(origin);
        }
        if is_foreign {
            return Place::Refused(format!(
                "`{authority}` is not contacted: only the upstream and the hosts of the URLs that it issues are"
            ));
        }
        if let Some(origin) = self.origins.of_path(path) {
            return Place::Storage(origin);
        }
        let query = head.uri.query().unwrap_or_default();
        let is_presigned = query.split('&').any(|parameter| parameter.starts_with("X-Amz-"));
        let names_bucket = path.split('/').nth(1) == Some(BUCKET);
        match self.origins.only() {
            Some(origin) if is_presigned || names_bucket => Place::Storage(origin),
            None if is_presigned => Place::Refused(
                "no presigned URL has passed through the proxy that leads here: request one through it"
                    .to_owned(),
            ),
            _ => Place::Upstream,
        }
    }

    /// Sends a request to the upstream. `base` is the proxy's base URL for the client; URLs of hosts for which
    /// `leads_here` is true stay unchanged.
    pub async fn alloy(
        &self,
        head: &request::Parts,
        route: &Route<'_>,
        base: Option<&str>,
        leads_here: &(dyn Fn(&Origin) -> bool + Sync),
        body: &Passing,
    ) -> Forwarded {
        let mark = self.judge.begin(route);
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let target = format!("{}{path}", self.base_path).parse();
        let mut forwarded = head_of(head, target.unwrap_or_else(|_| head.uri.clone()));
        if !self.upstream.is_loopback() {
            // A compressed answer could not be read.
            forwarded.headers.remove(header::ACCEPT_ENCODING);
        }
        let at = self.clock.now();
        let (mut reply, mut content) = match self.ask(&self.upstream, &forwarded, body, Reads::Alloy).await {
            Ok(answered) => answered,
            Err(error) => return Forwarded::failed(error, Judged::default(), body.take()),
        };
        let passed = body.take();
        let request = Request {
            route,
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
            body: passed.text.as_deref(),
            user: None,
        };
        let text = content.text().cloned();
        let answer = Reply { status: reply.status, headers: &reply.headers, body: text.as_deref() };
        let at = date_of(&reply.headers).unwrap_or(at);
        let judged = self.judge.alloy(&request, &answer, at, mark);
        if let Err(error) = self.check_redirect(&self.upstream, &mut reply, base) {
            return Forwarded::failed(error, judged, passed);
        }
        let mut original = None;
        if let Some(url) = judged.issued.as_ref().and_then(|issued| issued.url.parse::<HttpUrl>().ok()) {
            self.origins.add(&url);
            let rewritten =
                || origins::rewrite(std::str::from_utf8(text.as_deref()?).ok()?, &url.origin, base?);
            if let Some(rewritten) = rewritten().filter(|_| self.rewrites && !leads_here(&url.origin)) {
                original.clone_from(&text);
                content = match content {
                    Content::Chunked(_) => Content::Chunked(rewritten.into()),
                    _ => Content::Whole(rewritten.into()),
                };
            }
        }
        Forwarded { answer: Ok(answer_of(&reply, content, &head.method)), original, judged, passed }
    }

    /// Sends a request to the host of a URL that the upstream issued.
    pub async fn storage(&self, head: &request::Parts, origin: &Origin, body: &Passing) -> Forwarded {
        let mark = self.judge.begin_storage(&head.method, head.uri.path());
        let forwarded = head_of(head, head.uri.clone());
        let began = self.clock.now();
        let (mut reply, content) = match self.ask(origin, &forwarded, body, Reads::Storage).await {
            Ok(answered) => answered,
            Err(error) => return Forwarded::failed(error, Judged::default(), body.take()),
        };
        let (is_whole, passed) = (body.is_whole(), body.take());
        let text = content.text().cloned();
        let answer = Reply { status: reply.status, headers: &reply.headers, body: text.as_deref() };
        // The head was looked at when it came, the answer is dated when it went out.
        let ended = self.clock.now();
        let took = ended.as_second().saturating_sub(began.as_second()).max(0);
        let took = Duration::from_secs(u64::try_from(took).unwrap_or_default());
        let now = date_of(&reply.headers).map_or(began, |date| date.saturating_sub(took).unwrap_or(date));
        let request = RawRequest {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
        };
        let sent = Sent { md5: passed.md5, bytes: passed.bytes, is_whole };
        let judged = self.judge.storage(&request, &sent, &answer, now, mark);
        if let Err(error) = self.check_redirect(origin, &mut reply, None) {
            return Forwarded::failed(error, judged, passed);
        }
        Forwarded { answer: Ok(answer_of(&reply, content, &head.method)), original: None, judged, passed }
    }

    /// Sends a call of the control API to the upstream, which is perhaps an emulator.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] if there is no answer.
    pub async fn control(&self, head: &request::Parts, body: &Passing) -> Result<Answer, UpstreamError> {
        let forwarded = head_of(head, head.uri.clone());
        let (reply, content) = self.ask(&self.upstream, &forwarded, body, Reads::Alloy).await?;
        Ok(answer_of(&reply, content, &head.method))
    }

    /// Returns the user of a call, as far as it is known.
    #[must_use]
    pub fn caller(&self, headers: &HeaderMap) -> Option<UserId> {
        self.judge.caller(headers).user
    }

    /// Sends a request, and reads the part of the answer that is checked.
    async fn ask(
        &self,
        origin: &Origin,
        head: &Head,
        body: &Passing,
        reads: Reads,
    ) -> Result<(response::Parts, Content), UpstreamError> {
        let (reply, mut content) = self.client.send(origin, head, body).await?.into_parts();
        // An early success may be intended.
        if reply.status.is_success() {
            content.finish_request().await?;
        }
        let length = content.size_hint().exact();
        let most = match reads {
            Reads::Alloy if is_json(&reply.headers) => MAX_ANSWER,
            Reads::Alloy if length.is_some_and(|length| length <= MAX_OTHER) => MAX_ANSWER,
            Reads::Storage if !reply.status.is_success() || content.is_end_stream() => MAX_ERROR,
            _ => 0,
        };
        if most == 0 {
            return Ok((reply, passed_on(Bytes::new(), content, length)));
        }
        let content = match content.read(most).await? {
            Ok(whole) if length.is_some() || whole.is_empty() => Content::Whole(whole),
            Ok(whole) => Content::Chunked(whole),
            Err(first) => passed_on(first, content, length),
        };
        Ok((reply, content))
    }

    /// Holds that an answer does not send the client past us.
    fn check_redirect(
        &self,
        origin: &Origin,
        reply: &mut response::Parts,
        base: Option<&str>,
    ) -> Result<(), UpstreamError> {
        let location = reply.headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
        let Some(location) = location.filter(|_| reply.status.is_redirection()) else { return Ok(()) };
        // A redirect within the same host stays.
        let Ok(url) = location.parse::<HttpUrl>() else {
            return if location.starts_with("//") { Err(elsewhere(origin, location)) } else { Ok(()) };
        };
        if url.origin != *origin {
            return Err(elsewhere(origin, location));
        }
        let target = url.target.strip_prefix(&self.base_path).unwrap_or(&url.target);
        if let Some(location) = base.and_then(|base| HeaderValue::try_from(format!("{base}{target}")).ok()) {
            reply.headers.insert(header::LOCATION, location);
        }
        Ok(())
    }
}

fn elsewhere(origin: &Origin, location: &str) -> UpstreamError {
    let to = location.split('?').next().unwrap_or_default().to_owned();
    UpstreamError::Redirect { origin: origin.clone(), to }
}

/// Which answers are read before they are passed on.
#[derive(Clone, Copy, Debug)]
enum Reads {
    /// Short JSON.
    Alloy,
    /// Errors.
    Storage,
}

/// The head that a request is sent on with.
fn head_of(head: &request::Parts, target: Uri) -> Head {
    Head { method: head.method.clone(), target, headers: end_to_end(&head.headers) }
}

/// The headers that are not about one connection. How a body is framed stays.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let mut kept = headers.clone();
    for name in HOP_BY_HOP.into_iter().map(HeaderName::from_static).chain(named) {
        if name != header::TRANSFER_ENCODING && name != header::CONTENT_LENGTH {
            kept.remove(&name);
        }
    }
    // Whether our connection is kept is as the client has it.
    let is_usual = |value: &&HeaderValue| {
        ["keep-alive", "close"].iter().any(|usual| value.as_bytes().eq_ignore_ascii_case(usual.as_bytes()))
    };
    if let Some(usual) = headers.get(header::CONNECTION).filter(is_usual) {
        kept.insert(header::CONNECTION, usual.clone());
    }
    kept
}

/// The answer that a reply is passed on as.
fn answer_of(reply: &response::Parts, content: Content, method: &Method) -> Answer {
    let mut headers = end_to_end(&reply.headers);
    headers.remove(header::TRANSFER_ENCODING);
    if *method != Method::HEAD && reply.status != StatusCode::NOT_MODIFIED {
        headers.remove(header::CONTENT_LENGTH);
    }
    let reason = reply.extensions.get::<ReasonPhrase>().cloned();
    Answer { status: reply.status, headers, content, reason }
}

fn passed_on(first: Bytes, rest: ReplyBody, length: Option<u64>) -> Content {
    Content::Passed(PassedBody(Box::pin(Prefixed {
        first: Some(first).filter(|first| !first.is_empty()),
        rest,
        length,
    })))
}

/// A body whose beginning was read already.
struct Prefixed {
    first: Option<Bytes>,
    rest: ReplyBody,
    length: Option<u64>,
}

impl Body for Prefixed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(Frame::data(first)))),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Judge {
    /// Judges by this contract. Differences go to `drifts`; `is_sanitized`: requests may lack their API keys.
    #[must_use]
    pub fn new(contract: Contract, storage: Storage, drifts: Arc<Drifts>, is_sanitized: bool) -> Self {
        Self { contract, world: World::default(), storage, drifts, is_sanitized }
    }
}
