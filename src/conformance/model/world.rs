//! The model: the state of a correct server, and its answers.

use std::collections::BTreeMap;

/// Lifetime of a URL, in seconds.
const LIFE: u64 = 3600;

/// Number of a user, a name or a content; the history knows which.
pub(super) type Number = usize;

/// A presigned URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) user: Number,
    pub(super) name: Number,
    pub(super) content: Number,
    born: u64,
}

/// Content of a PUT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The announced bytes.
    Right,
    /// Other bytes, with the MD5 that was announced.
    WrongBody,
    /// Other bytes, with their own MD5.
    WrongHeader,
}

/// The outcome of a PUT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stored,
    Expired,
    BadDigest,
    BadSignature,
}

/// The answer to a request for a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    New,
    /// Under one of these names.
    Existing(Vec<Number>),
}

/// The state of a right server.
#[derive(Debug, Default)]
pub(super) struct World {
    now: u64,
    /// The content of each user's names.
    files: BTreeMap<(Number, Number), Number>,
    urls: Vec<Url>,
}

impl World {
    /// Returns the answer to a request for a URL.
    pub(super) fn announce(&self, user: Number, content: Number) -> Announced {
        let same = self.of(user).filter(|(_, stored)| *stored == content).map(|(name, _)| name);
        let names: Vec<Number> = same.collect();
        if names.is_empty() { Announced::New } else { Announced::Existing(names) }
    }

    /// Records a presigned URL, with the name of its key.
    pub(super) fn hand_out(&mut self, user: Number, name: Number, content: Number) {
        self.urls.push(Url { user, name, content, born: self.now });
    }

    pub(super) fn urls(&self) -> &[Url] {
        &self.urls
    }

    /// Returns the outcome of a PUT, and stores it.
    pub(super) fn put(&mut self, url: Url, sent: Sent) -> Fate {
        if self.now > url.born + LIFE {
            return Fate::Expired;
        }
        match sent {
            Sent::WrongHeader => Fate::BadSignature,
            Sent::WrongBody => Fate::BadDigest,
            Sent::Right => {
                self.files.insert((url.user, url.name), url.content);
                Fate::Stored
            }
        }
    }

    /// Deletes a user's name; returns whether there was a file.
    pub(super) fn delete(&mut self, user: Number, name: Number) -> bool {
        self.files.remove(&(user, name)).is_some()
    }

    /// Returns a user's names and contents.
    pub(super) fn of(&self, user: Number) -> impl Iterator<Item = (Number, Number)> {
        let own = self.files.range((user, 0)..=(user, Number::MAX));
        own.map(|((_, name), content)| (*name, *content))
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now += seconds;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_existing_from_its_put_to_its_end() {
        let mut world = World::default();
        assert_eq!(world.announce(0, 5), Announced::New);
        world.hand_out(0, 1, 5);
        assert_eq!(world.announce(0, 5), Announced::New);
        let url = world.urls()[0];
        assert_eq!(world.put(url, Sent::WrongBody), Fate::BadDigest);
        assert_eq!(world.put(url, Sent::WrongHeader), Fate::BadSignature);
        assert_eq!(world.announce(0, 5), Announced::New);
        assert_eq!(world.put(url, Sent::Right), Fate::Stored);
        assert_eq!(world.announce(0, 5), Announced::Existing(vec![1]));
        assert_eq!(world.announce(1, 5), Announced::New);
        assert!(world.delete(0, 1) && !world.delete(0, 1));
        assert_eq!(world.announce(0, 5), Announced::New);
    }

    #[test]
    fn a_url_dies_after_its_hour() {
        let mut world = World::default();
        world.hand_out(0, 0, 0);
        let url = world.urls()[0];
        world.pass(LIFE);
        assert_eq!(world.put(url, Sent::Right), Fate::Stored);
        world.pass(1);
        assert_eq!(world.put(url, Sent::Right), Fate::Expired);
        assert_eq!(world.of(0).collect::<Vec<_>>(), [(0, 0)]);
    }
}
