//! One run of one case: users of its own, the calls that a client makes, and the story of all of them. Every run
//! has a session of its own, steps of shrinking too, since a smaller file may equal an earlier one.

mod answer;
mod calls;
mod clock;
mod put;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use super::{
    Need,
    fresh::Fresh,
    outcome::{Evidence, Ran, Step, Stop, offered},
    shell,
    story::{Answered, Names, Recorded, Story, UrlOf},
    target::{Bench, Target, text_at},
    wire::{Reply, Request, Wire, today},
};
use crate::{exchange::Operation, http::HttpUrl};

pub(super) use answer::{Listed, header_of, is_refusal, listed, path_of, s3_code, said};
pub(super) use put::Put;

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
    /// Whether what is sent now only prepares what the case is about.
    is_setup: Cell<bool>,
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
    /// `None` where the answer `existing` has none.
    pub(super) link: Option<HttpUrl>,
    /// The number by which a shell knows it.
    number: usize,
}

impl Presigned {
    /// Returns the URL; where the answer has none, the case is given up.
    pub(super) fn link(&self) -> Step<&HttpUrl> {
        self.link
            .as_ref()
            .ok_or_else(|| Stop::NotOffered("the answer `existing` has no presignedUrl".to_owned()))
    }
}

impl Session {
    /// A session with this server.
    pub(super) fn of(bench: &Bench) -> Self {
        let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let session = Self {
            target: Arc::clone(&bench.target),
            wire: Rc::clone(&bench.wire),
            tag: format!("{}-{number}", bench.target.run),
            story: RefCell::default(),
            users: RefCell::default(),
            presigns: Cell::default(),
            is_setup: Cell::default(),
            made: RefCell::default(),
            clock: RefCell::default(),
        };
        let mut story = session.story.borrow_mut();
        story.variables.values.push((session.tag.clone(), shell::RUN.to_owned()));
        story.variables.keys.push((bench.target.api_key.clone(), "ALLOY_API_KEY".to_owned()));
        story.variables.ca.clone_from(&bench.target.ca);
        let other = bench.target.other_api_key.clone();
        story.variables.keys.extend(other.map(|key| (key, "OTHER_ALLOY_API_KEY".to_owned())));
        drop(story);
        session
    }

    /// Ends the session: what it made is deleted, and what became of it is kept where it is worth it.
    pub(super) async fn end(self, step: Step) -> Ran {
        let evidence = match &step {
            Err(Stop::Failed(_) | Stop::Late(_) | Stop::Unheard(..) | Stop::Broken(_)) => {
                self.story.borrow().evidence(&self.target.origin.to_string())
            }
            _ => Evidence::default(),
        };
        self.restore_clock().await;
        self.tidy().await;
        Ran { step, evidence, waited: None }
    }

    /// A user that nobody else has, of the first account.
    pub(super) async fn user(&self) -> Step<User> {
        self.user_of(Account::First).await
    }

    /// As [`Self::user`], of any account.
    pub(super) async fn user_of(&self, account: Account) -> Step<User> {
        let is_second = self.users.borrow().iter().any(|user| user.account == account);
        if !self.target.offers.has(Need::Users) {
            offered!(!is_second, "the server has no second user of one account");
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

    /// Returns the name that a file has on this server. A user who is the same in every case has other names in each.
    pub(super) fn name(&self, user: &User, filename: &str) -> String {
        let prefix = &self.target.prefix;
        match user.id {
            Some(_) => format!("{prefix}{filename}"),
            None => format!("{prefix}{}-{filename}", self.tag),
        }
    }

    /// Returns an input for this session alone, if it has no users of its own.
    pub(super) fn fresh<T: Fresh>(&self, input: T) -> T {
        if self.target.offers.has(Need::Users) { input } else { input.fresh(&self.tag) }
    }

    /// Bytes that nobody else uploads: those given, and what is this session's own.
    pub(super) fn own(&self, content: &Bytes) -> Bytes {
        [content, self.tag.as_bytes()].concat().into()
    }

    /// Deletes what the session made. What cannot be deleted stays; that is no case's business.
    async fn tidy(&self) {
        for user in self.users.take() {
            let Some(id) = &user.id else { continue };
            let path = format!("/users/{id}");
            let request = self.target.request(Method::DELETE, &path, self.key(user.account), None);
            let _ = self.wire.send(&request).await;
        }
        let mut made = self.made.take();
        made.retain(|(user, _)| user.id.is_none());
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

    async fn send(&self, sent: Sent) -> Step<Reply> {
        let at = today();
        let answered = self.wire.send(&sent.request).await;
        let (method, path) = (sent.request.method.clone(), sent.request.target.clone());
        self.story.borrow_mut().record(Recorded {
            at,
            operation: sent.operation,
            is_setup: sent.is_setup || self.is_setup.get(),
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
