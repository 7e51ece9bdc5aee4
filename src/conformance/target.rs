//! The server under test: where it is, who asks, and what it offers beside the file API, as a look before the first
//! check tells.

use std::{path::PathBuf, rc::Rc, sync::Arc};

use hyper::{HeaderMap, Method, StatusCode, header, header::HeaderValue};
use serde_json::{Value, json};

use super::{
    Need,
    runner::Subject,
    wire::{Body, Reply, Request, Wire, WireError},
};
use crate::{
    contract::Contract,
    http::{HttpUrl, InvalidUrl, Origin},
};

/// The value of `x-api-version` that the documents name.
pub(super) const API_VERSION: &str = "2025-09";

/// A key that is nobody's, unless all are good.
pub(super) const NOBODYS_KEY: &str = "assay-a-key-of-nobody";

/// A server under test.
pub(super) struct Target {
    pub(super) origin: Origin,
    /// What is before all paths, without a slash at its end.
    pub(super) base_path: String,
    pub(super) api_key: String,
    pub(super) other_api_key: Option<String>,
    /// What all names begin with.
    pub(super) prefix: String,
    pub(super) is_remote_meant: bool,
    /// The file of certificates that are trusted beside the system's.
    pub(super) ca: Option<PathBuf>,
    /// What no two runs have the same.
    pub(super) run: String,
    pub(super) contract: Contract,
    pub(super) offers: Offers,
}

/// What a server offers: for each need, why it is not met, where it is not.
#[derive(Clone, Debug, Default)]
pub(super) struct Offers(Vec<(Need, String)>);

/// Takes the base URL of an API apart: its origin, and the path that is before all others.
pub(super) fn base(url: &str) -> Result<(Origin, String), InvalidUrl> {
    let HttpUrl { origin, target } = url.parse()?;
    if target.contains('?') {
        return Err(InvalidUrl);
    }
    Ok((origin, target.trim_end_matches('/').to_owned()))
}

/// Why nothing can be asked of a server.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It does not take the key.
    WrongKey,
    /// It does not take the second key.
    WrongOtherKey,
    /// It cannot be talked to: what was seen.
    Broken(String),
}

impl Offers {
    /// Why a need is not met; `None` where it is.
    pub(super) fn lacks(&self, need: Need) -> Option<&str> {
        self.0.iter().find(|(lacking, _)| *lacking == need).map(|(_, why)| why.as_str())
    }

    pub(super) fn has(&self, need: Need) -> bool {
        self.lacks(need).is_none()
    }

    fn lack(&mut self, need: Need, why: impl Into<String>) {
        self.0.push((need, why.into()));
    }
}

impl Target {
    /// A request to the API, with a key and all headers that a call needs.
    pub(super) fn request(&self, method: Method, path: &str, key: &str, body: Option<&Value>) -> Request {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&format!("Bearer {key}")) {
            headers.insert(header::AUTHORIZATION, value);
        }
        headers.insert("x-api-version", HeaderValue::from_static(API_VERSION));
        let body = match body {
            Some(body) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Body::whole(body.to_string())
            }
            None => Body::none(),
        };
        Request {
            method,
            origin: self.origin.clone(),
            target: format!("{}{path}", self.base_path),
            headers,
            body,
        }
    }

    /// A request to the control API.
    pub(super) fn control(&self, method: Method, call: &str, body: Option<&Value>) -> Request {
        let mut request = self.request(method, &format!("/_assay/{call}"), "", body);
        request.headers.remove(header::AUTHORIZATION);
        request.headers.remove("x-api-version");
        request
    }

    /// Looks at the server before the first check, and takes down what it offers.
    pub(super) async fn look(&mut self, wire: &Rc<Wire>) -> Result<(), Unfit> {
        let probe = Probe { target: self, wire };
        let listed = probe.list(&self.api_key).await?;
        if listed.status == StatusCode::UNAUTHORIZED {
            return Err(Unfit::WrongKey);
        }
        probe.must_be_alloys(&listed).await?;
        let mut offers = Offers::default();
        probe.users(&mut offers).await?;
        probe.control(&mut offers).await;
        let stranger = probe.list(NOBODYS_KEY).await?;
        let takes_any_key = stranger.status.is_success();
        if takes_any_key {
            offers.lack(Need::Keys, "every API key is good here");
        }
        if let Some(other) = &self.other_api_key {
            if probe.list(other).await?.status == StatusCode::UNAUTHORIZED {
                return Err(Unfit::WrongOtherKey);
            }
        } else if takes_any_key {
            self.other_api_key = Some(format!("{}-other", self.api_key));
        } else {
            offers.lack(Need::OtherAccount, "no second API key is given (see --other-api-key)");
        }
        self.offers = offers;
        Ok(())
    }
}

/// The look at a server.
struct Probe<'a> {
    target: &'a Target,
    wire: &'a Rc<Wire>,
}

impl Probe<'_> {
    async fn list(&self, key: &str) -> Result<Reply, Unfit> {
        self.ask(&self.target.request(Method::GET, "/connectors/files/list", key, None)).await
    }

    async fn ask(&self, request: &Request) -> Result<Reply, Unfit> {
        let broken = |error: WireError| {
            Unfit::Broken(format!("{} {}{}: {error}", request.method, request.origin, request.target))
        };
        self.wire.send(request).await.map_err(broken)
    }

    /// Neither of the API's two main calls is answered in JSON: this is something else.
    async fn must_be_alloys(&self, listed: &Reply) -> Result<(), Unfit> {
        if is_json(listed) {
            return Ok(());
        }
        let body =
            json!({"filename": "a", "mimeType": "text/plain", "md5": "d41d8cd98f00b204e9800998ecf8427e"});
        let path = "/connectors/files/upload/request";
        let request = self.target.request(Method::POST, path, &self.target.api_key, Some(&body));
        let answered = self.ask(&request).await?;
        if is_json(&answered) {
            return Ok(());
        }
        Err(Unfit::Broken(format!(
            "this is no server of Alloy's file API: POST {}{} was answered {} with {}, not with JSON",
            request.origin,
            request.target,
            answered.status.as_u16(),
            content_type(&answered),
        )))
    }

    async fn users(&self, offers: &mut Offers) -> Result<(), Unfit> {
        let username = format!("{}{}-probe", self.target.prefix, self.target.run);
        let (key, body) = (&self.target.api_key, json!({"username": username}));
        let made = self.ask(&self.target.request(Method::POST, "/users", key, Some(&body))).await?;
        match text_at(&made, "/userId") {
            Some(id) if made.status.is_success() => {
                let path = format!("/users/{id}");
                let _ = self.ask(&self.target.request(Method::DELETE, &path, key, None)).await;
            }
            _ => {
                let status = made.status.as_u16();
                offers.lack(
                    Need::Users,
                    format!("the server makes no users (POST /users was answered {status})"),
                );
            }
        }
        Ok(())
    }

    async fn control(&self, offers: &mut Offers) {
        let has = async |call: &str, pointer: &str| {
            let answered = self.wire.send(&self.target.control(Method::GET, call, None)).await;
            answered.is_ok_and(|reply| {
                let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
                reply.status.is_success() && body.is_some_and(|body| body.pointer(pointer).is_some())
            })
        };
        if !has("clock", "/now").await {
            offers.lack(Need::Clock, "the server has no control API at /_assay/clock");
        }
        if !has("objects", "/objects").await {
            offers.lack(Need::Objects, "the server has no control API at /_assay/objects");
        }
    }
}

/// A text in an answer's JSON.
pub(super) fn text_at(reply: &Reply, pointer: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    Some(body.pointer(pointer)?.as_str()?.to_owned())
}

fn is_json(reply: &Reply) -> bool {
    serde_json::from_slice::<Value>(&reply.body).is_ok()
}

fn content_type(reply: &Reply) -> String {
    let given = reply.headers.get(header::CONTENT_TYPE);
    given.map_or_else(
        || "no content type".to_owned(),
        |value| String::from_utf8_lossy(value.as_bytes()).into_owned(),
    )
}

/// What makes subjects for a suite's threads.
pub(super) struct Bench {
    pub(super) target: Arc<Target>,
    pub(super) wire: Rc<Wire>,
}

impl Subject for Bench {
    /// Its connections end with their thread's runtime.
    async fn close(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_may_have_a_base_path() {
        let (origin, path) = base("https://localhost:80/api/").unwrap();
        assert_eq!((origin.authority(), path.as_str()), ("localhost:80", "/api"));
        assert_eq!(base("http://h").unwrap().1, "");
        assert!(base("http://h/?a").is_err());
    }
}
