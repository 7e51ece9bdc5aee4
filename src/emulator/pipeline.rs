//! The way of one exchange: read once, routed once, checked, answered, recorded. This is the one place that
//! knows both sides.

use std::sync::Arc;

use hyper::{
    Method, Request, Response,
    body::Incoming,
    header::{self, HeaderValue},
    http::request::Parts,
};
use tokio::net::TcpListener;

use super::{
    date::http_date,
    host::Host,
    recorder::{RecordedBody, Recorder, respond},
    rooms::{BUCKET, Rooms},
};
use crate::{
    control,
    http::{self, RequestBody, Stop},
};

/// Serves an emulator until it is told to stop.
pub(crate) async fn serve(rooms: Rooms, listener: TcpListener, stop: Stop) {
    serve_shared(Arc::new(rooms), listener, stop).await;
}

/// As [`serve`], for an emulator that others look into meanwhile.
pub(super) async fn serve_shared(rooms: Arc<Rooms>, listener: TcpListener, stop: Stop) {
    let handle = move |request: Request<Incoming>| {
        let rooms = Arc::clone(&rooms);
        async move { rooms.answer(request).await }
    };
    http::serve(listener, http::Limits::default(), handle, stop).await;
}

/// Who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Control,
    Alloy,
    S3,
}

impl Rooms {
    async fn answer(&self, request: Request<Incoming>) -> Response<RecordedBody> {
        let (head, body) = request.into_parts();
        let body = RequestBody::new(body, self.idle_timeout);
        let host = Host::of(&head.headers, head.version, self.address);
        match self.side(&head, host.as_ref()) {
            Side::Control => self.answer_control(&head, host.as_ref(), body).await,
            side => self.answer_recorded(side, Arc::new(head), host.as_ref(), body).await,
        }
    }

    /// `Host` decides first, then the path; what is neither Alloy's nor plainly S3's is Alloy's to refuse.
    fn side(&self, head: &Parts, host: Option<&Host>) -> Side {
        let path = head.uri.path();
        if host.is_some_and(|host| is_virtual_host(host.name())) {
            Side::S3
        } else if path.starts_with(control::PREFIX) {
            Side::Control
        } else if self.is_path_of_alloy(path) || !is_for_s3(head) {
            Side::Alloy
        } else {
            Side::S3
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
        self.finish(respond(answer, None), is_read)
    }

    async fn answer_recorded(
        &self,
        side: Side,
        head: Arc<Parts>,
        host: Option<&Host>,
        body: RequestBody,
    ) -> Response<RecordedBody> {
        let mut recorder = Recorder::begin(&self.journal, self.clock.now(), &head, body);
        let answer = match side {
            Side::S3 => self.answer_s3(&head, &mut recorder).await,
            Side::Alloy | Side::Control => self.answer_alloy(&head, host, &mut recorder).await,
        };
        recorder.settle(&head).await;
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

/// Whether a host is the bucket's own (virtual-host style).
fn is_virtual_host(host: &str) -> bool {
    let start = host.get(..BUCKET.len()).is_some_and(|start| start.eq_ignore_ascii_case(BUCKET));
    start && host.as_bytes().get(BUCKET.len()) == Some(&b'.')
}

/// Whether a request that is not for Alloy's side is for S3's.
fn is_for_s3(head: &Parts) -> bool {
    let first_segment = head.uri.path().split('/').nth(1);
    let query = head.uri.query().unwrap_or_default();
    first_segment == Some(BUCKET)
        || query.split('&').any(|parameter| parameter.starts_with("X-Amz-"))
        || (head.method == Method::OPTIONS && head.headers.contains_key(header::ORIGIN))
}
