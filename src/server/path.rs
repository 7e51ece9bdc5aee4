//! The path of one exchange: read once, routed once, answered through the layers, recorded.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use hyper::{
    Method, Request, Response,
    body::{Body as _, Incoming},
    header::{self, HeaderValue},
    http::request::Parts,
};
use tokio::net::TcpListener;

use super::{
    call::{Call, RecordedBody, raw, respond},
    compose::Server,
    explain::{explain, name_findings},
    fault::{Policies, Signer},
    host::Host,
    unreadable::{in_the_clear, other_host},
};
use crate::{
    alloy::{self, Route},
    control,
    exchange::{Answer, BUCKET, Content, is_host_of_bucket},
    http::{self, ConnectionHandle, Patience, RequestBody, Stop, Via},
    s3::Refusal,
};

/// Serves an emulator until `stop`.
pub(crate) async fn serve(server: Server, listener: TcpListener, stop: Stop) {
    serve_shared(Arc::new(server), listener, stop).await;
}

/// Like [`serve`], for an emulator that is also used directly.
pub(super) async fn serve_shared(server: Arc<Server>, listener: TcpListener, stop: Stop) {
    let (mut end, journal) = (stop.clone(), Arc::clone(&server.records.journal));
    let unreadable = Arc::clone(&server);
    #[cfg(feature = "tls")]
    let tls = Arc::clone(&server.tls);
    let handle = move |request: Request<Incoming>, connection: ConnectionHandle| {
        let server = Arc::clone(&server);
        async move { server.answer(request, connection).await }
    };
    let service = http::Service {
        limits: http::Limits::default(),
        handle,
        on_unreadable: Arc::new(move |request| unreadable.record_unreadable(&request)),
        #[cfg(feature = "tls")]
        tls: Arc::new(move || tls.config().map_err(io::Error::other)),
        #[cfg(not(feature = "tls"))]
        tls: Arc::new(|| Err(io::ErrorKind::Unsupported.into())),
    };
    let close = async {
        end.requested().await;
        // A follower would delay the shutdown.
        journal.close();
    };
    tokio::join!(http::serve(listener, service, stop), close);
}

/// Server that answers a request.
enum Api<'a> {
    Control,
    Alloy(Route<'a>),
    S3,
}

impl Server {
    /// Answers a request through the layers: calls are recorded whatever happens; faults wrap the
    /// APIs; answers of the Alloy API are checked, refusals of S3 are explained.
    async fn answer(
        &self,
        request: Request<Incoming>,
        connection: ConnectionHandle,
    ) -> Response<RecordedBody> {
        let (mut head, body) = request.into_parts();
        let refusal = self.forward(&mut head, &connection).await;
        // It is for another host: no call of an API, and in no journal.
        if let Some(refusal) = refusal {
            return self.finish(respond(refusal, None), body.is_end_stream());
        }
        #[cfg(feature = "cli")]
        if let Some(proxy) = &self.proxy {
            return self.pass_on(proxy, head, body, connection).await;
        }
        self.alloy_hooks.request(&mut head);
        let body = RequestBody::new(body, &head.headers, self.idle_timeout);
        let head = Arc::new(head);
        let host = Host::of(&head.headers, head.version, self.address);
        let begin = |host, body| {
            let mut call = Call::begin(&self.records, self.clock.now(), &head, host, body, connection);
            call.exchange.report(in_the_clear(&head));
            call.exchange.report(other_host(&head, call.host.as_ref()));
            call
        };
        let (call, answer) = match self.api_of(&head, host.as_ref()) {
            Api::Control => return self.answer_control(&head, host.as_ref(), body).await,
            Api::Alloy(route) => {
                let inner = |call, signer| self.answer_alloy(call, &route, signer);
                self.faults
                    .around_alloy(|headers| self.alloy.caller(headers), begin(host, body), &route, inner)
                    .await
            }
            Api::S3 => {
                let mut call = begin(host, body);
                // Used is used, also where a fault answers.
                call.exchange.used = self.records.detector.begin(head.uri.query());
                let inner = |call, policies| self.answer_s3(call, policies);
                self.faults.around_s3(&self.s3, call, inner).await
            }
        };
        let answer = if self.names_findings {
            name_findings(&self.records.detector, &call.exchange, answer)
        } else {
            answer
        };
        let (response, is_read) = call.respond(answer).await;
        self.finish(response, is_read)
    }

    /// Routes a request by `Host`, then by path. Other requests get the Alloy API's 404.
    fn api_of<'a>(&self, head: &'a Parts, host: Option<&Host>) -> Api<'a> {
        let path = head.uri.path();
        let name = host.map_or("", Host::name);
        if is_host_of_bucket(name.as_bytes(), BUCKET) || self.forward.is_s3(name) {
            return Api::S3;
        }
        // The control API does not answer under names of other servers.
        let is_control = path.starts_with(control::PREFIX) || control::leads_to_page(head);
        if is_control && !self.forward.intercepts(name) {
            return Api::Control;
        }
        match alloy::route(&head.method, path, self.alloy.base_paths(), is_preflight(head)) {
            Route::NotFound if is_for_s3(head) => Api::S3,
            route => Api::Alloy(route),
        }
    }

    async fn answer_alloy(
        &self,
        mut call: Box<Call>,
        route: &Route<'_>,
        signer: Signer<'_>,
    ) -> (Box<Call>, Answer) {
        let head = Arc::clone(&call.head);
        let Call { exchange, host, body, read, .. } = &mut *call;
        let is_tls = head.extensions.get::<Via>().is_some_and(|via| via.is_tls);
        let base = host.as_ref().map(|host| self.forward.base(host.name(), host.authority(), is_tls));
        let (base, read) = (base.as_deref(), read.take());
        let request = alloy::Request { head: &head, route, base, body: body.as_mut(), read };
        let answer = self.alloy.handle(request, &signer, exchange).await;
        let answer = match route {
            Route::Operation(operation, _) => {
                exchange.report(self.alloy.check_answer(*operation, &answer));
                self.alloy_hooks.answer(*operation, &head, answer)
            }
            _ => answer,
        };
        (call, answer)
    }

    /// Answers like S3; also returns whether S3 refuses the URL as expired.
    async fn answer_s3(&self, mut call: Box<Call>, policies: Policies) -> (Box<Call>, Answer, bool) {
        let head = Arc::clone(&call.head);
        let Policies { now, keep } = policies;
        let request = raw(&head);
        let (answer, rejection) =
            self.s3.handle(&request, &*self.s3_hooks, now, keep, call.body.as_mut()).await;
        let mut is_expired = false;
        if let Some(rejection) = rejection {
            is_expired = matches!(rejection.refusal, Refusal::Expired { .. });
            explain(&self.records.detector, &mut call, rejection).await;
        }
        (call, answer, is_expired)
    }

    pub(super) async fn answer_control(
        &self,
        head: &Parts,
        host: Option<&Host>,
        mut body: RequestBody,
    ) -> Response<RecordedBody> {
        let via = head.extensions.get::<Via>();
        let peer = via.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |via| via.peer.ip());
        let answer = self.control.answer(head, host.map_or("", Host::name), peer, &mut body).await;
        let is_read = body.is_read();
        drop(body);
        let patience = match &answer.content {
            Content::Live(live) => Some(Patience::until(live.given_up())),
            _ => None,
        };
        let mut response = respond(answer, None);
        if let Some(patience) = patience {
            response.extensions_mut().insert(patience);
        }
        self.finish(response, is_read)
    }

    /// Adds what every answer has: the emulator's date, and word that the connection ends where the rest of the
    /// request's body will not be read.
    pub(super) fn finish(
        &self,
        mut response: Response<RecordedBody>,
        is_read: bool,
    ) -> Response<RecordedBody> {
        let headers = response.headers_mut();
        // A forwarded answer has the other server's headers.
        if !headers.contains_key(header::DATE)
            && let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(self.clock.now().into()))
        {
            headers.insert(header::DATE, date);
        }
        if !is_read {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Returns whether a request is a browser's preflight.
fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS && head.headers.contains_key(header::ORIGIN)
}

/// Returns whether a request that is not for the Alloy API is for the S3 API.
fn is_for_s3(head: &Parts) -> bool {
    let first_segment = head.uri.path().split('/').nth(1);
    let query = head.uri.query().unwrap_or_default();
    first_segment == Some(BUCKET)
        || query.split('&').any(|parameter| parameter.starts_with("X-Amz-"))
        || is_preflight(head)
}
