//! The control API under `/_assay/`: how tests look into the emulator and move it. JSON, for tools on this
//! machine; no web page may drive it.

mod clock;
mod error;
mod expect;
mod fault;
mod guard;
mod inspector;
mod journal;
mod labels;
mod large;
mod objects;
mod query;
mod report;
mod stream;

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{
    Method, StatusCode,
    body::Body,
    header::{self, HeaderValue},
    http::request::Parts,
};
use serde::Serialize;
use serde_json::json;

use crate::{
    exchange::{Answer, BodyError, Content, Rng},
    fault::Faults,
    files::{Clock, State, UserId},
    journal::Journal,
    report::{Run, asset},
};

pub use guard::Hosts;
pub use large::LargeAnswers;
pub use stream::Streams;

use error::Error;
use guard::Target;
use query::Parameters;

/// Prefix of the control API.
pub const PREFIX: &str = "/_assay/";

/// This API's own document.
const DOCUMENT: &str = include_str!("../../openapi/assay-control.yaml");

/// Prefix of the path of one fault.
const ONE_FAULT: &str = "faults/";

/// The most that a call's body may have.
const MAX_BODY: usize = 64 << 10;

/// The most that the body of a call to the faults may have: rules are set by the thousand.
const MAX_FAULTS: usize = 1 << 20;

/// Findings that are derived after their exchanges.
pub trait Advice: Send + Sync {
    /// Adds findings that are certain by now to the journal.
    fn settle(&self);

    /// Forgets everything that was recorded and found, or what one user did.
    fn reset(&self, user: Option<UserId>);
}

/// Results of the run.
pub trait Results: Send + Sync {
    /// Returns the results so far, of all users or of one since that user's last reset.
    fn so_far(&self, user: Option<UserId>) -> Run;
}

/// The control API of one emulator.
pub struct Control {
    /// The emulator's memory.
    pub state: Arc<State>,
    /// Its clock.
    pub clock: Arc<Clock>,
    /// Its random number generator.
    pub rng: Arc<Rng>,
    /// Its journal.
    pub journal: Arc<Journal>,
    /// Its advice.
    pub advice: Arc<dyn Advice>,
    /// Its faults.
    pub faults: Arc<Faults>,
    /// Followers of the journal.
    pub streams: Streams,
    /// The large answers that are under way.
    pub large: LargeAnswers,
    /// Results of its run.
    pub results: Arc<dyn Results>,
    /// Returns the certificate of the local authority as PEM, or the error that prevented it.
    pub ca_pem: Box<dyn Fn() -> Result<String, String> + Send + Sync>,
    /// The names it may be called by.
    pub hosts: Hosts,
}

impl Control {
    /// Answers a call: a request whose path begins with [`PREFIX`]. `host` is the request's host, without
    /// its port, and `peer` the address that it comes from.
    pub async fn answer<B>(&self, head: &Parts, host: &str, peer: IpAddr, body: B) -> Answer
    where
        B: Body<Data = Bytes, Error = BodyError>,
    {
        match self.call(head, host, peer, body).await {
            Ok(answer) => answer,
            Err(error) => error.into_answer(),
        }
    }

    /// Returns whether a call under this host with these headers is answered: see [`Hosts`].
    pub fn admits(&self, host: &str, headers: &hyper::HeaderMap) -> bool {
        self.hosts.admit(Target::Call, host, headers).is_ok()
    }

    /// Everything back to the start.
    pub fn reset(&self) {
        // The state first: running uploads then store nothing.
        self.state.reset();
        self.advice.reset(None);
        self.clock.reset();
        self.rng.reset();
        // Waiters wake up, and find the initial state.
        self.faults.reset();
    }

    async fn call<B>(&self, head: &Parts, host: &str, peer: IpAddr, body: B) -> Result<Answer, Error>
    where
        B: Body<Data = Bytes, Error = BodyError>,
    {
        let path = head.uri.path().strip_prefix(PREFIX);
        // A HEAD is answered as its GET is; its content is not sent.
        let method = if head.method == Method::HEAD { &Method::GET } else { &head.method };
        let asset = path.and_then(asset).filter(|_| *method == Method::GET);
        let target = if asset.is_some() || path.is_none() { Target::Page } else { Target::Call };
        self.hosts.admit(target, host, &head.headers)?;
        if let Some(asset) = asset {
            return Ok(inspector::show(asset, &head.headers));
        }
        let Some(path) = path else { return Ok(inspector::redirect()) };
        let parameters = Parameters::parse(head.uri.query().unwrap_or_default())?;
        match (path, method) {
            ("health", &Method::GET) => {
                parameters.done()?;
                Ok(ok(&json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})))
            }
            ("reset", &Method::POST) => self.answer_reset(parameters),
            ("clock", &Method::GET) => {
                parameters.done()?;
                Ok(clock::show(self.clock.reading()))
            }
            ("clock", &Method::POST) => {
                parameters.done()?;
                clock::change(&self.clock, &read(body, MAX_BODY).await?)
            }
            ("faults", method) => {
                fault::all(&self.faults, method, parameters, &read(body, MAX_FAULTS).await?)
            }
            ("expect", method) => {
                self.advice.settle();
                expect::answer(&self.journal, method, parameters, &read(body, MAX_BODY).await?)
            }
            ("journal", &Method::GET) => journal::exchanges(&self.journal, &self.large, parameters).await,
            ("journal.har", &Method::GET) => journal::har(&self.journal, &self.large, parameters).await,
            ("labels", &Method::GET) => labels::list(&self.journal, parameters),
            ("labels", &Method::POST) => {
                parameters.done()?;
                labels::set(&self.journal, &read(body, MAX_BODY).await?)
            }
            ("scenarios", &Method::GET) => {
                parameters.done()?;
                Ok(fault::scenarios())
            }
            ("openapi.yaml", &Method::GET) => {
                parameters.done()?;
                Ok(Answer::new(StatusCode::OK, Content::Whole(DOCUMENT.into()))
                    .with(header::CONTENT_TYPE, HeaderValue::from_static("application/yaml")))
            }
            ("report.html", &Method::GET) => {
                report::page(&*self.results, &self.journal, &self.large, parameters).await
            }
            ("journal/stream", &Method::GET) => {
                stream::open(&self.journal, &self.streams, peer, &head.headers, parameters)
            }
            ("findings", &Method::GET) => {
                self.advice.settle();
                journal::findings(&self.journal, &self.large, parameters).await
            }
            ("ca.pem", &Method::GET) => {
                parameters.done()?;
                let pem = (self.ca_pem)().map_err(Error::NoAuthority)?;
                Ok(Answer::new(StatusCode::OK, Content::Whole(pem.into()))
                    .with(header::CONTENT_TYPE, HeaderValue::from_static("application/x-pem-file"))
                    .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
            }
            ("objects", &Method::GET) => objects::list(&self.state, &self.large, parameters).await,
            (
                "" | "health" | "ca.pem" | "journal" | "journal/stream" | "journal.har" | "findings"
                | "objects" | "scenarios" | "openapi.yaml" | "report.html",
                _,
            ) => Err(Error::MethodNotAllowed("GET")),
            ("reset", _) => Err(Error::MethodNotAllowed("POST")),
            ("clock" | "labels", _) => Err(Error::MethodNotAllowed("GET, POST")),
            ("report.json" | "report.xml" | "report.md", _) => {
                if *method != Method::GET {
                    return Err(Error::MethodNotAllowed("GET"));
                }
                let kind = report::kind(path).ok_or(Error::NotFound)?;
                report::show(kind, &*self.results, &self.large, parameters).await
            }
            _ if path.starts_with(ONE_FAULT) => {
                parameters.done()?;
                fault::one(&self.faults, method, &path[ONE_FAULT.len()..])
            }
            _ => match (path.strip_prefix("objects/"), method) {
                (Some(key), &Method::GET) => objects::content(&self.state, key),
                (Some(key), &Method::DELETE) => objects::delete(&self.state, key),
                (Some(_), _) => Err(Error::MethodNotAllowed("GET, DELETE")),
                (None, _) => Err(Error::NotFound),
            },
        }
    }

    fn answer_reset(&self, parameters: Parameters<'_>) -> Result<Answer, Error> {
        match parameters.only_user()? {
            None => self.reset(),
            Some(user) => {
                self.state.reset_user(user);
                self.advice.reset(Some(user));
            }
        }
        Ok(ok(&json!({"status": "ok"})))
    }
}

/// Returns whether a request outside of the API leads to the inspector: its path without the slash, or the root, for a
/// browser.
pub fn leads_to_page(head: &Parts) -> bool {
    let reads = matches!(head.method, Method::GET | Method::HEAD);
    let accepts = head.headers.get(header::ACCEPT).and_then(|types| types.to_str().ok());
    let is_browser = || accepts.is_some_and(|types| types.contains("text/html"));
    match head.uri.path() {
        "/_assay" => reads,
        "/" => reads && head.uri.query().is_none() && is_browser(),
        _ => false,
    }
}

/// Reads the whole body of a call.
async fn read<B: Body<Data = Bytes, Error = BodyError>>(body: B, limit: usize) -> Result<Bytes, Error> {
    let body = Limited::new(body, limit).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| {
        match error.downcast::<BodyError>().as_deref() {
            Ok(error @ BodyError::Coding(_)) => Error::UnknownCoding(error.to_string()),
            Ok(error) => Error::BadBody(error.to_string()),
            Err(_) => Error::BodyTooLarge(limit),
        }
    })
}

fn ok<T: Serialize>(value: &T) -> Answer {
    json_answer(StatusCode::OK, value)
}

fn json_answer<T: Serialize>(status: StatusCode, value: &T) -> Answer {
    // Serialising our own structs into memory cannot fail.
    let mut body = serde_json::to_vec(value).unwrap_or_default();
    // People call this from a shell.
    body.push(b'\n');
    Answer::new(status, Content::Whole(body.into()))
        .with(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}
