//! The path of an exchange with `assay proxy`: the proxy replaces the emulator's APIs; faults, the journal and the
//! findings are the same.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use hyper::{
    Method, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    http::request::Parts,
};

use super::{
    call::{Call, RecordedBody, raw},
    compose::{Server, SetUpError},
    explain::explain,
    host::Host,
    unreadable::in_the_clear,
};
use crate::{
    alloy::{self, Route},
    config::ProxySettings,
    contract::Contract,
    control,
    exchange::{Answer, Difference, PRODUCTION, Rng, Verdict},
    fault::Faults,
    files::Clock,
    http::{ConnectionHandle, Connector, HttpUrl, Origin, RequestBody, Via},
    proxy::{
        Baseline, Client, Drifts, Forwarded, Interest, Judge, Judged, Passed, Passing, Place, Proxy,
        Recorder, Storage, UpstreamError,
    },
    s3::{self, Refusal},
};

/// Calls of the control API that are about the server behind the proxy.
const OF_UPSTREAM: [&str; 3] = ["clock", "objects", "scenarios"];

/// Creates the proxy of these settings.
pub(super) fn proxy(
    settings: &ProxySettings,
    contract: Contract,
    clock: &Arc<Clock>,
    rng: &Arc<Rng>,
    faults: &Faults,
) -> Result<(Proxy, Arc<Drifts>), SetUpError> {
    let url = settings.upstream.as_ref().map_or("", |url| url.0.as_str());
    let upstream: HttpUrl = url
        .parse()
        .map_err(|error| SetUpError::Upstream(format!("--upstream: invalid URL `{url}`: {error}")))?;
    let connector = match &settings.ca {
        Some(file) => Connector::trusting(&file.0)?,
        None => Connector::default(),
    };
    faults.only_for_proxies()?;
    let recorder = settings.record.as_ref().map(|file| {
        let unwritable =
            |error| SetUpError::Upstream(format!("--record: cannot write `{}`: {error}", file.0.display()));
        Recorder::create(&file.0).map_err(unwritable)
    });
    let baseline =
        settings.drift.baseline.as_ref().map(|file| Baseline::read(&file.0)).transpose()?.flatten();
    let drifts =
        Drifts::new(recorder.transpose()?, baseline, contract.places(), Some(upstream.origin.to_string()));
    let drifts = Arc::new(drifts.failing(settings.drift.fail_on.drift));
    let storage = Storage::new(Arc::clone(clock), Arc::clone(rng));
    let judge = Judge::new(contract, storage, Arc::clone(&drifts), false);
    let client = Client::new(connector, settings.upstream_timeout.0);
    Ok((Proxy::new(&upstream, client, !settings.no_rewrite.0, judge, Arc::clone(clock)), drifts))
}

impl Server {
    /// Answers a request by way of the proxy.
    pub(super) async fn pass_on(
        &self,
        proxy: &Proxy,
        mut head: Parts,
        body: Incoming,
        connection: ConnectionHandle,
    ) -> Response<RecordedBody> {
        let host = Host::of(&head.headers, head.version, self.address);
        let name = host.as_ref().map_or("", Host::name).to_owned();
        let body = RequestBody::new(body, &head.headers, self.idle_timeout);
        let is_control = head.uri.path().starts_with(control::PREFIX) || control::leads_to_page(&head);
        if is_control && !self.forward.intercepts(&name) {
            return self.pass_control(proxy, head, host.as_ref(), body).await;
        }
        let via = head.extensions.get::<Via>();
        let (is_tls, is_tunnelled) = via.map_or((false, false), |via| (via.is_tls, via.tunnel.is_some()));
        let authority = host.as_ref().map_or(name.as_str(), Host::authority);
        let is_storage = self.forward.is_s3(&name);
        let place = proxy.place(&head, authority, is_storage);
        let scheme = if is_tls { "https" } else { "http" };
        let base = host.as_ref().map(|host| format!("{scheme}://{}", host.authority()));
        // A tunnelled client reaches these hosts here anyway.
        let base = Base { url: base, is_tunnelled };
        let sent_to = match &place {
            Place::Storage(origin) => Some(origin.clone()),
            Place::Upstream => Some(proxy.upstream().clone()),
            Place::Refused(_) => None,
        };
        let authority = sent_to.as_ref().and_then(|origin| HeaderValue::try_from(origin.authority()).ok());
        if let Some(authority) = authority {
            head.headers.insert(header::HOST, authority);
        }
        let head = Arc::new(head);
        let mut call = Call::begin(&self.records, self.clock.now(), &head, host, body, connection);
        call.exchange.report(in_the_clear(&head));
        // What is recorded is an exchange with the server behind the proxy.
        if let Some(origin) = sent_to {
            call.exchange.origin = Some(origin.to_string());
        }
        let (call, answer) = match place {
            Place::Refused(reason) => {
                let failure = s3::Failure {
                    status: Some(StatusCode::BAD_GATEWAY),
                    message: Some(&reason),
                    ..s3::Failure::default()
                };
                let answer = self.s3.fail(&head.method, &failure);
                (call, answer)
            }
            Place::Upstream => {
                let base_paths = self.alloy.base_paths();
                let is_preflight =
                    head.method == Method::OPTIONS && head.headers.contains_key(header::ORIGIN);
                let route = alloy::route(&head.method, head.uri.path(), base_paths, is_preflight);
                call.exchange.user_id = proxy.caller(&head.headers).map(|user| user.to_string());
                let inner = |call, _| self.pass_alloy(proxy, call, &route, &base);
                self.faults.around_alloy(|headers| proxy.caller(headers), call, &route, inner).await
            }
            Place::Storage(origin) => {
                call.exchange.used = self.records.detector.begin(head.uri.query());
                let inner = |call, _| self.pass_storage(proxy, call, origin);
                self.faults.around_s3(&self.s3, call, inner).await
            }
        };
        let (response, is_read) = call.respond(answer).await;
        self.finish(response, is_read)
    }

    async fn pass_alloy(
        &self,
        proxy: &Proxy,
        mut call: Box<Call>,
        route: &Route<'_>,
        base: &Base,
    ) -> (Box<Call>, Answer) {
        let head = Arc::clone(&call.head);
        let passing = match (call.read.take(), call.body.take()) {
            (Some(Err(error)), body) => {
                call.body = body;
                return (call, error.into_answer());
            }
            (Some(Ok(read)), body) => {
                call.body = body;
                Passing::whole(read)
            }
            (None, Some(body)) => Passing::of(body, Interest::Text, expects(&head)),
            (None, None) => Passing::whole(Bytes::new()),
        };
        let leads_here = |origin: &Origin| base.is_tunnelled && self.forward.intercepts(origin.host());
        let Forwarded { answer, original, judged, passed } =
            proxy.alloy(&head, route, base.url.as_deref(), &leads_here, &passing).await;
        if let Some(text) = passed.text.as_ref().filter(|_| route.operation().takes_json()) {
            call.exchange.request.set_body(text);
        }
        call.original = original;
        let failed = take_back(&mut call, passed);
        note(&mut call, judged);
        let answer = match (answer, failed) {
            (Ok(answer), _) => answer,
            (Err(_), Some(error)) => alloy::Error::from(error).into_answer(),
            (Err(error), None) => {
                fail(&mut call, &error);
                alloy::fail(error.status(), Some(&error.to_string()), None)
            }
        };
        (call, answer)
    }

    async fn pass_storage(
        &self,
        proxy: &Proxy,
        mut call: Box<Call>,
        origin: Origin,
    ) -> (Box<Call>, Answer, bool) {
        let head = Arc::clone(&call.head);
        let passing = match call.body.take() {
            Some(body) => Passing::of(body, Interest::Digest, expects(&head)),
            None => Passing::whole(Bytes::new()),
        };
        let Forwarded { answer, mut judged, passed, .. } = proxy.storage(&head, &origin, &passing).await;
        call.exchange.md5 = passed.md5;
        let failed = take_back(&mut call, passed);
        let refusal = judged.refusal.take();
        note(&mut call, judged);
        let answer = match (answer, failed) {
            (Ok(answer), _) => answer,
            (Err(_), Some(error)) => self.s3.refuse(&head.method, &Refusal::from(error)),
            (Err(error), None) => {
                fail(&mut call, &error);
                let message = error.to_string();
                let failure = s3::Failure {
                    status: Some(error.status()),
                    message: Some(&message),
                    ..s3::Failure::default()
                };
                self.s3.share(&raw(&head), self.s3.fail(&head.method, &failure))
            }
        };
        if let Some(refusal) = refusal {
            explain(&self.records.detector, &mut call, refusal.into()).await;
        }
        (call, answer, false)
    }

    /// Answers a control call; forwards calls about the upstream's state.
    async fn pass_control(
        &self,
        proxy: &Proxy,
        mut head: Parts,
        host: Option<&Host>,
        body: RequestBody,
    ) -> Response<RecordedBody> {
        let call = head.uri.path().strip_prefix(control::PREFIX).unwrap_or_default();
        let is_upstreams = OF_UPSTREAM.contains(&call.split('/').next().unwrap_or_default());
        let peer = head.extensions.get::<Via>().map(|via| via.peer.ip());
        // Other clients must not reach the upstream this way.
        let admitted = self.control.admits(host.map_or("", Host::name), &head.headers);
        if !is_upstreams || !admitted || !peer.is_some_and(|peer: IpAddr| peer.to_canonical().is_loopback()) {
            return self.answer_control(&head, host, body).await;
        }
        if let Ok(authority) = HeaderValue::try_from(proxy.upstream().authority()) {
            head.headers.insert(header::HOST, authority);
        }
        let passing = Passing::of(body, Interest::Text, false);
        let answer = proxy.control(&head, &passing).await;
        let is_read = passing.is_whole();
        let answer =
            answer.unwrap_or_else(|error| alloy::fail(error.status(), Some(&error.to_string()), None));
        self.finish(super::call::respond(answer, None), is_read)
    }

    /// Returns the host names of this server: the emulator's, and the upstream's for a proxy.
    pub(super) fn upstream_host(settings: Option<&ProxySettings>) -> Option<String> {
        let url: HttpUrl = settings?.upstream.as_ref()?.0.parse().ok()?;
        Some(url.origin.host().to_owned()).filter(|host| host != PRODUCTION && !url.origin.is_loopback())
    }
}

/// Returns the base URL under which a client called.
struct Base {
    url: Option<String>,
    is_tunnelled: bool,
}

/// Returns whether a client waits for `100 Continue`.
fn expects(head: &Parts) -> bool {
    let expect = head.headers.get(header::EXPECT);
    expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Gives the rest of its body back to the call; returns why the client's half failed.
fn take_back(call: &mut Call, passed: Passed) -> Option<crate::exchange::BodyError> {
    if passed.body.is_some() {
        call.body = passed.body;
    }
    passed.failed
}

fn note(call: &mut Call, judged: Judged) {
    let Judged { findings, differences, issued, user, .. } = judged;
    call.exchange.report(findings);
    call.exchange.differences.extend(differences);
    call.exchange.issued = issued;
    if let Some(user) = user {
        call.exchange.user_id = Some(user.to_string());
    }
}

/// Records that the upstream did not answer.
fn fail(call: &mut Call, error: &UpstreamError) {
    let difference = Difference::new(Verdict::NoAnswer, error.what(), "", error.to_string());
    call.exchange.differences.push(difference);
}
