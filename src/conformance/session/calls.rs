//! The calls of a client, in two kinds: those that return any answer, and those that return the parts of a good answer,
//! or give up the case, since another check judges the answer.

use bytes::Bytes;
use hyper::{HeaderMap, Method, header::HeaderValue};
use serde_json::{Value, json};

use super::{Listed, Presigned, Session, User, answer::encoded, listed, path_of, said};
use crate::{
    conformance::{
        Need,
        alteration::Alteration,
        outcome::{Step, Stop, assume},
        story::{Names, UrlOf},
        strategy::{File, Md5Form, PresignRequest},
        target::text_at,
        wire::{Body, Reply, Request, WireError},
    },
    exchange::Operation,
    http::HttpUrl,
    text,
};

/// The path of a request for a URL.
pub(crate) const PRESIGN: &str = "/connectors/files/upload/request";

/// A PUT before it is sent: as a good client makes it, unless something is changed.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    pub(crate) method: Method,
    pub(crate) content_md5: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    pub(crate) alteration: Option<Alteration>,
}

impl Put {
    /// Returns the request of a correct client for this file.
    pub(crate) fn of(file: &File) -> Self {
        Self::content(&file.content).with("content-type", file.mime_type)
    }

    /// Creates a PUT without a content type.
    pub(crate) fn content(content: &Bytes) -> Self {
        Self {
            method: Method::PUT,
            content_md5: Some(Md5Form::Base64.of(content)),
            headers: Vec::new(),
            body: Body::whole(content.clone()),
            alteration: None,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn altered(self, alteration: Alteration) -> Self {
        Self { alteration: Some(alteration), ..self }
    }

    pub(crate) fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }
}

impl Session {
    /// Creates a request to the API for a user, with all headers.
    pub(crate) fn request(&self, user: &User, method: Method, path: &str, body: Option<&Value>) -> Request {
        let mut request = self.target.request(method, path, self.key(user.account), body);
        if let Some(id) = user.id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
            request.headers.insert("x-alloy-userid", id);
        }
        request
    }

    /// Returns the body of a request for a URL.
    pub(crate) fn presign_body(&self, user: &User, wanted: &PresignRequest) -> Value {
        let filename = self.name(user, &wanted.filename);
        json!({"filename": filename, "mimeType": wanted.mime_type, "md5": wanted.md5})
    }

    /// Creates a request for a URL.
    pub(crate) fn presign_request(&self, user: &User, wanted: &PresignRequest) -> Request {
        self.request(user, Method::POST, PRESIGN, Some(&self.presign_body(user, wanted)))
    }

    /// Sends a request to the API.
    pub(crate) async fn ask(&self, operation: Operation, user: &User, request: Request) -> Step<Reply> {
        self.send(self.record(operation, Some(user), request)).await
    }

    /// Requests a URL.
    pub(crate) async fn presign(&self, user: &User, wanted: &PresignRequest) -> Step<Reply> {
        self.ask(Operation::Presign, user, self.presign_request(user, wanted)).await
    }

    /// Requests a URL, and returns it.
    pub(crate) async fn url(&self, user: &User, wanted: &PresignRequest) -> Step<Presigned> {
        let number = self.presigns.get() + 1;
        self.presigns.set(number);
        let mut recorded = self.record(Operation::Presign, Some(user), self.presign_request(user, wanted));
        recorded.names = Some(Names::Presign(number));
        let reply = self.send(recorded).await?;
        let text = |name: &str| text_at(&reply, &format!("/presignedUrl/{name}"));
        let unusable = || Stop::Blocked(format!("a request for a URL was answered {}", said(&reply)));
        let (key, kind) = text("s3Key").zip(text("type")).ok_or_else(unusable)?;
        let link = match text("presignedUrl") {
            Some(url) => Some(self.link(&url)?),
            None if kind == "existing" => None,
            None => return Err(unusable()),
        };
        self.story.borrow_mut().variables.values.push((key.clone(), format!("KEY{number}")));
        Ok(Presigned { user: user.clone(), key, kind, link, number })
    }

    /// Requests a URL for a file, and returns it, whether the file is new or not.
    pub(crate) async fn announce(&self, user: &User, file: &File) -> Step<Presigned> {
        self.url(user, &file.announce(Md5Form::Hex)).await
    }

    /// Requests a URL for a file that its user has not uploaded, and returns it.
    pub(crate) async fn new_url(&self, user: &User, file: &File) -> Step<Presigned> {
        let presigned = self.announce(user, file).await?;
        let Presigned { key, kind, .. } = &presigned;
        assume!(kind == "new", "a file that its user has not uploaded is `{kind}`");
        let is_own = user.id.as_ref().is_none_or(|id| key.starts_with(&format!("{id}_")));
        assume!(is_own, "the key `{key}` does not begin with its user's id");
        Ok(presigned)
    }

    /// Requests a URL for a file of a new user, and returns it.
    pub(crate) async fn first_url(&self, file: &File) -> Step<Presigned> {
        let user = self.user().await?;
        self.new_url(&user, file).await
    }

    /// Sends bytes to a URL.
    pub(crate) async fn put(&self, presigned: &Presigned, put: Put) -> Step<Reply> {
        let HttpUrl { origin, target } = presigned.link()?.clone();
        let target = put.alteration.as_ref().map_or(target.clone(), |alteration| alteration.of(&target));
        let mut headers = HeaderMap::new();
        let md5 = put.content_md5.map(|md5| ("content-md5", md5));
        for (name, value) in md5.into_iter().chain(put.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
        let operation = if put.method == Method::PUT { Operation::Put } else { Operation::Unknown };
        let request = Request { method: put.method, origin, target, headers, body: put.body };
        let mut recorded = self.record(operation, Some(&presigned.user), request);
        recorded.url = Some(UrlOf { presign: presigned.number, alteration: put.alteration });
        let reply = self.send(recorded).await?;
        self.made.borrow_mut().push((presigned.user.clone(), presigned.key.clone()));
        Ok(reply)
    }

    /// Uploads a file as a good client does.
    pub(crate) async fn upload(&self, user: &User, file: &File) -> Step<Presigned> {
        let presigned = self.new_url(user, file).await?;
        self.store(&presigned, file).await?;
        Ok(presigned)
    }

    /// Uploads a file for a new user.
    pub(crate) async fn first_upload(&self, file: &File) -> Step<Presigned> {
        let user = self.user().await?;
        self.upload(&user, file).await
    }

    /// Uploads a file that only has to be there: its exchanges are set-up.
    pub(crate) async fn given(&self, user: &User, file: &File) -> Step<Presigned> {
        self.is_setup.set(true);
        let uploaded = self.upload(user, file).await;
        self.is_setup.set(false);
        uploaded
    }

    /// Sends a file to its URL.
    pub(crate) async fn store(&self, presigned: &Presigned, file: &File) -> Step {
        let reply = self.put(presigned, Put::of(file)).await?;
        assume!(reply.status.is_success(), "the upload of a file was answered {}", said(&reply));
        Ok(())
    }

    /// Requests the list of a user's files.
    pub(crate) async fn list(&self, user: &User) -> Step<Reply> {
        let request = self.request(user, Method::GET, "/connectors/files/list", None);
        self.ask(Operation::List, user, request).await
    }

    /// Returns a user's files.
    pub(crate) async fn files(&self, user: &User) -> Step<Vec<Listed>> {
        let reply = self.list(user).await?;
        listed(&reply).ok_or_else(|| Stop::Blocked(format!("the list was answered {}", said(&reply))))
    }

    /// Returns the file under a key from a user's list.
    pub(crate) async fn file(&self, user: &User, key: &str) -> Step<Option<Listed>> {
        Ok(self.files(user).await?.into_iter().find(|file| file.key == key))
    }

    /// Returns whether its user's list has an uploaded file.
    pub(crate) async fn lists(&self, presigned: &Presigned) -> Step<bool> {
        Ok(self.file(&presigned.user, &presigned.key).await?.is_some())
    }

    /// Deletes a file.
    pub(crate) async fn delete(&self, user: &User, key: &str) -> Step<Reply> {
        let request = self.request(user, Method::DELETE, &path_of(key), None);
        self.ask(Operation::Delete, user, request).await
    }

    /// Deletes an uploaded file, so that its user's list does not have it any more.
    pub(crate) async fn deleted(&self, stored: &Presigned) -> Step {
        let reply = self.delete(&stored.user, &stored.key).await?;
        assume!(reply.status.is_success(), "the delete was answered {}", said(&reply));
        assume!(!self.lists(stored).await?, "the list still has a deleted file");
        Ok(())
    }

    /// Returns whether exactly these bytes are stored under a key, if the server has the control API.
    pub(crate) async fn holds(&self, key: &str, content: &Bytes) -> Step<Option<bool>> {
        if !self.target.offers.has(Need::Objects) {
            return Ok(None);
        }
        let request = self.target.control(Method::GET, &format!("objects/{}", encoded(key)), None);
        let mut recorded = self.record(Operation::Unknown, None, request);
        recorded.is_setup = true;
        let reply = self.send(recorded).await?;
        Ok(Some(reply.status.is_success() && reply.body == *content))
    }

    /// Takes a URL apart that the server returned.
    fn link(&self, url: &str) -> Step<HttpUrl> {
        let broken = |error: &WireError| Stop::broken("the presigned URL", error);
        let link: HttpUrl = url.parse().map_err(|_| broken(&WireError::BadUrl { url: text::short(url) }))?;
        if !link.origin.is_loopback() && !self.target.allows_remote {
            let authority = link.origin.authority().to_owned();
            return Err(broken(&WireError::Elsewhere { authority }));
        }
        Ok(link)
    }
}
