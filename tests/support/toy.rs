//! A minimal server, as a team might write it: only the happy path of Alloy's file API, on hyper, sharing no code with
//! the emulator. One user, no keys, no refusals, no signatures, no duplicates.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full};
use hyper::{Method, Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

const USER: &str = "651eb6e11d156e0d7a42c59d";

/// The server; it ends with the test's process.
pub struct Toy {
    address: SocketAddr,
}

#[derive(Default)]
struct Shelf(Mutex<BTreeMap<String, Bytes>>);

impl Toy {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shelf = Arc::new(Shelf::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::spawn(move || runtime.block_on(serve(listener, shelf)));
        Self { address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener, shelf: Arc<Shelf>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let shelf = Arc::clone(&shelf);
        let service = service_fn(move |request| {
            let shelf = Arc::clone(&shelf);
            async move { Ok::<_, Infallible>(shelf.answer(request).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

impl Shelf {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        let path = percent_decode_str(head.uri.path()).decode_utf8_lossy().into_owned();
        let host = head.headers.get(header::HOST).map_or("", |host| host.to_str().unwrap());
        match (&head.method, path.as_str()) {
            (&Method::POST, "/connectors/files/upload/request") => presign(host, &body),
            (&Method::GET, "/connectors/files/list") => self.list(),
            (&Method::DELETE, path) if path.starts_with("/connectors/files/") => {
                self.0.lock().unwrap().remove(&path["/connectors/files/".len()..]);
                reply(200, &json!({"success": true, "message": "File deleted successfully"}))
            }
            (&Method::PUT, path) => {
                self.0.lock().unwrap().insert(path[1..].to_owned(), body);
                Response::new(Full::default())
            }
            _ => reply(404, &json!({"message": "Not Found"})),
        }
    }

    fn list(&self) -> Response<Full<Bytes>> {
        let shelf = self.0.lock().unwrap();
        let files = shelf.iter().map(|(key, content)| {
            let filename = key.split_once('_').map_or(key.as_str(), |(_, name)| name);
            let date = "2026-01-02T03:04:05.000Z";
            json!({"s3Key": key, "filename": filename, "size": content.len(), "lastModified": date})
        });
        reply(200, &json!({"files": files.collect::<Vec<_>>()}))
    }
}

fn presign(host: &str, body: &[u8]) -> Response<Full<Bytes>> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let md5 = match hex::decode(text("md5")) {
        Ok(digest) => BASE64_STANDARD.encode(digest),
        Err(_) => text("md5").to_owned(),
    };
    let key = format!(
        "{USER}_{}",
        text("filename").replace(|one: char| !one.is_ascii_alphanumeric() && one != '.', "-")
    );
    let url = format!("http://{host}/{}", utf8_percent_encode(&key, NON_ALPHANUMERIC));
    reply(200, &json!({"presignedUrl": {"md5": md5, "presignedUrl": url, "type": "new", "s3Key": key}}))
}

fn reply(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let builder = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    builder.body(body.to_string().into()).unwrap()
}
