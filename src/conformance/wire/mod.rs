//! HTTP as a suite speaks it: every header is the check's own, nothing is added, followed or decoded, and nothing
//! that a server does takes longer or more room than it is given. One [`Wire`] for each thread of a suite.

mod body;
mod error;
mod pace;

use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{
    HeaderMap, Method, StatusCode, Uri,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;

pub(crate) use body::Body;
pub(crate) use error::WireError;
pub(crate) use pace::{Pace, now, today};

use crate::http::{Connector, Origin};

/// The longest answer that is read, in bytes. None that is asked for comes near.
const LONGEST_ANSWER: usize = 8 << 20;

/// A request, as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Where it is sent to, and what `Host` says.
    pub(crate) origin: Origin,
    /// Path and query.
    pub(crate) target: String,
    /// All headers but `Host` and what frames the body.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// An answer, whole.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) took: Duration,
}

/// Sends requests over connections that it keeps.
pub(crate) struct Wire {
    connector: Arc<Connector>,
    /// Connections that are free.
    free: RefCell<HashMap<Origin, Vec<SendRequest<Body>>>>,
    timeout: Duration,
    pace: Arc<Pace>,
}

impl Wire {
    /// A wire whose exchanges take no longer than `timeout` each, in real time.
    pub(crate) fn new(connector: Arc<Connector>, timeout: Duration, pace: Arc<Pace>) -> Rc<Self> {
        Rc::new(Self { connector, free: RefCell::default(), timeout, pace })
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn send(&self, request: &Request) -> Result<Reply, WireError> {
        self.pace.wait().await;
        let began = pace::now();
        let exchange = tokio::time::timeout(self.timeout, self.exchange(request)).await;
        let exchange = exchange.map_err(|_| WireError::TooSlow { after: self.timeout })?;
        let (status, headers, body) = exchange?;
        Ok(Reply { status, headers, body, took: pace::now().saturating_duration_since(began) })
    }

    /// A connection that was kept may have been closed meanwhile: then the request is sent once more, on a new one.
    async fn exchange(&self, request: &Request) -> Result<(StatusCode, HeaderMap, Bytes), WireError> {
        if let Some(kept) = self.take(&request.origin) {
            match self.ask(kept, request).await {
                Err(WireError::Closed { .. }) => {}
                answered => return answered,
            }
        }
        let fresh = self.connect(&request.origin).await?;
        self.ask(fresh, request).await
    }

    async fn ask(
        &self,
        mut connection: SendRequest<Body>,
        request: &Request,
    ) -> Result<(StatusCode, HeaderMap, Bytes), WireError> {
        connection.ready().await.map_err(|error| WireError::of(&error))?;
        let response =
            connection.send_request(message(request)?).await.map_err(|error| WireError::of(&error))?;
        let (head, body) = response.into_parts();
        let body = read(body).await?;
        // The rest of the last answer is out of it now; where the server ends the connection, it is found closed.
        if connection.ready().await.is_ok() {
            self.free.borrow_mut().entry(request.origin.clone()).or_default().push(connection);
        }
        Ok((head.status, head.headers, body))
    }

    fn take(&self, origin: &Origin) -> Option<SendRequest<Body>> {
        let mut free = self.free.borrow_mut();
        let connections = free.get_mut(origin)?;
        std::iter::from_fn(|| connections.pop()).find(|connection| !connection.is_closed())
    }

    async fn connect(&self, origin: &Origin) -> Result<SendRequest<Body>, WireError> {
        let stream = self.connector.connect(origin).await?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| WireError::of(&error))?;
        // It ends with its sender, or with the thread's runtime; what went wrong on it, the sender is told.
        tokio::spawn(async {
            let _ = connection.await;
        });
        Ok(sender)
    }
}

fn message(request: &Request) -> Result<hyper::Request<Body>, WireError> {
    let bad = || WireError::BadUrl { url: format!("{}{}", request.origin, request.target) };
    let uri: Uri = request.target.parse().map_err(|_| bad())?;
    let mut message = hyper::Request::new(request.body.clone());
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = uri;
    *message.headers_mut() = request.headers.clone();
    let host = request.origin.authority().parse().map_err(|_| bad())?;
    message.headers_mut().insert(hyper::header::HOST, host);
    Ok(message)
}

async fn read(body: Incoming) -> Result<Bytes, WireError> {
    match Limited::new(body, LONGEST_ANSWER).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(match error.downcast::<hyper::Error>() {
            Ok(error) => WireError::of(&error),
            Err(_) => WireError::TooLong { most: LONGEST_ANSWER },
        }),
    }
}
