//! The server under test: its address, its accounts, and its features besides the file API.

use std::{path::PathBuf, rc::Rc, sync::Arc};

use hyper::{HeaderMap, Method, StatusCode, header, header::HeaderValue};
use serde_json::{Value, json};

use super::{
    CannotRun, Need,
    wire::{Body, Reply, Request, Wire},
};
use crate::{
    contract::Contract,
    http::{HttpUrl, InvalidUrl},
    report::Status,
};

/// The value of `x-api-version` in the documents.
pub(super) const API_VERSION: &str = "2025-09";

/// A key that no account has, unless any key works.
pub(super) const UNKNOWN_KEY: &str = "assay-a-key-of-nobody";

/// A server under test.
pub(super) struct Target {
    /// The base URL of the API; its target has no slash at the end.
    pub(super) base: HttpUrl,
    pub(super) api_key: String,
    pub(super) other_api_key: Option<String>,
    /// Prefix of all names.
    pub(super) prefix: String,
    pub(super) allows_remote: bool,
    /// File of certificates to trust in addition to the system's.
    pub(super) ca: Option<PathBuf>,
    /// Unique to this run.
    pub(super) run: String,
    pub(super) contract: Contract,
    pub(super) offers: Offers,
    /// Set if any API key works and each has its own user. Each case then gets its own key.
    pub(super) has_user_by_key: bool,
}

/// The needs that a server does not meet: each with the status of the checks that have it, and the reason.
#[derive(Clone, Debug, Default)]
pub(super) struct Offers(Vec<(Need, Status, String)>);

/// Parses the base URL of an API.
pub(super) fn base(url: &str) -> Result<HttpUrl, InvalidUrl> {
    let HttpUrl { origin, target } = url.parse()?;
    if target.contains('?') {
        return Err(InvalidUrl);
    }
    Ok(HttpUrl { origin, target: target.trim_end_matches('/').to_owned() })
}

/// Why no check can be run against a server.
pub(super) enum Unfit {
    /// It refuses a key.
    CannotRun(CannotRun),
    /// It cannot be talked to: what happened.
    Broken(String),
}

impl Offers {
    /// Returns the status of checks whose need is not met, and the reason; `None` if it is.
    pub(super) fn lacks(&self, need: Need) -> Option<(Status, String)> {
        let lacking = self.0.iter().find(|(lacking, ..)| *lacking == need);
        lacking.map(|(_, status, why)| (*status, why.clone()))
    }

    pub(super) fn has(&self, need: Need) -> bool {
        self.lacks(need).is_none()
    }
}

impl Target {
    /// Creates a request to the API with a key and all headers that a call needs.
    pub(super) fn request(&self, method: Method, path: &str, key: &str, body: Option<&Value>) -> Request {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&format!("Bearer {key}")) {
            headers.insert(header::AUTHORIZATION, value);
        }
        headers.insert("x-api-version", HeaderValue::from_static(API_VERSION));
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Request {
            method,
            origin: self.base.origin.clone(),
            target: format!("{}{path}", self.base.target),
            headers,
            body: body.map_or_else(Body::none, |body| Body::whole(body.to_string())),
        }
    }

    /// Creates a request to the control API.
    pub(super) fn control(&self, method: Method, call: &str, body: Option<&Value>) -> Request {
        let mut request = self.request(method, &format!("/_assay/{call}"), "", body);
        request.headers.remove(header::AUTHORIZATION);
        request.headers.remove("x-api-version");
        request
    }

    /// Detects the server's features, before the first check.
    pub(super) async fn probe(&mut self, wire: &Wire) -> Result<(), Unfit> {
        let key = self.api_key.clone();
        let listed = self.list(wire, &key).await?;
        if listed.status == StatusCode::UNAUTHORIZED {
            return Err(Unfit::CannotRun(CannotRun::WrongKey));
        }
        if !is_json(&listed) {
            self.presigned_key(wire, &key).await?;
        }
        let username = format!("{}{}-probe", self.prefix, self.run);
        let body = json!({"username": username});
        let created = ask(wire, &self.request(Method::POST, "/users", &key, Some(&body))).await?;
        let mut lacking = Vec::new();
        match text_at(&created, "/userId") {
            Some(id) if created.status.is_success() => {
                let path = format!("/users/{id}");
                let _ = wire.send(&self.request(Method::DELETE, &path, &key, None)).await;
            }
            _ => lacking.push(missing(Need::Users, &created, "POST /users", "creates no users")),
        }
        for (need, call, pointer) in [(Need::Clock, "clock", "/now"), (Need::Objects, "objects", "/objects")]
        {
            let reply = match wire.send(&self.control(Method::GET, call, None)).await {
                Ok(reply) => reply,
                Err(error) => {
                    lacking.push((need, Status::Error, format!("GET /_assay/{call}: {error}")));
                    continue;
                }
            };
            let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
            if !reply.status.is_success() || body.is_none_or(|body| body.pointer(pointer).is_none()) {
                let call = format!("GET /_assay/{call}");
                lacking.push(missing(need, &reply, &call, "has no control API"));
            }
        }
        let takes_any_key = self.list(wire, UNKNOWN_KEY).await?.status.is_success();
        if takes_any_key {
            lacking.push((Need::Keys, Status::Skipped, "any API key works here".to_owned()));
        }
        if takes_any_key && lacking.iter().any(|(need, ..)| *need == Need::Users) {
            let keys = [self.presigned_key(wire, &key).await?, self.presigned_key(wire, UNKNOWN_KEY).await?];
            self.has_user_by_key = keys[0].is_some() && keys[0] != keys[1];
        }
        match &self.other_api_key {
            Some(other) if self.list(wire, other).await?.status == StatusCode::UNAUTHORIZED => {
                return Err(Unfit::CannotRun(CannotRun::WrongOtherKey));
            }
            Some(_) => {}
            None if takes_any_key => self.other_api_key = Some(format!("{key}-other")),
            None => {
                let why = "no second API key is given (see --other-api-key)";
                lacking.push((Need::OtherAccount, Status::Skipped, why.to_owned()));
            }
        }
        self.offers = Offers(lacking);
        Ok(())
    }

    async fn list(&self, wire: &Wire, key: &str) -> Result<Reply, Unfit> {
        ask(wire, &self.request(Method::GET, "/connectors/files/list", key, None)).await
    }

    /// Returns the s3Key of a presign; fails unless it is answered in JSON, since it is another kind of server then.
    async fn presigned_key(&self, wire: &Wire, key: &str) -> Result<Option<String>, Unfit> {
        let body =
            json!({"filename": "a", "mimeType": "text/plain", "md5": "d41d8cd98f00b204e9800998ecf8427e"});
        let path = "/connectors/files/upload/request";
        let request = self.request(Method::POST, path, key, Some(&body));
        let answered = ask(wire, &request).await?;
        if is_json(&answered) {
            return Ok(text_at(&answered, "/presignedUrl/s3Key"));
        }
        let kind = answered.headers.get(header::CONTENT_TYPE);
        let kind = kind.map_or("no content type".into(), |kind| String::from_utf8_lossy(kind.as_bytes()));
        Err(Unfit::Broken(format!(
            "this is not a server of Alloy's file API: POST {}{} was answered {} with {kind}, not with JSON",
            request.origin,
            request.target,
            answered.status.as_u16(),
        )))
    }
}

/// Describes a call that a server lacks. Checks that need it are skipped. If the answer is neither that of an unknown
/// path nor a page instead of JSON, it is unclear whether the server has the call, and these checks are errors.
fn missing(need: Need, reply: &Reply, call: &str, what: &str) -> (Need, Status, String) {
    let status = reply.status.as_u16();
    // Calls of the control API have no key, so that some servers answer 401 to a path that does not exist.
    let is_absent =
        matches!(status, 401 | 403 | 404 | 405 | 501) || reply.status.is_success() && !is_json(reply);
    let (verdict, why) = if is_absent {
        (Status::Skipped, format!("the server {what} ({call} was answered {status})"))
    } else {
        (Status::Error, format!("{call} was answered {status}, so nobody knows whether the server offers it"))
    };
    (need, verdict, why)
}

async fn ask(wire: &Wire, request: &Request) -> Result<Reply, Unfit> {
    wire.send(request).await.map_err(|error| {
        let Request { method, origin, target, .. } = request;
        Unfit::Broken(format!("{method} {origin}{target}: {error}"))
    })
}

/// Returns a text in an answer's JSON.
pub(super) fn text_at(reply: &Reply, pointer: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    Some(body.pointer(pointer)?.as_str()?.to_owned())
}

fn is_json(reply: &Reply) -> bool {
    serde_json::from_slice::<Value>(&reply.body).is_ok()
}

/// Environment of a thread of the suite.
pub(super) struct Harness {
    pub(super) target: Arc<Target>,
    pub(super) wire: Rc<Wire>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_may_have_a_base_path() {
        let url = base("https://localhost:80/api/").unwrap();
        assert_eq!((url.origin.authority(), url.target.as_str()), ("localhost:80", "/api"));
        assert_eq!(base("http://h").unwrap().target, "");
        assert!(base("http://h/?a").is_err());
    }
}
