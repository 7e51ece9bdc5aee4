//! A request's body on its way to the upstream: passed on piece by piece, counted, hashed, and kept up to a bound. The
//! handler takes it back once the answer is there, so that an answer may come before the body has.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use fast_md5::Md5;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use crate::{exchange::BodyError, files::Md5Digest, http::RequestBody};

/// The most of a body that is kept, in bytes. No JSON request is larger.
const MAX_KEPT: usize = 1 << 20;

/// Time limit for the upstream's `100 Continue`: after it, the client's body is read anyway.
const CONTINUE_TIME: Duration = Duration::from_secs(1);

/// Parts of a body to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Its text.
    Text,
    /// Its MD5.
    Digest,
}

/// A request's body, shared by the connection to the upstream and the handler.
#[derive(Clone)]
pub struct Passing(Arc<Mutex<Inner>>);

struct Inner {
    from: From,
    kept: Option<Vec<u8>>,
    hasher: Option<Md5>,
    passed: u64,
    is_whole: bool,
    /// Why the client's half failed.
    failed: Option<BodyError>,
    waits_for_client: bool,
    /// Until when the client is not read from; `None` once it may be.
    gate: Option<Pin<Box<Sleep>>>,
    waker: Option<Waker>,
}

enum From {
    Client(RequestBody),
    Whole(Bytes),
    /// The handler has it back.
    Nobody,
}

/// Result of a body.
#[derive(Debug)]
pub struct Passed {
    /// The rest of it.
    pub body: Option<RequestBody>,
    /// Its text, where it came whole and was of interest.
    pub text: Option<Vec<u8>>,
    /// Its MD5, where it came whole and was of interest.
    pub md5: Option<Md5Digest>,
    /// Number of forwarded bytes.
    pub bytes: u64,
    /// Why the client's half failed.
    pub failed: Option<BodyError>,
}

impl Passing {
    /// A body that the client sends. `expects`: it waits for `100 Continue`.
    #[must_use]
    pub fn of(body: RequestBody, interest: Interest, expects: bool) -> Self {
        #[expect(clippy::disallowed_methods, reason = "how long a client is kept waiting is real time")]
        let gate = expects.then(|| Box::pin(tokio::time::sleep(CONTINUE_TIME)));
        Self::new(From::Client(body), interest, gate)
    }

    /// A body that is there already.
    #[must_use]
    pub fn whole(body: Bytes) -> Self {
        Self::new(From::Whole(body), Interest::Text, None)
    }

    fn new(from: From, interest: Interest, gate: Option<Pin<Box<Sleep>>>) -> Self {
        let is_whole = match &from {
            From::Client(body) => body.is_end_stream(),
            From::Whole(body) => body.is_empty(),
            From::Nobody => true,
        };
        let inner = Inner {
            from,
            kept: (interest == Interest::Text).then(Vec::new),
            hasher: (interest == Interest::Digest).then(Md5::new),
            passed: 0,
            is_whole,
            failed: None,
            waits_for_client: false,
            gate,
            waker: None,
        };
        Self(Arc::new(Mutex::new(inner)))
    }

    /// Lets the client send: the upstream has said so.
    pub fn open(&self) {
        let mut inner = self.lock();
        inner.gate = None;
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// Returns how far it has come, and whether it is the client that is waited for.
    #[must_use]
    pub fn progress(&self) -> (u64, bool) {
        let inner = self.lock();
        (inner.passed, inner.waits_for_client && !inner.is_whole)
    }

    /// Whether all of it is passed on.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.lock().is_whole
    }

    /// Whether the client's half failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.lock().failed.is_some()
    }

    /// Takes it back: from here on nothing of it is passed on.
    #[must_use]
    pub fn take(&self) -> Passed {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let (kept, hasher) = (inner.kept.take(), inner.hasher.take());
        let is_whole = inner.is_whole;
        Passed {
            body: match std::mem::replace(&mut inner.from, From::Nobody) {
                From::Client(body) => Some(body),
                From::Whole(_) | From::Nobody => None,
            },
            text: kept.filter(|_| is_whole),
            md5: hasher.filter(|_| is_whole).map(|hasher| hasher.finalize().into()),
            bytes: inner.passed,
            failed: inner.failed.take(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Passing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passing")
    }
}

impl Inner {
    fn note(&mut self, piece: &[u8]) {
        self.passed += piece.len() as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(piece);
        }
        let has_room = |kept: &&mut Vec<u8>| kept.len() + piece.len() <= MAX_KEPT;
        match self.kept.as_mut().filter(has_room) {
            Some(kept) => kept.extend_from_slice(piece),
            None => self.kept = None,
        }
    }
}

impl Body for Passing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        if let Some(gate) = &mut inner.gate {
            if gate.as_mut().poll(cx).is_pending() {
                inner.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            inner.gate = None;
        }
        let polled = match &mut inner.from {
            From::Client(body) => Pin::new(body).poll_frame(cx),
            From::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            From::Nobody => return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        };
        inner.waits_for_client = polled.is_pending();
        let Poll::Ready(frame) = polled else { return Poll::Pending };
        match frame {
            None => {
                inner.is_whole = true;
                Poll::Ready(None)
            }
            Some(Ok(frame)) => {
                if let Some(piece) = frame.data_ref() {
                    inner.note(piece);
                }
                inner.is_whole |= match &inner.from {
                    From::Client(body) => body.is_end_stream(),
                    From::Whole(rest) => rest.is_empty(),
                    From::Nobody => false,
                };
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                let told = io::Error::other(error.to_string());
                inner.failed = Some(error);
                Poll::Ready(Some(Err(told)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.lock().from {
            From::Client(body) => body.is_end_stream(),
            From::Whole(rest) => rest.is_empty(),
            From::Nobody => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.lock().from {
            From::Client(body) => body.size_hint(),
            From::Whole(rest) => SizeHint::with_exact(rest.len() as u64),
            From::Nobody => SizeHint::default(),
        }
    }
}
