//! The calls that a client makes, each as a check wants it: whatever the answer is, or with what a good answer brings,
//! where a bad one is another check's to tell.

use bytes::Bytes;
use hyper::{HeaderMap, Method, header::HeaderValue};
use serde_json::{Value, json};

use super::{Listed, Presigned, Put, Sent, Session, User, answer::encoded, listed, path_of, said};
use crate::{
    conformance::{
        Need,
        outcome::{Step, Stop, assume},
        story::{Names, UrlOf},
        strategy::{File, Md5Form, PresignRequest},
        target::text_at,
        wire::{Reply, Request, WireError},
    },
    exchange::Operation,
    http::HttpUrl,
};

impl Session {
    /// A request to the API for a user, with all headers.
    pub(in crate::conformance) fn request(
        &self,
        user: &User,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Request {
        let mut request = self.target.request(method, path, self.key(user.account), body);
        if let Some(id) = user.id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
            request.headers.insert("x-alloy-userid", id);
        }
        request
    }

    /// A request for a URL.
    pub(in crate::conformance) fn presign_request(&self, user: &User, wanted: &PresignRequest) -> Request {
        let body = json!({
            "filename": self.name(user, &wanted.filename),
            "mimeType": wanted.mime_type,
            "md5": wanted.md5,
        });
        self.request(user, Method::POST, "/connectors/files/upload/request", Some(&body))
    }

    /// Sends a request to the API.
    pub(in crate::conformance) async fn ask(
        &self,
        operation: Operation,
        user: &User,
        request: Request,
    ) -> Step<Reply> {
        let user_id = user.id.clone();
        self.send(Sent { operation, user_id, ..Sent::of(request) }).await
    }

    /// Asks for a URL, whatever the answer is.
    pub(in crate::conformance) async fn presign(&self, user: &User, wanted: &PresignRequest) -> Step<Reply> {
        self.ask(Operation::Presign, user, self.presign_request(user, wanted)).await
    }

    /// Asks for a URL, and takes it out of the answer; where that is not to be had, the case is given up.
    pub(in crate::conformance) async fn url(&self, user: &User, wanted: &PresignRequest) -> Step<Presigned> {
        let number = self.presigns.get() + 1;
        self.presigns.set(number);
        let sent = Sent {
            operation: Operation::Presign,
            user_id: user.id.clone(),
            names: Some(Names::Presign(number)),
            ..Sent::of(self.presign_request(user, wanted))
        };
        let reply = self.send(sent).await?;
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

    /// As [`Self::url`], for a file that its user has not uploaded: what is said otherwise is for other checks.
    pub(in crate::conformance) async fn new_url(&self, user: &User, file: &File) -> Step<Presigned> {
        let presigned = self.url(user, &file.announce(Md5Form::Hex)).await?;
        let Presigned { key, kind, .. } = &presigned;
        assume!(kind == "new", "the answer says `{kind}` of a file that its user has not uploaded");
        let prefix = user.id.as_ref().map(|id| format!("{id}_"));
        let is_own = prefix.as_ref().is_none_or(|prefix| key.starts_with(prefix));
        assume!(is_own, "the key `{key}` does not begin with its user's id");
        Ok(presigned)
    }

    /// Sends bytes to a URL, whatever the answer is.
    pub(in crate::conformance) async fn put(&self, presigned: &Presigned, put: Put) -> Step<Reply> {
        let link = presigned.link()?;
        let target = put.alterations.iter().fold(link.target.clone(), |target, one| one.of(&target));
        let mut headers = HeaderMap::new();
        if let Some(value) = put.content_md5.as_deref().and_then(|md5| HeaderValue::from_str(md5).ok()) {
            headers.insert("content-md5", value);
        }
        for (name, value) in &put.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(*name, value);
            }
        }
        let origin = link.origin.clone();
        let operation = if put.method == Method::PUT { Operation::Put } else { Operation::Unknown };
        let request = Request { method: put.method, origin, target, headers, body: put.body };
        let url = UrlOf { presign: presigned.number, alterations: put.alterations };
        let (operation, user_id) = (operation, presigned.user.id.clone());
        let reply = self.send(Sent { operation, user_id, url: Some(url), ..Sent::of(request) }).await?;
        self.made.borrow_mut().push((presigned.user.clone(), presigned.key.clone()));
        Ok(reply)
    }

    /// Uploads a file as a good client does; where that does not work, the case is given up.
    pub(in crate::conformance) async fn upload(&self, user: &User, file: &File) -> Step<Presigned> {
        let presigned = self.new_url(user, file).await?;
        self.store(&presigned, file).await?;
        Ok(presigned)
    }

    /// As [`Self::upload`], of a file that only has to be there: nothing of it is counted to the case.
    pub(in crate::conformance) async fn given(&self, user: &User, file: &File) -> Step<Presigned> {
        self.is_setup.set(true);
        let uploaded = self.upload(user, file).await;
        self.is_setup.set(false);
        uploaded
    }

    /// Sends a file to its URL; where that does not work, the case is given up.
    pub(in crate::conformance) async fn store(&self, presigned: &Presigned, file: &File) -> Step {
        let reply = self.put(presigned, Put::of(file)).await?;
        assume!(reply.status.is_success(), "the upload of a file was answered {}", said(&reply));
        Ok(())
    }

    /// A user's files; where there is no list of them, the case is given up.
    pub(in crate::conformance) async fn files(&self, user: &User) -> Step<Vec<Listed>> {
        let reply = self.list(user).await?;
        listed(&reply).ok_or_else(|| Stop::Blocked(format!("the list was answered {}", said(&reply))))
    }

    /// The list of a user's files, whatever the answer is.
    pub(in crate::conformance) async fn list(&self, user: &User) -> Step<Reply> {
        let request = self.request(user, Method::GET, "/connectors/files/list", None);
        self.ask(Operation::List, user, request).await
    }

    /// The file under a key in its user's list.
    pub(in crate::conformance) async fn file(&self, user: &User, key: &str) -> Step<Option<Listed>> {
        Ok(self.files(user).await?.into_iter().find(|file| file.key == key))
    }

    /// Deletes a file, whatever the answer is.
    pub(in crate::conformance) async fn delete(&self, user: &User, key: &str) -> Step<Reply> {
        let request = self.request(user, Method::DELETE, &path_of(key), None);
        self.ask(Operation::Delete, user, request).await
    }

    /// The bytes under a key, by the control API; `None` where there are none, or it is not there to be asked.
    pub(in crate::conformance) async fn stored(&self, key: &str) -> Step<Option<Bytes>> {
        if !self.target.offers.has(Need::Objects) {
            return Ok(None);
        }
        let call = format!("objects/{}", encoded(key));
        let request = self.target.control(Method::GET, &call, None);
        let reply = self.send(Sent { is_setup: true, ..Sent::of(request) }).await?;
        Ok(reply.status.is_success().then_some(reply.body))
    }

    /// Whether a key holds these bytes, where that can be told.
    pub(in crate::conformance) async fn holds(&self, key: &str, content: &Bytes) -> Step<Option<bool>> {
        if !self.target.offers.has(Need::Objects) {
            return Ok(None);
        }
        Ok(Some(self.stored(key).await?.as_ref() == Some(content)))
    }

    /// A URL that the server handed out, taken apart.
    pub(in crate::conformance) fn link(&self, url: &str) -> Step<HttpUrl> {
        let broken = |error: &WireError| Stop::broken("the presigned URL", error);
        let bad = |_| broken(&WireError::BadUrl { url: url.chars().take(80).collect() });
        let link: HttpUrl = url.parse().map_err(bad)?;
        if !link.origin.is_loopback() && !self.target.is_remote_meant {
            let authority = link.origin.authority().to_owned();
            return Err(broken(&WireError::Elsewhere { authority }));
        }
        Ok(link)
    }
}
