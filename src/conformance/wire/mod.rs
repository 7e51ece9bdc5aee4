//! The HTTP client of the suites: it adds, follows and decodes nothing, and limits the time and the size of answers.
//! Each thread of a suite has a [`Wire`].

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

/// Longest answer, in bytes.
const MAX_ANSWER: usize = 8 << 20;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The server, for the connection and for `Host`.
    pub(crate) origin: Origin,
    /// Path and query.
    pub(crate) target: String,
    /// All headers except `Host` and those that frame the body.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) took: Duration,
}

/// Sends requests over connections that are kept open.
pub(crate) struct Wire {
    connector: Arc<Connector>,
    /// Idle connections.
    free: RefCell<HashMap<Origin, Vec<SendRequest<Body>>>>,
    timeout: Duration,
    pace: Arc<Pace>,
}

impl Wire {
    /// Creates a wire with a limit on the real time of an exchange.
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

    /// Sends a request over an idle connection, and again over a new one if that was closed meanwhile.
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
        // Not ready if the server closes the connection.
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
        // It ends with its sender, or with the thread's runtime; the sender gets its errors.
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
    match Limited::new(body, MAX_ANSWER).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => Err(match error.downcast::<hyper::Error>() {
            Ok(error) => WireError::of(&error),
            Err(_) => WireError::TooLong { most: MAX_ANSWER },
        }),
    }
}
