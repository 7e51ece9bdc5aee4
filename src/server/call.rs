//! A request that is being answered. It is recorded once, whichever way it ends: with its answer's last byte, or with
//! its connection.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{
    Response,
    body::{Body, Frame, SizeHint},
    header,
    http::request::Parts,
};
use jiff::Timestamp;

use super::{host::Host, records::Records};
use crate::{
    alloy,
    exchange::{Answer, ContentBody, Exchange, Headers, MAX_BODY, Message},
    http::{ConnectionHandle, RequestBody, Via},
    s3::RawRequest,
};

/// A request on its way through the layers, with its exchange. Dropping it records the exchange.
///
/// Layers move it along. One that holds it delays the answer.
pub(super) struct Call {
    /// The exchange so far.
    pub(super) exchange: Exchange,
    /// The request's head.
    pub(super) head: Arc<Parts>,
    /// The one host that it names.
    pub(super) host: Option<Host>,
    /// The request's body; gone once the answer is known.
    pub(super) body: Option<RequestBody>,
    /// The text of the answer as another server sent it, where the client is sent it changed.
    pub(super) original: Option<Bytes>,
    /// The body, if a fault needed it before the Alloy API.
    pub(super) read: Option<Result<Bytes, alloy::Error>>,
    /// The connection that it came on.
    pub(super) connection: ConnectionHandle,
    records: Arc<Records>,
    epoch: u64,
    started: Instant,
    /// Limit on the bytes of the answer's content.
    cut: u64,
    /// Whether the answer is over only when the connection has carried it.
    is_paced: bool,
}

impl Call {
    /// Creates a call for a request that arrived at this time of the emulator's clock.
    pub(super) fn begin(
        records: &Arc<Records>,
        at: Timestamp,
        head: &Arc<Parts>,
        host: Option<Host>,
        body: RequestBody,
        connection: ConnectionHandle,
    ) -> Box<Self> {
        #[expect(clippy::disallowed_methods, reason = "how long an exchange takes is real time")]
        let started = Instant::now();
        let path = head.uri.path_and_query().map_or_else(|| head.uri.to_string(), ToString::to_string);
        let request = Message { headers: Headers::from(&head.headers), ..Message::default() };
        let scheme =
            if head.extensions.get::<Via>().is_some_and(|via| via.is_tls) { "https" } else { "http" };
        let origin = host.as_ref().map(|host| format!("{scheme}://{}", host.authority()));
        let method = head.method.to_string();
        let exchange = Exchange { at, method, origin, path, request, ..Exchange::default() };
        Box::new(Self {
            exchange,
            head: Arc::clone(head),
            host,
            body: Some(body),
            original: None,
            read: None,
            connection,
            epoch: records.journal.epoch(),
            records: Arc::clone(records),
            started,
            cut: u64::MAX,
            is_paced: false,
        })
    }

    /// Notes that a fault answers it.
    pub(super) fn answered_by(&mut self, fault: &str) {
        self.exchange.fault = Some(fault.to_owned());
        self.exchange.answered_by_fault = true;
        // Nothing that a fault says is the client's mistake.
        self.exchange.findings.clear();
    }

    /// Notes that its answer is there and held back: its client may have given up by the time it goes out.
    pub(super) fn hold_answer(&self) {
        self.records.detector.hold(&self.exchange);
    }

    /// Records that the client gets no answer.
    pub(super) fn lose_answer(&mut self) {
        self.exchange.issued = None;
        self.exchange.answer_lost = true;
    }

    /// Records that only this many bytes of its answer's content are sent.
    pub(super) fn cut_answer(&mut self, bytes: u64) {
        self.lose_answer();
        self.cut = bytes;
    }

    /// Notes that the connection carries its answer slowly: the exchange is over when that is out.
    pub(super) fn pace(&mut self) {
        self.is_paced = true;
    }

    /// Reads and discards this many bytes of the body, fewer if it ends or stops.
    pub(super) async fn discard_body(&mut self, bytes: u64) {
        let Some(body) = &mut self.body else { return };
        while body.received() < bytes
            && let Some(Ok(_)) = body.frame().await
        {}
    }

    /// Returns the response, and whether the whole request was read.
    pub(super) async fn respond(mut self: Box<Self>, answer: Answer) -> (Response<RecordedBody>, bool) {
        self.settle().await;
        let is_read = self.body.as_ref().is_none_or(RequestBody::is_read);
        let is_gone = self.body.as_ref().is_some_and(RequestBody::is_gone);
        self.let_go_of_body();
        // None goes out where the client is gone.
        if !is_gone {
            self.exchange.status = Some(answer.status.as_u16());
            let text = self.original.as_ref().or(answer.content.text());
            let body = text.map(|text| self.start_of(text)).filter(|text| !text.is_empty());
            self.exchange.response = Message { headers: Headers::from(&answer.headers), bytes: 0, body };
        }
        (respond(answer, Some(self)), is_read)
    }

    /// Reads the rest of a small body that has arrived, so that the connection can be kept.
    async fn settle(&mut self) {
        // A client that waits for `100 Continue` has sent nothing, and need not. With any other
        // value, no client waits: docs/facts-s3.md#other-expect
        let expect = self.head.headers.get(header::EXPECT);
        let waits = expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        if let Some(body) = self.body.as_mut().filter(|_| !waits) {
            body.settle().await;
        }
    }

    /// Returns the recorded part of an answer's text: at most the sent part, plus a byte, so that the journal cuts
    /// between characters.
    fn start_of(&self, text: &Bytes) -> String {
        let sent = usize::try_from(self.cut).unwrap_or(usize::MAX);
        String::from_utf8_lossy(&text[..sent.min(text.len()).min(MAX_BODY + 1)]).into_owned()
    }

    fn let_go_of_body(&mut self) {
        if let Some(body) = self.body.take() {
            self.exchange.request.bytes = body.received();
        }
    }

    /// Records how many bytes of its answer's content were sent; `None` if not even its status was.
    /// It is over then.
    fn went_out(mut self: Box<Self>, content: Option<u64>) {
        let all = self.exchange.response.bytes;
        if content.is_none_or(|bytes| bytes < all) {
            self.lose_answer();
        }
        if content.is_none() {
            (self.exchange.status, self.exchange.response) = (None, Message::default());
        }
        // The framing of chunks does not count.
        self.exchange.response.bytes = content.unwrap_or(0).min(all);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.let_go_of_body();
        #[expect(clippy::disallowed_methods, reason = "how long an exchange takes is real time")]
        let now = Instant::now();
        let duration = now.saturating_duration_since(self.started);
        self.exchange.duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.records.record(self.epoch, std::mem::take(&mut self.exchange), now);
    }
}

/// Converts a request for S3.
pub(super) fn raw(head: &Parts) -> RawRequest<'_> {
    RawRequest {
        method: &head.method,
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
    }
}

/// Converts an answer into a response, with its call if it is recorded.
pub(super) fn respond(answer: Answer, call: Option<Box<Call>>) -> Response<RecordedBody> {
    let mut response = Response::new(RecordedBody { content: answer.content.into_body(), call });
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if let Some(reason) = answer.reason {
        response.extensions_mut().insert(reason);
    }
    response
}

/// The content of an answer, with the call that ends with it.
///
/// The exchange is recorded before its last bytes are flushed: a client that has its answer finds the exchange in the
/// journal. On a paced connection, hyper polls content long before it is sent, so the connection counts the sent bytes.
pub(super) struct RecordedBody {
    content: ContentBody,
    call: Option<Box<Call>>,
}

impl Drop for RecordedBody {
    /// hyper has all of it now. On a paced connection, that one says when it is sent.
    fn drop(&mut self) {
        if let Some(mut call) = self.call.take().filter(|call| call.is_paced) {
            // Taken out of the call: the connection, which holds it from now on, would hold itself.
            let connection = std::mem::take(&mut call.connection);
            connection.when_sent(Box::new(|content| call.went_out(content)));
        }
    }
}

impl Body for RecordedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = Pin::new(&mut self.content).poll_frame(cx);
        let sent = self.content.sent();
        // A client that has disconnected gets nothing.
        if let Some(call) = self.call.as_mut().filter(|call| call.exchange.status.is_some()) {
            call.exchange.response.bytes = sent.min(call.cut);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
