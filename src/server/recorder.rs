//! Sees to it that every exchange is recorded once, whichever way it ends: with its answer's last byte, or
//! with its connection.

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

use super::log;
use crate::{
    exchange::{Answer, ContentBody, Operation, Violation},
    files::UserId,
    findings::{Advisor, IssueId, Issued},
    http::{Line, RequestBody},
    journal::{Draft, Half, Journal, MAX_BODY},
};

/// Where exchanges are taken down. One for all: each holds it once, and what counts the holders is written by every
/// exchange.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) journal: Arc<Journal>,
    pub(super) advisor: Arc<Advisor>,
}

/// An exchange that is under way. Recorded when dropped. It is large, and moves from hand to hand: boxed from the
/// beginning, it is not copied each time.
pub(super) struct Recorder {
    books: Arc<Books>,
    epoch: u64,
    started: Instant,
    /// The request's head, which the handlers look at meanwhile.
    head: Arc<Parts>,
    draft: Draft,
    /// The URL that it is answered with, where it is a presign.
    issued: Option<Issued>,
    /// The URL that it began with, where it is one of S3's side.
    used: Option<IssueId>,
    /// How many bytes of the answer's content are sent at the most.
    cut: u64,
    /// The request's body, which tells how much of it has come; gone once the answer is known.
    body: Option<RequestBody>,
    /// The line that the answer takes its time on; gone once the answer is on it.
    line: Option<Line>,
    /// Whether another one records it.
    is_taken: bool,
}

impl Recorder {
    /// An exchange that begins with this head at this time of the emulator's clock.
    pub(super) fn begin(
        books: &Arc<Books>,
        at: Timestamp,
        head: &Arc<Parts>,
        body: RequestBody,
    ) -> Box<Self> {
        #[expect(clippy::disallowed_methods, reason = "how long an exchange takes is real time")]
        let started = Instant::now();
        let mut draft = Draft::of(Operation::Unknown);
        draft.at = at;
        let epoch = books.journal.epoch();
        let (books, head) = (Arc::clone(books), Arc::clone(head));
        let (issued, used, cut, body, line, is_taken) = (None, None, u64::MAX, Some(body), None, false);
        Box::new(Self { books, epoch, started, head, draft, issued, used, cut, body, line, is_taken })
    }

    /// What the exchange turned out to be for.
    pub(super) fn operation(&mut self, operation: Operation) {
        self.draft.operation = operation;
    }

    /// Whose files it is about.
    pub(super) fn user(&mut self, user: Option<UserId>) {
        self.draft.user = user;
    }

    /// That it is answered with a URL.
    pub(super) fn issued(&mut self, issued: Issued) {
        self.issued = Some(issued);
    }

    /// That it began with a URL that is known.
    pub(super) fn used(&mut self, used: Option<IssueId>) {
        self.used = used;
    }

    /// What is wrong with it.
    pub(super) fn violations(&mut self, violations: impl IntoIterator<Item = Violation>) {
        self.draft.violations.extend(violations);
    }

    /// The fault that strikes it.
    pub(super) fn fault(&mut self, id: &str) {
        self.draft.fault = Some(id.to_owned());
    }

    /// The fault that struck it, where one did.
    pub(super) fn struck_by(&self) -> Option<&str> {
        self.draft.fault.as_deref()
    }

    /// The fault that answers it.
    pub(super) fn answered_by(&mut self, id: &str) {
        self.fault(id);
        self.draft.is_faults = true;
    }

    /// That its answer is there and held back: its client may have given up by the time it goes out.
    pub(super) fn hold_answer(&self) {
        self.books.advisor.hold(&self.draft);
    }

    /// That its answer reaches nobody: what is in it is known to nobody either.
    pub(super) fn lose_answer(&mut self) {
        self.issued = None;
        self.draft.is_lost = true;
    }

    /// That its answer takes its time on this line: the exchange is over when it is out there.
    pub(super) fn takes_time_on(&mut self, line: &Line) {
        self.line = Some(line.clone());
    }

    /// That so many bytes of its answer's content went out; `None` where not even its status did. Then it is over.
    fn went_out(mut self: Box<Self>, content: Option<u64>) {
        let all = self.draft.response.bytes;
        if content.is_none_or(|bytes| bytes < all) {
            self.lose_answer();
        }
        if content.is_none() {
            (self.draft.status, self.draft.response) = (None, Half::default());
        }
        // What frames the content in chunks is not its own.
        self.draft.response.bytes = content.unwrap_or(0).min(all);
    }

    /// That no more than so many bytes of its answer's content are sent.
    pub(super) fn cut_answer(&mut self, bytes: u64) {
        self.lose_answer();
        self.cut = bytes;
    }

    /// The exchange, for whoever goes on with it where this one's place is given up.
    pub(super) fn take(&mut self) -> Box<Self> {
        self.is_taken = true;
        Box::new(Self {
            books: Arc::clone(&self.books),
            epoch: self.epoch,
            started: self.started,
            head: Arc::clone(&self.head),
            draft: std::mem::replace(&mut self.draft, Draft::of(Operation::Unknown)),
            issued: self.issued.take(),
            used: self.used,
            cut: self.cut,
            body: self.body.take(),
            line: self.line.take(),
            is_taken: false,
        })
    }

    /// Reads so many bytes of the body and throws them away, fewer where it ends or stops.
    pub(super) async fn take_body(&mut self, bytes: u64) {
        let Some(body) = &mut self.body else { return };
        while body.received() < bytes
            && let Some(Ok(_)) = body.frame().await
        {}
    }

    /// The request's body, where it is no file.
    pub(super) fn request_body(&mut self, body: &Bytes) {
        if !body.is_empty() {
            self.draft.request.body = Some(body.clone());
        }
    }

    /// The body that is still to be read.
    pub(super) fn body(&mut self) -> Option<&mut RequestBody> {
        self.body.as_mut()
    }

    /// Whether all of the request has been read.
    pub(super) fn is_read(&self) -> bool {
        self.body.as_ref().is_none_or(RequestBody::is_read)
    }

    /// Reads what is left of a small body that is there already, so that the connection can be kept.
    pub(super) async fn settle(&mut self, head: &Parts) {
        // A client that waits for `100 Continue` has sent nothing, and need not. Who expects anything else waits
        // for nothing: H8 of s3-facts.
        let expect = head.headers.get(header::EXPECT);
        let waits = expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        if let Some(body) = self.body.as_mut().filter(|_| !waits) {
            body.settle().await;
        }
    }

    /// Gives up what has not been read of the body, and takes down the answer that goes out now; none does
    /// where the client is gone.
    pub(super) fn answer(&mut self, answer: &Answer) {
        let is_gone = self.body.as_ref().is_some_and(RequestBody::is_gone);
        self.let_go_of_body();
        if is_gone {
            return;
        }
        self.draft.status = Some(answer.status);
        self.draft.response = Half {
            headers: answer.headers.clone(),
            bytes: 0,
            body: answer.content.text().map(|text| self.sent_of(text)).filter(|text| !text.is_empty()),
        };
    }

    /// What is kept of an answer's text: no more than is sent.
    fn sent_of(&self, text: &Bytes) -> Bytes {
        let cut = usize::try_from(self.cut).unwrap_or(usize::MAX);
        start_of(&text.slice(..cut.min(text.len())))
    }

    /// Takes down what the request's head says. By now nobody else holds it, as a rule.
    fn take_down_head(&mut self) {
        let (uri, draft) = (&self.head.uri, &mut self.draft);
        draft.method = self.head.method.clone();
        draft.target = uri.path_and_query().map_or_else(|| uri.to_string(), ToString::to_string);
        draft.request.headers = match Arc::get_mut(&mut self.head) {
            Some(head) => std::mem::take(&mut head.headers),
            None => self.head.headers.clone(),
        };
    }

    fn let_go_of_body(&mut self) {
        if let Some(body) = self.body.take() {
            self.draft.request.bytes = body.received();
        }
    }
}

/// A body's beginning. Large answers are not kept alive for it.
fn start_of(text: &Bytes) -> Bytes {
    if text.len() <= MAX_BODY { text.clone() } else { Bytes::copy_from_slice(&text[..MAX_BODY]) }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.is_taken {
            return;
        }
        self.let_go_of_body();
        self.take_down_head();
        #[expect(clippy::disallowed_methods, reason = "how long an exchange takes is real time")]
        let now = Instant::now();
        self.draft.duration = now.saturating_duration_since(self.started);
        let Books { journal, advisor } = &*self.books;
        let mut looked = advisor.look(&self.draft, self.issued.take(), self.used, now);
        self.draft.violations.retain(|violation| looked.excused != Some(violation.rule));
        self.draft.violations.append(&mut looked.violations);
        self.draft.mark = looked.issued.map(IssueId::mark);
        log::exchange(&self.draft, journal);
        let draft = std::mem::replace(&mut self.draft, Draft::of(Operation::Unknown));
        let id = journal.record(self.epoch, draft);
        if let Some((refused, id)) = looked.refused.zip(id) {
            advisor.refused(refused, id);
        }
    }
}

/// The response that an answer is sent as, with the exchange that ends with it where it is recorded.
pub(super) fn respond(answer: Answer, recorder: Option<Box<Recorder>>) -> Response<RecordedBody> {
    let mut response = Response::new(RecordedBody { content: answer.content.into_body(), recorder });
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// An answer's content on its way out, with the exchange that ends with it.
///
/// The exchange is recorded before its last bytes are flushed: a client that has its answer finds the
/// exchange in the journal. hyper asks for content long before a slow line has carried it, so that there the line is
/// what says how much went out.
pub(super) struct RecordedBody {
    content: ContentBody,
    recorder: Option<Box<Recorder>>,
}

impl Drop for RecordedBody {
    /// hyper has all of it now, or needs no more. Where it takes its time from here on, the line says when it is out.
    fn drop(&mut self) {
        let Some(mut recorder) = self.recorder.take() else { return };
        // Taken out of the recorder: the line, which holds it from now on, would hold itself.
        if let Some(line) = recorder.line.take() {
            line.when_sent(Box::new(|content| recorder.went_out(content)));
        }
    }
}

impl Body for RecordedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = Pin::new(&mut self.content).poll_frame(cx);
        let sent = self.content.sent();
        // Where the client is gone, nothing reaches it.
        if let Some(recorder) = self.recorder.as_mut().filter(|recorder| recorder.draft.status.is_some()) {
            recorder.draft.response.bytes = sent.min(recorder.cut);
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
