//! The way of one exchange: read once, routed once, checked, answered, recorded. This is the one place that
//! knows both sides.

use std::{io, sync::Arc};

use hyper::{
    Method, Request, Response,
    body::Incoming,
    header::{self, HeaderValue},
    http::request::Parts,
};
use tokio::net::TcpListener;

use super::{
    compose::Server,
    date::http_date,
    host::Host,
    recorder::{RecordedBody, Recorder, respond},
    unreadable::in_the_clear,
};
use crate::{
    alloy::{self, Route},
    control,
    exchange::{Answer, BUCKET, Content, is_host_of_bucket},
    http::{self, Line, Patience, RequestBody, Stop},
};

/// Serves an emulator until it is told to stop.
pub(crate) async fn serve(server: Server, listener: TcpListener, stop: Stop) {
    serve_shared(Arc::new(server), listener, stop).await;
}

/// As [`serve`], for an emulator that others look into meanwhile.
pub(super) async fn serve_shared(server: Arc<Server>, listener: TcpListener, stop: Stop) {
    let (mut end, journal) = (stop.clone(), Arc::clone(&server.books.journal));
    let (unreadable, tls) = (Arc::clone(&server), Arc::clone(&server.tls));
    let handle = move |request: Request<Incoming>, line: Line| {
        let server = Arc::clone(&server);
        async move { server.answer(request, &line).await }
    };
    let service = http::Service {
        limits: http::Limits::default(),
        handle,
        on_unreadable: Arc::new(move |request| unreadable.record_unreadable(&request)),
        tls: Arc::new(move || tls.config().map_err(io::Error::other)),
    };
    let close = async {
        end.told().await;
        // Who follows it would be waited for.
        journal.close();
    };
    tokio::join!(http::serve(listener, service, stop), close);
}

/// Who answers a request.
enum Side<'a> {
    Control,
    Alloy(Route<'a>),
    S3,
}

impl Server {
    async fn answer(&self, request: Request<Incoming>, line: &Line) -> Response<RecordedBody> {
        let (mut head, body) = request.into_parts();
        let refused = self.forward(&mut head, line).await;
        self.around_alloy.request(&mut head);
        let head = Arc::new(head);
        let body = RequestBody::new(body, &head.headers, self.idle_timeout);
        if let Some(answer) = refused {
            let recorder = self.record(&head, body);
            return self.answer_recorded(&head, answer, recorder).await;
        }
        let host = Host::of(&head.headers, head.version, self.address);
        let host = host.as_ref();
        match self.side(&head, host) {
            Side::Control => self.answer_control(&head, host, body).await,
            Side::Alloy(route) => {
                let mut recorder = self.record(&head, body);
                let answer = self.answer_alloy(&head, route, host, &mut recorder, line).await;
                self.answer_recorded(&head, answer, recorder).await
            }
            Side::S3 => {
                let mut recorder = self.record(&head, body);
                let (answer, reason) = self.answer_s3(&head, &mut recorder, line).await;
                let mut response = self.answer_recorded(&head, answer, recorder).await;
                if let Some(reason) = reason {
                    response.extensions_mut().insert(reason);
                }
                response
            }
        }
    }

    /// `Host` decides first, then the path; what is neither Alloy's nor plainly S3's is Alloy's to refuse.
    fn side<'a>(&self, head: &'a Parts, host: Option<&Host>) -> Side<'a> {
        let path = head.uri.path();
        let name = host.map_or("", Host::name);
        if is_host_of_bucket(name.as_bytes(), BUCKET) || self.forward.is_s3(name) {
            return Side::S3;
        }
        // Under a name that belongs to somebody else nobody is to meet it.
        if path.starts_with(control::PREFIX) && !self.forward.intercepts(name) {
            return Side::Control;
        }
        match alloy::route(&head.method, path, self.contract.base_paths(), is_preflight(head)) {
            Route::NotFound if is_for_s3(head) => Side::S3,
            route => Side::Alloy(route),
        }
    }

    async fn answer_control(
        &self,
        head: &Parts,
        host: Option<&Host>,
        mut body: RequestBody,
    ) -> Response<RecordedBody> {
        let answer = self.control.answer(head, host.map_or("", Host::name), &mut body).await;
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

    fn record(&self, head: &Arc<Parts>, body: RequestBody) -> Box<Recorder> {
        let mut recorder = Recorder::begin(&self.books, self.clock.now(), head, body);
        recorder.violations(in_the_clear(head));
        recorder
    }

    async fn answer_recorded(
        &self,
        head: &Parts,
        answer: Answer,
        mut recorder: Box<Recorder>,
    ) -> Response<RecordedBody> {
        recorder.settle(head).await;
        let is_read = recorder.is_read();
        recorder.answer(&answer);
        self.finish(respond(answer, Some(recorder)), is_read)
    }

    /// What every answer has: the emulator's date, and word that the connection ends where the rest of the
    /// request's body will not be read.
    fn finish(&self, mut response: Response<RecordedBody>, is_read: bool) -> Response<RecordedBody> {
        let headers = response.headers_mut();
        if let Some(date) = http_date(self.clock.now()) {
            headers.insert(header::DATE, date);
        }
        if !is_read {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Whether a browser asks what a page may do.
fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS && head.headers.contains_key(header::ORIGIN)
}

/// Whether a request that is not for Alloy's side is for S3's.
fn is_for_s3(head: &Parts) -> bool {
    let first_segment = head.uri.path().split('/').nth(1);
    let query = head.uri.query().unwrap_or_default();
    first_segment == Some(BUCKET)
        || query.split('&').any(|parameter| parameter.starts_with("X-Amz-"))
        || is_preflight(head)
}
