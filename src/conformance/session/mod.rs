//! One run of one case: its users, the calls of a client, and the story of all of them. Each run has a new session,
//! including each step of shrinking, since a smaller file may equal an earlier one.

mod answer;
mod calls;
mod clock;

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
    story::{Names, Recorded, Story},
    target::{Harness, Target, text_at},
    wire::{Reply, Request, Wire, today},
};
use crate::{exchange::Operation, http::HttpUrl};

pub(super) use answer::{Listed, header_of, is_refusal, listed, path_of, s3_code, said};
pub(super) use calls::{PRESIGN, Put};

/// Counts the sessions of this process, so that no two use the same names.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

/// The calls of one case.
pub(super) struct Session {
    pub(super) target: Arc<Target>,
    wire: Rc<Wire>,
    /// Common part of the names of its users, unique to it.
    tag: String,
    /// API keys of both accounts.
    keys: [String; 2],
    story: RefCell<Story>,
    users: RefCell<Vec<User>>,
    presigns: Cell<usize>,
    /// Set while requests prepare the case.
    is_setup: Cell<bool>,
    /// Keys that were uploaded for users who cannot be deleted with their files.
    made: RefCell<Vec<(User, String)>>,
    /// The clock before it was moved.
    clock: RefCell<Option<Value>>,
}

/// The account of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    First,
    Other,
}

/// A user of the API.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) account: Account,
    /// `None` for the key's own user, whose id is unknown.
    pub(super) id: Option<String>,
}

/// A presigned URL.
#[derive(Clone, Debug)]
pub(super) struct Presigned {
    pub(super) user: User,
    pub(super) key: String,
    /// `new` or `existing`.
    pub(super) kind: String,
    /// `None` if an answer `existing` has none.
    pub(super) link: Option<HttpUrl>,
    /// The number of its variable in a shell.
    number: usize,
}

impl Presigned {
    /// Returns the URL; without one, the case is skipped.
    pub(super) fn link(&self) -> Step<&HttpUrl> {
        let missing = || Stop::NotOffered("the answer `existing` has no presignedUrl".to_owned());
        self.link.as_ref().ok_or_else(missing)
    }
}

impl Session {
    pub(super) fn new(harness: &Harness) -> Self {
        let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let target = &harness.target;
        let tag = format!("{}-{number}", target.run);
        let mut story = Story::default();
        story.variables.values.push((tag.clone(), shell::RUN.to_owned()));
        story.variables.ca.clone_from(&target.ca);
        let keys = [Some(&target.api_key), target.other_api_key.as_ref()].map(|key| {
            let key = key.unwrap_or(&target.api_key);
            if target.has_user_by_key { format!("{key}-{tag}") } else { key.clone() }
        });
        let names = ["ALLOY_API_KEY", "OTHER_ALLOY_API_KEY"].map(str::to_owned);
        story.variables.keys.extend(keys.clone().into_iter().zip(names));
        Self {
            target: Arc::clone(target),
            wire: Rc::clone(&harness.wire),
            tag,
            keys,
            story: RefCell::new(story),
            users: RefCell::default(),
            presigns: Cell::default(),
            is_setup: Cell::default(),
            made: RefCell::default(),
            clock: RefCell::default(),
        }
    }

    /// Ends the session: deletes its files and users, and keeps the story of a failure.
    pub(super) async fn end(self, step: Step) -> Ran {
        let evidence = match &step {
            Err(stop) if stop.is_shown() => {
                self.story.borrow().evidence(&self.target.base.origin.to_string())
            }
            _ => Evidence::default(),
        };
        self.restore_clock().await;
        self.tidy().await;
        Ran { step, evidence, waited: None }
    }

    /// Creates a user of the first account.
    pub(super) async fn user(&self) -> Step<User> {
        self.user_of(Account::First).await
    }

    /// Creates a user, or returns the account's own if the server creates none.
    pub(super) async fn user_of(&self, account: Account) -> Step<User> {
        if !self.target.offers.has(Need::Users) {
            let is_second = self.users.borrow().iter().any(|user| user.account == account);
            offered!(!is_second, "the server has no second user of one account");
            let user = User { account, id: None };
            self.users.borrow_mut().push(user.clone());
            return Ok(user);
        }
        let number = self.users.borrow().len() + 1;
        let body = json!({"username": format!("{}{}-{number}", self.target.prefix, self.tag)});
        let request = self.target.request(Method::POST, "/users", self.key(account), Some(&body));
        let mut recorded = self.record(Operation::CreateUser, None, request);
        (recorded.is_setup, recorded.names) = (true, Some(Names::User(number)));
        let reply = self.send(recorded).await?;
        let id = text_at(&reply, "/userId").filter(|_| reply.status.is_success());
        let id = id.ok_or_else(|| Stop::Blocked(format!("POST /users was answered {}", said(&reply))))?;
        self.story.borrow_mut().variables.values.push((id.clone(), format!("USER{number}")));
        let user = User { account, id: Some(id) };
        self.users.borrow_mut().push(user.clone());
        Ok(user)
    }

    /// Returns the name that a file gets on this server. A user that several cases share has other names in each.
    pub(super) fn name(&self, user: &User, filename: &str) -> String {
        let prefix = &self.target.prefix;
        match user.id {
            Some(_) => format!("{prefix}{filename}"),
            None => format!("{prefix}{}-{filename}", self.tag),
        }
    }

    /// Makes an input unique to this session, unless the session has its own users.
    pub(super) fn fresh<T: Fresh>(&self, input: T) -> T {
        if self.target.offers.has(Need::Users) { input } else { input.fresh(&self.tag) }
    }

    /// Makes content unique to this session.
    pub(super) fn own(&self, content: &Bytes) -> Bytes {
        content.clone().fresh(&self.tag)
    }

    /// Deletes the session's files and users. Ignores failures, which no check judges.
    async fn tidy(&self) {
        for user in self.users.take() {
            let Some(id) = &user.id else { continue };
            let path = format!("/users/{id}");
            let request = self.target.request(Method::DELETE, &path, self.key(user.account), None);
            let _ = self.wire.send(&request).await;
        }
        let mut made = self.made.take();
        made.sort_by(|(_, one), (_, other)| one.cmp(other));
        made.dedup_by(|(_, one), (_, other)| one == other);
        for (user, key) in made.into_iter().filter(|(user, _)| user.id.is_none()) {
            let _ = self.wire.send(&self.request(&user, Method::DELETE, &path_of(&key), None)).await;
        }
    }

    fn key(&self, account: Account) -> &str {
        &self.keys[account as usize]
    }

    /// Prepares a request, with what its story says about it.
    fn record(&self, operation: Operation, user: Option<&User>, request: Request) -> Recorded {
        Recorded {
            at: today(),
            operation,
            is_setup: self.is_setup.get(),
            user_id: user.and_then(|user| user.id.clone()),
            request,
            url: None,
            names: None,
            answer: None,
        }
    }

    async fn send(&self, mut recorded: Recorded) -> Step<Reply> {
        let answered = self.wire.send(&recorded.request).await;
        let Request { method, target, .. } = &recorded.request;
        let what = format!("{method} {}", target.split('?').next().unwrap_or_default());
        recorded.answer = answered.as_ref().ok().cloned();
        self.story.borrow_mut().exchanges.push(recorded);
        answered.map_err(|error| Stop::broken(&what, &error))
    }
}
