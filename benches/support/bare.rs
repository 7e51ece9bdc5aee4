//! The limit: hyper and tokio as `assay serve` uses them, answering every request with the same bytes. A bench
//! starts itself a second time with [`LENGTH`] in the environment, so that the bare server is a process of
//! its own like the one it is compared with.

use std::{convert::Infallible, io::Write};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The variable that makes a process the bare server: the length of its answers in bytes.
pub const LENGTH: &str = "BARE_SERVER_LENGTH";

/// Becomes the bare server where this process was started to be it.
pub fn serve_if_asked() {
    let Some(length) = std::env::var(LENGTH).ok().and_then(|length| length.parse().ok()) else { return };
    let content = Bytes::from(vec![b'x'; length]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(serve(content));
}

async fn serve(content: Bytes) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "bare server listening on http://{}", listener.local_addr().unwrap()).unwrap();
    stdout.flush().unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let content = content.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true).unwrap();
            let service = service_fn(|request| answer(request, content.clone()));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, content: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(content));
    let json = header::HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}
