//! One run of one case: users of its own, the calls that a client makes, and the story of all of them. Every run
//! has a session of its own, steps of shrinking too, since a smaller file may equal an earlier one.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use hyper::{Method, StatusCode, header, header::HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{
    Need,
    address::{BadLink, Link},
    alteration::Alteration,
    outcome::{Ran, Step, Stop, assume},
    story::{Answered, Names, Story, Told, UrlOf},
    strategy::{File, Md5Form, PresignRequest},
    target::{Bench, Target, text_at},
    wire::{Body, Reply, Request, Wire, WireError, today},
};
use crate::exchange::Operation;

/// Counts the sessions of this process, so that no two name anything alike.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

/// The calls of one case.
pub(super) struct Session {
    pub(super) target: Arc<Target>,
    wire: Rc<Wire>,
    /// What the names of its users have in common, and nobody else's.
    tag: String,
    story: RefCell<Story>,
    users: RefCell<Vec<User>>,
    presigns: Cell<usize>,
    /// What was uploaded where a user cannot be deleted with all files: whose, and which key.
    made: RefCell<Vec<(User, String)>>,
    /// The clock as it was, where it was moved.
    clock: RefCell<Option<Value>>,
}

/// Which account a user is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    First,
    Other,
}

/// Somebody for whom calls are made.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) account: Account,
    /// `None` where it is the key's own, whose id nobody tells.
    pub(super) id: Option<String>,
}

/// A URL that was handed out.
#[derive(Clone, Debug)]
pub(super) struct Presigned {
    pub(super) user: User,
    pub(super) key: String,
    /// `new` or `existing`.
    pub(super) kind: String,
    pub(super) link: Link,
    /// The number by which a shell knows it.
    number: usize,
}

/// A file of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) filename: String,
    pub(super) size: u64,
    pub(super) last_modified: String,
}

/// A PUT, before it is sent: as a good client makes it, unless something is changed.
#[derive(Clone, Debug)]
pub(super) struct Put {
    pub(super) method: Method,
    pub(super) content_md5: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
    pub(super) alterations: Vec<Alteration>,
}

impl Put {
    /// What a good client sends for this file.
    pub(super) fn of(file: &File) -> Self {
        Self::content(&file.content).with("content-type", file.mime_type)
    }

    /// As [`Self::of`], of bytes that say nothing of their type.
    pub(super) fn content(content: &Bytes) -> Self {
        Self {
            method: Method::PUT,
            content_md5: Some(Md5Form::Base64.of(content)),
            headers: Vec::new(),
            body: Body::whole(content.clone()),
            alterations: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn altered(mut self, alteration: Alteration) -> Self {
        self.alterations.push(alteration);
        self
    }
}

impl Session {
    pub(super) fn of(bench: &Bench) -> Self {
        let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let session = Self {
            target: Arc::clone(&bench.target),
            wire: Rc::clone(&bench.wire),
            tag: format!("{}-{number}", bench.target.run),
            story: RefCell::default(),
            users: RefCell::default(),
            presigns: Cell::default(),
            made: RefCell::default(),
            clock: RefCell::default(),
        };
        let mut story = session.story.borrow_mut();
        story.variables.values.push((session.tag.clone(), "RANDOM".to_owned()));
        story.variables.keys.push((bench.target.api_key.clone(), "ALLOY_API_KEY".to_owned()));
        let other = bench.target.other_api_key.clone();
        story.variables.keys.extend(other.map(|key| (key, "OTHER_ALLOY_API_KEY".to_owned())));
        drop(story);
        session
    }

    /// Ends the session: what it made is deleted, and what became of it is kept where it is worth it.
    pub(super) async fn end(self, step: Step) -> Ran {
        let evidence = match &step {
            Err(Stop::Failed(_) | Stop::Broken(_)) => {
                self.story.borrow().evidence(&format!("http://{}", self.target.address.authority))
            }
            _ => super::outcome::Evidence::default(),
        };
        self.restore_clock().await;
        self.tidy().await;
        Ran { step, evidence }
    }

    /// A user that nobody else has, of the first account.
    pub(super) async fn user(&self) -> Step<User> {
        self.user_of(Account::First).await
    }

    /// As [`Self::user`], of any account.
    pub(super) async fn user_of(&self, account: Account) -> Step<User> {
        let is_second = self.users.borrow().iter().any(|user| user.account == account);
        if !self.target.offers.has(Need::Users) {
            assume!(!is_second, "it needs a second user of one account");
            let user = User { account, id: None };
            self.users.borrow_mut().push(user.clone());
            return Ok(user);
        }
        let number = self.users.borrow().len() + 1;
        let body = json!({"username": format!("{}{}-{number}", self.target.prefix, self.tag)});
        let request = self.target.request(Method::POST, "/users", self.key(account), Some(&body));
        let sent = Sent { operation: Operation::CreateUser, is_setup: true, ..Sent::of(request) };
        let reply = self.send(Sent { names: Some(Names::User(number)), ..sent }).await?;
        let id = text_at(&reply, "/userId").filter(|_| reply.status.is_success());
        let id = id.ok_or_else(|| Stop::Blocked(format!("POST /users was answered {}", said(&reply))))?;
        self.story.borrow_mut().variables.values.push((id.clone(), format!("USER{number}")));
        let user = User { account, id: Some(id) };
        self.users.borrow_mut().push(user.clone());
        Ok(user)
    }

    /// The name that a file has on this server.
    pub(super) fn name(&self, filename: &str) -> String {
        format!("{}{filename}", self.target.prefix)
    }

    /// Bytes that nobody else uploads: those given, and what is this session's own.
    pub(super) fn own(&self, content: &Bytes) -> Bytes {
        [content, self.tag.as_bytes()].concat().into()
    }

    /// A request to the API for a user, with all headers.
    pub(super) fn request(&self, user: &User, method: Method, path: &str, body: Option<&Value>) -> Request {
        let mut request = self.target.request(method, path, self.key(user.account), body);
        if let Some(id) = user.id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
            request.headers.insert("x-alloy-userid", id);
        }
        request
    }

    /// A request for a URL.
    pub(super) fn presign_request(&self, user: &User, wanted: &PresignRequest) -> Request {
        let body = json!({
            "filename": self.name(&wanted.filename),
            "mimeType": wanted.mime_type,
            "md5": wanted.md5,
        });
        self.request(user, Method::POST, "/connectors/files/upload/request", Some(&body))
    }

    /// Sends a request to the API.
    pub(super) async fn ask(&self, operation: Operation, user: &User, request: Request) -> Step<Reply> {
        let user_id = user.id.clone();
        self.send(Sent { operation, user_id, ..Sent::of(request) }).await
    }

    /// Asks for a URL, whatever the answer is.
    pub(super) async fn presign(&self, user: &User, wanted: &PresignRequest) -> Step<Reply> {
        self.ask(Operation::Presign, user, self.presign_request(user, wanted)).await
    }

    /// Asks for a URL, and takes it out of the answer; where that is not to be had, the case is given up.
    pub(super) async fn url(&self, user: &User, wanted: &PresignRequest) -> Step<Presigned> {
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
        let parts = (text("presignedUrl"), text("s3Key"), text("type"));
        let (Some(url), Some(key), Some(kind)) = parts else {
            return Err(Stop::Blocked(format!("a request for a URL was answered {}", said(&reply))));
        };
        let link = self.link(&url)?;
        self.story.borrow_mut().variables.values.push((key.clone(), format!("KEY{number}")));
        Ok(Presigned { user: user.clone(), key, kind, link, number })
    }

    /// As [`Self::url`], for a file that its user has not uploaded: what is said otherwise is for other checks.
    pub(super) async fn new_url(&self, user: &User, file: &File) -> Step<Presigned> {
        let presigned = self.url(user, &file.announce(Md5Form::Hex)).await?;
        let Presigned { key, kind, .. } = &presigned;
        assume!(kind == "new", "the answer says `{kind}` of a file that its user has not uploaded");
        let prefix = user.id.as_ref().map(|id| format!("{id}_"));
        let is_own = prefix.as_ref().is_none_or(|prefix| key.starts_with(prefix));
        assume!(is_own, "the key `{key}` does not begin with its user's id");
        Ok(presigned)
    }

    /// Sends bytes to a URL, whatever the answer is.
    pub(super) async fn put(&self, presigned: &Presigned, put: Put) -> Step<Reply> {
        let target =
            put.alterations.iter().fold(presigned.link.target.clone(), |target, one| one.of(&target));
        let mut headers = hyper::HeaderMap::new();
        if let Some(value) = put.content_md5.as_deref().and_then(|md5| HeaderValue::from_str(md5).ok()) {
            headers.insert("content-md5", value);
        }
        for (name, value) in &put.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(*name, value);
            }
        }
        let authority = presigned.link.authority.clone();
        let operation = if put.method == Method::PUT { Operation::Put } else { Operation::Unknown };
        let request = Request { method: put.method, authority, target, headers, body: put.body };
        let url = UrlOf { presign: presigned.number, alterations: put.alterations };
        let (operation, user_id) = (operation, presigned.user.id.clone());
        let reply = self.send(Sent { operation, user_id, url: Some(url), ..Sent::of(request) }).await?;
        self.made.borrow_mut().push((presigned.user.clone(), presigned.key.clone()));
        Ok(reply)
    }

    /// Uploads a file as a good client does; where that does not work, the case is given up.
    pub(super) async fn upload(&self, user: &User, file: &File) -> Step<Presigned> {
        let presigned = self.new_url(user, file).await?;
        self.store(&presigned, file).await?;
        Ok(presigned)
    }

    /// Sends a file to its URL; where that does not work, the case is given up.
    pub(super) async fn store(&self, presigned: &Presigned, file: &File) -> Step {
        let reply = self.put(presigned, Put::of(file)).await?;
        assume!(reply.status.is_success(), "the upload of a file was answered {}", said(&reply));
        Ok(())
    }

    /// A user's files; where there is no list of them, the case is given up.
    pub(super) async fn files(&self, user: &User) -> Step<Vec<Listed>> {
        let reply = self.list(user).await?;
        listed(&reply).ok_or_else(|| Stop::Blocked(format!("the list was answered {}", said(&reply))))
    }

    /// The list of a user's files, whatever the answer is.
    pub(super) async fn list(&self, user: &User) -> Step<Reply> {
        let request = self.request(user, Method::GET, "/connectors/files/list", None);
        self.ask(Operation::List, user, request).await
    }

    /// The file under a key in its user's list.
    pub(super) async fn file(&self, user: &User, key: &str) -> Step<Option<Listed>> {
        Ok(self.files(user).await?.into_iter().find(|file| file.key == key))
    }

    /// Deletes a file, whatever the answer is.
    pub(super) async fn delete(&self, user: &User, key: &str) -> Step<Reply> {
        let request = self.request(user, Method::DELETE, &path_of(key), None);
        self.ask(Operation::Delete, user, request).await
    }

    /// The bytes under a key, by the control API; `None` where there are none, or it is not there to be asked.
    pub(super) async fn stored(&self, key: &str) -> Step<Option<Bytes>> {
        if !self.target.offers.has(Need::Objects) {
            return Ok(None);
        }
        let call = format!("objects/{}", encoded(key));
        let request = self.target.control(Method::GET, &call, None);
        let reply = self.send(Sent { is_setup: true, ..Sent::of(request) }).await?;
        Ok(reply.status.is_success().then_some(reply.body))
    }

    /// Whether a key holds these bytes, where that can be told.
    pub(super) async fn holds(&self, key: &str, content: &Bytes) -> Step<Option<bool>> {
        if !self.target.offers.has(Need::Objects) {
            return Ok(None);
        }
        Ok(Some(self.stored(key).await?.as_ref() == Some(content)))
    }

    /// Lets time pass on the server's clock, which stands still from then on.
    pub(super) async fn advance(&self, seconds: u64) -> Step {
        self.move_clock(&json!({"advance": format!("{seconds}s")})).await
    }

    /// Stops the server's clock, so that the time between two requests is what is said.
    pub(super) async fn freeze(&self) -> Step {
        if self.clock.borrow().is_none() {
            let request = self.target.control(Method::GET, "clock", None);
            let reply = self.send(Sent { is_setup: true, ..Sent::of(request) }).await?;
            let reading = serde_json::from_slice(&reply.body).ok();
            *self.clock.borrow_mut() = reading;
        }
        let request = self.target.control(Method::POST, "clock", Some(&json!({"freeze": true})));
        self.send(Sent { is_setup: true, ..Sent::of(request) }).await.map(|_| ())
    }

    async fn move_clock(&self, change: &Value) -> Step {
        let reply = self.send(Sent::of(self.target.control(Method::POST, "clock", Some(change)))).await?;
        assume!(reply.status.is_success(), "the clock cannot be moved: {}", said(&reply));
        Ok(())
    }

    /// Puts the clock back to where it was.
    async fn restore_clock(&self) {
        let Some(before) = self.clock.take() else { return };
        let is_frozen = before["frozen"].as_bool().unwrap_or(false);
        let changes = if is_frozen {
            vec![json!({"set": before["now"]})]
        } else if before["offset_seconds"].as_i64() == Some(0) {
            vec![json!({"reset": true})]
        } else {
            vec![json!({"set": before["now"]}), json!({"freeze": false})]
        };
        for change in changes {
            let _ = self.wire.send(&self.target.control(Method::POST, "clock", Some(&change))).await;
        }
    }

    /// Deletes what the session made. What cannot be deleted stays; that is no case's business.
    async fn tidy(&self) {
        let users = self.users.take();
        if self.target.offers.has(Need::Users) {
            for user in users {
                let Some(id) = &user.id else { continue };
                let path = format!("/users/{id}");
                let request = self.target.request(Method::DELETE, &path, self.key(user.account), None);
                let _ = self.wire.send(&request).await;
            }
            return;
        }
        let mut made = self.made.take();
        made.sort_by(|(_, one), (_, other)| one.cmp(other));
        made.dedup_by(|(_, one), (_, other)| one == other);
        for (user, key) in made {
            let _ = self.wire.send(&self.request(&user, Method::DELETE, &path_of(&key), None)).await;
        }
    }

    fn key(&self, account: Account) -> &str {
        match (account, &self.target.other_api_key) {
            (Account::Other, Some(other)) => other,
            _ => &self.target.api_key,
        }
    }

    /// A URL that the server handed out, taken apart.
    pub(super) fn link(&self, url: &str) -> Step<Link> {
        let broken = |error: &WireError| Stop::broken("the presigned URL", error);
        let link = Link::parse(url).map_err(|bad| match bad {
            BadLink::Https => Stop::Broken("the presigned URL is https, which is not offered yet".to_owned()),
            BadLink::NotOne => broken(&WireError::BadUrl { url: url.chars().take(80).collect() }),
        })?;
        if !link.is_loopback() && !self.target.is_remote_meant {
            return Err(broken(&WireError::Elsewhere { authority: link.authority }));
        }
        Ok(link)
    }

    async fn send(&self, sent: Sent) -> Step<Reply> {
        let at = today();
        let answered = self.wire.send(&sent.request).await;
        let (method, path) = (sent.request.method.clone(), sent.request.target.clone());
        self.story.borrow_mut().tell(Told {
            at,
            operation: sent.operation,
            is_setup: sent.is_setup,
            user_id: sent.user_id,
            request: sent.request,
            url: sent.url,
            names: sent.names,
            answer: answered.as_ref().ok().map(Answered::of),
        });
        let path = path.split('?').next().unwrap_or_default();
        answered.map_err(|error| Stop::broken(&format!("{method} {path}"), &error))
    }
}

/// A request, with what its story has to say of it.
struct Sent {
    operation: Operation,
    is_setup: bool,
    user_id: Option<String>,
    url: Option<UrlOf>,
    names: Option<Names>,
    request: Request,
}

impl Sent {
    fn of(request: Request) -> Self {
        Self {
            operation: Operation::Unknown,
            is_setup: false,
            user_id: None,
            url: None,
            names: None,
            request,
        }
    }
}

/// The files of a list's answer; `None` where it is none.
pub(super) fn listed(reply: &Reply) -> Option<Vec<Listed>> {
    let body: Value = serde_json::from_slice(&reply.body).ok().filter(|_| reply.status.is_success())?;
    let text = |file: &Value, name: &str| Some(file.get(name)?.as_str()?.to_owned());
    let file = |file: &Value| {
        Some(Listed {
            key: text(file, "s3Key")?,
            filename: text(file, "filename")?,
            size: file.get("size")?.as_u64()?,
            last_modified: text(file, "lastModified")?,
        })
    };
    body.get("files")?.as_array()?.iter().map(file).collect()
}

/// What an answer says, in a few words: its status, and S3's code or Alloy's message.
pub(super) fn said(reply: &Reply) -> String {
    let status = reply.status.as_u16();
    match s3_code(reply).or_else(|| text_at(reply, "/message")) {
        Some(mut message) => {
            crate::exchange::cut(&mut message, 120);
            format!("{status} ({message})")
        }
        None => status.to_string(),
    }
}

/// The code in S3's XML.
pub(super) fn s3_code(reply: &Reply) -> Option<String> {
    let body = std::str::from_utf8(&reply.body).ok()?;
    let code = body.split_once("<Error>")?.1.split_once("<Code>")?.1.split_once("</Code>")?.0;
    Some(code.to_owned())
}

/// Whether a status says that the request was at fault.
pub(super) fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error()
}

/// The path of a file's own calls.
pub(super) fn path_of(key: &str) -> String {
    format!("/connectors/files/{}", encoded(key))
}

/// A key as one segment of a path.
fn encoded(key: &str) -> String {
    const PLAIN: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(key, PLAIN).to_string()
}

/// The first value of a header, as text.
pub(super) fn header_of<'a>(reply: &'a Reply, name: &header::HeaderName) -> Option<&'a str> {
    reply.headers.get(name)?.to_str().ok()
}
