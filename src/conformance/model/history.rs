//! Histories: steps of several users, which are generated, and played to a server and to the model.

use std::collections::HashMap;

use bytes::Bytes;
use proptest::{collection::vec, prelude::*, sample::select};

use super::world::{Announced, Fate, Number, Sent, World};
use crate::conformance::{
    Need,
    fresh::Fresh,
    outcome::{Step, ensure, holds},
    session::{Presigned, Put, Session, User, is_refusal, said},
    strategy::{self, File, Md5Form, apart},
    wire::Body,
};

/// Numbers of names and contents: few, so that steps concern the same.
const NAMES: usize = 3;
const CONTENTS: usize = 3;

/// A step. Numbers are taken modulo the existing items, so that a history stays valid when shrinking drops steps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Presign { user: Number, name: Number, content: Number, form: Md5Form },
    Put { url: Number, sent: Sent },
    List { user: Number },
    Delete { user: Number, of: Number, name: Number },
    Pass { minutes: u64 },
}

/// A history: the base of contents and names, and the steps that refer to them by number.
#[derive(Clone, Debug)]
pub(super) struct History {
    users: usize,
    content: Bytes,
    filename: String,
    acts: Vec<Act>,
}

impl Fresh for History {
    fn fresh(self, tag: &str) -> Self {
        Self { content: self.content.fresh(tag), ..self }
    }
}

/// Generates histories of at most this many users.
pub(super) fn of_users(users: usize) -> impl Strategy<Value = History> + Send + Sync {
    history(users, act(users))
}

/// Generates histories in which hours pass.
pub(super) fn in_time(users: usize) -> impl Strategy<Value = History> + Send + Sync {
    let pass = (1..90_u64).prop_map(|minutes| Act::Pass { minutes });
    history(users, prop_oneof![4 => act(users), 1 => pass])
}

fn history(
    users: usize,
    act: impl Strategy<Value = Act> + Send + Sync,
) -> impl Strategy<Value = History> + Send + Sync {
    (strategy::content(), strategy::filename(), vec(act, 1..16))
        .prop_map(move |(content, filename, acts)| History { users, content, filename, acts })
}

fn act(users: usize) -> impl Strategy<Value = Act> + Send + Sync {
    let sent = prop_oneof![
        4 => Just(Sent::Right),
        1 => Just(Sent::WrongBody),
        1 => Just(Sent::WrongHeader),
    ];
    let form = select(vec![Md5Form::Hex, Md5Form::Base64]);
    prop_oneof![
        4 => (0..users, 0..NAMES, 0..CONTENTS, form)
            .prop_map(|(user, name, content, form)| Act::Presign { user, name, content, form }),
        // The last URL is used most.
        5 => (0..4_usize, sent).prop_map(|(url, sent)| Act::Put { url, sent }),
        1 => (0..users).prop_map(|user| Act::List { user }),
        1 => (0..users, 0..users, 0..NAMES).prop_map(|(user, of, name)| Act::Delete { user, of, name }),
    ]
}

/// Plays a history.
pub(super) async fn play(session: &Session, history: History) -> Step {
    Play::begin(session, &history).all().await
}

/// Plays a history on a clock that only its steps move.
pub(super) async fn play_in_time(session: &Session, history: History) -> Step {
    session.freeze().await?;
    Play::begin(session, &history).all().await
}

/// A history that is being played.
struct Play<'a> {
    session: &'a Session,
    history: &'a History,
    /// The users who did something so far, whose files are listed in the end.
    users: Vec<Option<User>>,
    world: World,
    /// The URLs, in the order of the model.
    urls: Vec<Presigned>,
    /// The keys of each user's names that were answered.
    keys: HashMap<(Number, Number), String>,
}

impl<'a> Play<'a> {
    fn begin(session: &'a Session, history: &'a History) -> Self {
        // A server that creates no users has one.
        let users = if session.target.offers.has(Need::Users) { history.users } else { 1 };
        let (world, urls, keys) = (World::default(), Vec::new(), HashMap::new());
        Self { session, history, users: vec![None; users], world, urls, keys }
    }

    async fn all(&mut self) -> Step {
        for act in &self.history.acts {
            self.step(*act).await?;
        }
        for user in 0..self.users.len() {
            if self.users[user].is_some() {
                self.list(user).await?;
            }
        }
        Ok(())
    }

    async fn user(&mut self, number: Number) -> Step<User> {
        if let Some(user) = &self.users[number] {
            return Ok(user.clone());
        }
        Ok(self.users[number].insert(self.session.user().await?).clone())
    }

    async fn step(&mut self, act: Act) -> Step {
        match act {
            Act::Presign { user, name, content, form } => {
                self.presign(user % self.users.len(), name, content, form).await
            }
            Act::Put { .. } if self.urls.is_empty() => Ok(()),
            // Counted from the last.
            Act::Put { url, sent } => self.put(self.urls.len() - 1 - url % self.urls.len(), sent).await,
            Act::List { user } => self.list(user % self.users.len()).await,
            Act::Delete { user, of, name } => {
                self.delete(user % self.users.len(), of % self.users.len(), name).await
            }
            Act::Pass { minutes } => {
                let seconds = minutes * 60;
                self.world.pass(seconds);
                self.session.advance(seconds).await
            }
        }
    }

    async fn presign(&mut self, user: Number, name: Number, content: Number, form: Md5Form) -> Step {
        let wanted = self.file(name, content).announce(form);
        let asking = self.user(user).await?;
        let presigned = self.session.url(&asking, &wanted).await?;
        let expected = self.world.announce(user, content);
        let (kind, key) = (&presigned.kind, &presigned.key);
        let stored_as = match &expected {
            Announced::New => {
                ensure!(kind == "new", "content that user {user} has not stored is `{kind}`");
                self.learn(user, name, key)?;
                name
            }
            Announced::Existing(names) => {
                ensure!(kind == "existing", "content that user {user} has stored is `{kind}`");
                let found = names.iter().find(|one| self.keys.get(&(user, **one)) == Some(key));
                ensure!(found.is_some(), "the key answered is `{key}`, which does not have that content");
                found.copied().unwrap_or(name)
            }
        };
        self.world.hand_out(user, stored_as, content);
        self.urls.push(presigned);
        Ok(())
    }

    /// Fails unless a name has one key, and a key one name.
    fn learn(&mut self, user: Number, name: Number, key: &str) -> Step {
        let known = self.keys.entry((user, name)).or_insert_with(|| key.to_owned());
        ensure!(known == key, "one name of user {user} has two keys, `{known}` and `{key}`");
        let other = self.keys.iter().find(|(place, known)| **place != (user, name) && *known == key);
        holds!(other.is_none(), "two files have the key `{key}`")
    }

    async fn put(&mut self, at: usize, sent: Sent) -> Step {
        if self.urls[at].link.is_none() {
            return Ok(());
        }
        let url = self.world.urls()[at];
        let (file, other) = (self.file(url.name, url.content), self.content(url.content + CONTENTS));
        let put = match sent {
            Sent::Right => Put::of(&file),
            Sent::WrongBody => Put::of(&file).body(Body::whole(other)),
            Sent::WrongHeader => Put::content(&other),
        };
        let reply = self.session.put(&self.urls[at], put).await?;
        let (expected, status) = match self.world.put(url, sent) {
            Fate::Stored => ("be stored", 200),
            Fate::Expired => ("be refused as expired", 403),
            Fate::BadDigest => ("be refused for its digest", 400),
            Fate::BadSignature => ("be refused for its signature", 403),
        };
        let is_right = reply.status.as_u16() == status;
        holds!(is_right, "a PUT that had to {expected} ({status}) was answered {}", said(&reply))
    }

    async fn list(&mut self, user: Number) -> Step {
        let asking = self.user(user).await?;
        let listed = self.session.files(&asking).await?;
        let mut expected: Vec<(String, u64)> = Vec::new();
        for (name, content) in self.world.of(user) {
            let key = self.keys.get(&(user, name)).cloned().unwrap_or_default();
            expected.push((key, self.content(content).len() as u64));
        }
        // A user that sessions share may have files of others.
        let is_own = |key: &String| asking.id.is_some() || self.keys.values().any(|known| known == key);
        let mut seen: Vec<(String, u64)> =
            listed.into_iter().map(|file| (file.key, file.size)).filter(|(key, _)| is_own(key)).collect();
        expected.sort();
        seen.sort();
        holds!(seen == expected, "user {user} has {expected:?} (keys and sizes), but the list says {seen:?}")
    }

    async fn delete(&mut self, user: Number, of: Number, name: Number) -> Step {
        let Some(key) = self.keys.get(&(of, name)).cloned() else { return Ok(()) };
        let asking = self.user(user).await?;
        let reply = self.session.delete(&asking, &key).await?;
        let takes = user == of && self.world.delete(user, name);
        let (is_right, whose) = match user == of {
            _ if takes => (reply.status.is_success(), "a user's own file"),
            true => (is_refusal(reply.status), "a file that is not there"),
            false => (is_refusal(reply.status), "another user's file"),
        };
        holds!(is_right, "the delete of {whose} was answered {}", said(&reply))
    }

    fn file(&self, name: Number, content: Number) -> File {
        let filename = format!("{name}-{}", self.history.filename);
        File { filename, mime_type: "application/octet-stream", content: self.content(content) }
    }

    fn content(&self, number: Number) -> Bytes {
        apart(&self.history.content, number)
    }
}
