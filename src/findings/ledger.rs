//! The URLs that were handed out, unmasked and bounded: what a request that S3 refuses is compared with, and
//! what is known of the file that each was for.

use std::{borrow::Cow, collections::VecDeque};

use super::{
    issued::{Issued, number_of_key},
    signature::Signature,
};
use crate::{
    files::{Md5Digest, S3Key, UserId},
    s3::sigv4::signature_of,
};

/// As many URLs of one key are looked through for one that is the same: it would be of the same second.
const MOST_IN_A_SECOND: usize = 64;

/// How many URLs are remembered. What is over it goes, oldest first.
const MOST: usize = 1024;

/// A URL in the ledger, and what became of it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what becomes of a URL is four things that are so or not")]
pub struct Entry {
    /// What was handed out.
    pub issued: Issued,
    /// How many PUTs to it succeeded.
    pub uploads: u32,
    /// The last of them, counted through all URLs: the larger, the later.
    pub last_upload: u64,
    /// Whether any request used it, right or wrong.
    pub is_touched: bool,
    /// Whether every answer with this very URL said that the file is there already: two within one second have
    /// the same one, and nobody can tell which of them a PUT uses.
    pub is_surely_existing: bool,
    /// Whether its file has been deleted since it was handed out.
    pub is_deleted: bool,
    /// The last exchange in which a PUT to it was refused, once that is recorded.
    pub refused_in: Option<u64>,
    /// Whether it was told that nobody used it.
    pub is_told: bool,
}

impl Entry {
    /// A URL of which nothing has become yet.
    pub(super) fn new(issued: Issued) -> Self {
        Self {
            is_surely_existing: issued.is_existing,
            issued,
            uploads: 0,
            last_upload: 0,
            is_touched: false,
            is_deleted: false,
            refused_in: None,
            is_told: false,
        }
    }
}

/// Names an entry, as long as it is there. The first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueId(u64);

impl IssueId {
    /// As the journal marks the exchange in which the URL was handed out.
    #[must_use]
    pub fn mark(self) -> u64 {
        self.0
    }
}

/// A place in the ledger.
#[derive(Debug)]
struct Slot {
    /// The place before it with a key like its own: see [`Last`].
    previous_of_key: IssueId,
    /// `None` once it was forgotten.
    entry: Option<Entry>,
}

/// The last place of all whose keys are alike: their numbers share a remainder. From there on, each leads to the one
/// before. Nothing need ever be taken out: an id that is too old leads nowhere.
#[derive(Debug)]
struct Last(Vec<u64>);

impl Default for Last {
    fn default() -> Self {
        Self(vec![0; Self::REMAINDERS])
    }
}

impl Last {
    /// Many times more than there are places, so that few that differ are alike: each of those is a look at a place that
    /// nobody looked at for long.
    const REMAINDERS: usize = 8 * MOST;

    fn of(&self, number: u64) -> IssueId {
        IssueId(self.0[Self::remainder(number)])
    }

    /// Puts a place before the last one, which it gives.
    fn replace(&mut self, number: u64, id: IssueId) -> IssueId {
        IssueId(std::mem::replace(&mut self.0[Self::remainder(number)], id.0))
    }

    fn remainder(number: u64) -> usize {
        // The golden ratio's digits spread what is alike in its lower digits.
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (spread % Self::REMAINDERS as u64) as usize
    }
}

/// The bounded list of URLs.
#[derive(Debug, Default)]
pub struct Ledger {
    slots: VecDeque<Slot>,
    /// The numbers of their signatures, which are gone through where no key leads to a URL: all of them take less room
    /// than some twenty places.
    signatures: VecDeque<u32>,
    /// The last id that was given.
    last: u64,
    /// How many PUTs succeeded.
    uploads: u64,
    by_key: Last,
}

impl Ledger {
    /// Takes a URL down.
    pub fn add(&mut self, issued: Issued) -> IssueId {
        let id = IssueId(self.last + 1);
        let mut entry = Entry::new(issued);
        if let Some(twin) = self.twin(&entry.issued) {
            entry.is_surely_existing &= twin.is_surely_existing;
            entry.is_touched = twin.is_touched;
        }
        let previous_of_key = self.by_key.replace(entry.issued.key_number, id);
        // The oldest goes first: the new one comes into its very place.
        if self.slots.len() == MOST {
            self.slots.pop_front();
            self.signatures.pop_front();
        }
        self.signatures.push_back(entry.issued.signature.as_ref().map_or(0, Signature::number));
        self.slots.push_back(Slot { previous_of_key, entry: Some(entry) });
        self.last = id.0;
        id
    }

    /// The last entry with this very URL, which is of the same second.
    fn twin(&self, issued: &Issued) -> Option<&Entry> {
        let mut of_key = self.of_key_of(issued).take(MOST_IN_A_SECOND).map(|(_, entry)| entry);
        of_key.find(|entry| issued.signature.is_some() && entry.issued.signature == issued.signature)
    }

    /// The entry of this id.
    #[must_use]
    pub fn get(&self, id: IssueId) -> Option<&Entry> {
        self.slot(id)?.entry.as_ref()
    }

    /// The entry of this id, to be changed.
    pub fn get_mut(&mut self, id: IssueId) -> Option<&mut Entry> {
        let at = self.at(id)?;
        self.slots.get_mut(at)?.entry.as_mut()
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn all(&self) -> impl DoubleEndedIterator<Item = (IssueId, &Entry)> {
        let first = self.first();
        let places = self.slots.iter().enumerate();
        places.filter_map(move |(at, slot)| Some((IssueId(first + at as u64), slot.entry.as_ref()?)))
    }

    /// The entries of a key, newest first.
    pub fn of_key(&self, key: &str) -> impl Iterator<Item = (IssueId, &Entry)> {
        let number = number_of_key(key);
        self.of_number(number, move |issued| issued.is_of_key(number, key.as_bytes()))
    }

    /// The entries of the key that a URL is for, newest first.
    pub fn of_key_of(&self, issued: &Issued) -> impl Iterator<Item = (IssueId, &Entry)> {
        self.of_number(issued.key_number, |other| other.is_of_key_of(issued))
    }

    fn of_number(
        &self,
        number: u64,
        is_it: impl Fn(&Issued) -> bool,
    ) -> impl Iterator<Item = (IssueId, &Entry)> {
        let found = |id: IssueId| Some((id, self.slot(id)?));
        let last = found(self.by_key.of(number));
        let alike = std::iter::successors(last, move |(_, slot)| found(slot.previous_of_key));
        let entries = alike.filter_map(|(id, slot)| Some((id, slot.entry.as_ref()?)));
        entries.filter(move |(_, entry)| is_it(&entry.issued))
    }

    /// The last entry whose key a path ends with, once it is decoded, whatever its query.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Option<IssueId> {
        self.of_key(key_in(&plain(path))).next().map(|(id, _)| id)
    }

    /// Takes down that a key's file was deleted.
    pub fn deleted(&mut self, key: &str) {
        let ids: Vec<IssueId> = self.of_key(key).map(|(id, _)| id).collect();
        for id in ids {
            if let Some(entry) = self.get_mut(id) {
                entry.is_deleted = true;
            }
        }
    }

    /// The URL that a request uses as it was given: the last one with its signature. Nearly always it is for the path's
    /// key.
    #[must_use]
    pub(super) fn of_signature(&self, path: &str, signature: Signature) -> Option<IssueId> {
        let is_it = |(_, entry): &(IssueId, &Entry)| entry.issued.signature == Some(signature);
        let of_key = self.of_key(&plain_key(key_in(path))).find(is_it);
        of_key.or_else(|| self.with_number_of(signature).find(is_it)).map(|(id, _)| id)
    }

    /// The entries whose signatures have one's number, newest first.
    fn with_number_of(&self, signature: Signature) -> impl Iterator<Item = (IssueId, &Entry)> {
        let (first, number) = (self.first(), signature.number());
        let alike = self.signatures.iter().enumerate().rev().filter(move |(_, of)| **of == number);
        let ids = alike.map(move |(at, _)| IssueId(first + at as u64));
        ids.filter_map(|id| Some((id, self.get(id)?)))
    }

    /// Takes down that a request has come to this path with this signature, whatever becomes of it; gives its URL.
    pub(super) fn used(&mut self, path: &str, signature: Signature) -> Option<IssueId> {
        let id = self.of_signature(path, signature)?;
        self.get_mut(id)?.is_touched = true;
        Some(id)
    }

    /// The URL that a request most likely means: the one with its signature, else the last one whose path is like
    /// the request's once both are decoded, wherever the bucket stands and however often it was encoded. Of
    /// several for one key it is the one whose signature begins as the request's.
    ///
    /// All URLs are looked through only where none is for a key that is the path's last segment.
    #[must_use]
    pub fn of_request(&self, path: &str, query: Option<&str>) -> Option<&Entry> {
        if let Some(id) = query.and_then(Signature::of_query).and_then(|sent| self.of_signature(path, sent)) {
            return self.get(id);
        }
        let meant = plain(path);
        let sent = query.and_then(beginning_of_signature);
        let is_cut = |entry: &&Entry| {
            entry.issued.signature.zip(sent).is_some_and(|(issued, sent)| issued.begins_with(sent))
        };
        let mut of_segment = self.of_key(key_in(&meant)).map(|(_, entry)| entry).peekable();
        if let Some(last) = of_segment.peek().copied() {
            return of_segment.find(is_cut).or(Some(last));
        }
        let mut found =
            self.newest_first().filter(|entry| meant.ends_with(&*plain_key(entry.issued.key()))).peekable();
        let last = found.peek().copied();
        found.find(is_cut).or(last)
    }

    /// The last URL that a user asked for with this content.
    #[must_use]
    pub fn of_content(&self, user: UserId, md5: Md5Digest) -> Option<&Entry> {
        let is_of = |entry: &&Entry| entry.issued.md5 == md5 && entry.issued.user == user;
        self.newest_first().find(is_of)
    }

    /// Takes down that a file was uploaded.
    pub fn uploaded(&mut self, id: IssueId) {
        self.uploads += 1;
        let last_upload = self.uploads;
        if let Some(entry) = self.get_mut(id) {
            entry.uploads += 1;
            entry.last_upload = last_upload;
        }
    }

    /// Takes down in which exchange a PUT to a URL was refused.
    pub fn refused(&mut self, id: IssueId, exchange: u64) {
        if let Some(entry) = self.get_mut(id) {
            entry.refused_in = Some(exchange);
        }
    }

    /// Forgets all URLs. No id comes twice all the same: an exchange under way may still hold one.
    pub fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    /// Forgets one user's URLs. Their places stay until they are too old.
    pub fn forget(&mut self, user: UserId) {
        for slot in &mut self.slots {
            slot.entry.take_if(|entry| entry.issued.user == user);
        }
    }

    fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().rev().filter_map(|slot| slot.entry.as_ref())
    }

    /// The id of the oldest place.
    fn first(&self) -> u64 {
        self.last + 1 - self.slots.len() as u64
    }

    fn at(&self, id: IssueId) -> Option<usize> {
        usize::try_from(id.0.checked_sub(self.first())?).ok()
    }

    fn slot(&self, id: IssueId) -> Option<&Slot> {
        self.slots.get(self.at(id)?)
    }
}

/// The beginning of a signature that need not be whole: enough of it to tell URLs apart.
fn beginning_of_signature(query: &str) -> Option<&str> {
    signature_of(query)?.get(..8)
}

/// Whose file a request's path names, also where no URL for it is known.
pub(super) fn owner_of_path(path: &str) -> Option<UserId> {
    S3Key::owner_of(key_in(&plain(path)))
}

/// The key that a path names: no key has a slash.
fn key_in(path: &str) -> &str {
    &path[memchr::memrchr(b'/', path.as_bytes()).map_or(0, |at| at + 1)..]
}

/// A key as [`plain`] makes it; most are so already.
fn plain_key(key: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'%', b'+', key.as_bytes()).is_some() { plain(key).into() } else { key.into() }
}

/// A path or a key without what encoding and rebuilding change: decoded until nothing changes, `+` as a blank.
fn plain(text: &str) -> String {
    let mut text = text.replace('+', " ");
    for _ in 0..3 {
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().replace('+', " ");
        if decoded == text {
            break;
        }
        text = decoded;
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::findings::Announced;

    fn user(digit: char) -> UserId {
        digit.to_string().repeat(24).parse().unwrap()
    }

    /// The query of a URL whose signature is this digit alone.
    fn query(digit: char) -> String {
        format!("X-Amz-Signature={}&x-id=PutObject", digit.to_string().repeat(64))
    }

    fn issued(user: UserId, name: &str, signature: char) -> Issued {
        issued_as(user, name, signature, false)
    }

    fn issued_as(user: UserId, name: &str, signature: char, is_existing: bool) -> Issued {
        let announced = Announced {
            user,
            filename: name,
            mime_type: "text/plain",
            md5: [u8::try_from(signature).unwrap(); 16].into(),
            key: S3Key::of_file(user, name),
            authority: "h",
            signature: Signature::of_query(&query(signature)),
            is_existing,
            at: Timestamp::UNIX_EPOCH,
            signed_at: Timestamp::UNIX_EPOCH,
            expires: 1,
        };
        announced.into()
    }

    #[test]
    fn an_url_is_found_by_its_signature_and_else_by_its_path() {
        let mut ledger = Ledger::default();
        let (one, other) = (issued(user('a'), "a b.txt", '1'), issued(user('a'), "a b.txt", '2'));
        let key = one.key().to_owned();
        ledger.add(one);
        ledger.add(other);
        let signature_of = |entry: Option<&Entry>| entry.map(|entry| entry.issued.md5);
        assert_eq!(signature_of(ledger.of_request("/x", Some(&query('1')))), Some([b'1'; 16].into()));
        for path in [format!("/alloy-user-files/{key}"), format!("/{key}"), key.replace('_', "%255F")] {
            assert_eq!(signature_of(ledger.of_request(&path, None)), Some([b'2'; 16].into()), "{path}");
        }
        assert!(ledger.of_request("/alloy-user-files/other", Some("X-Amz-Signature=00")).is_none());
    }

    #[test]
    fn of_identical_urls_what_was_said_of_one_goes_for_both() {
        let mut ledger = Ledger::default();
        let new = ledger.add(issued(user('a'), "a.txt", '1'));
        ledger.get_mut(new).unwrap().is_touched = true;
        let existing = |signature| issued_as(user('a'), "a.txt", signature, true);
        let twin = ledger.add(existing('1'));
        let twin = ledger.get(twin).unwrap();
        assert!(!twin.is_surely_existing && twin.is_touched);
        let other = ledger.add(existing('2'));
        let other = ledger.get(other).unwrap();
        assert!(other.is_surely_existing && !other.is_touched);
    }

    #[test]
    fn the_urls_of_a_key_come_newest_first() {
        let mut ledger = Ledger::default();
        let ids: Vec<_> = ('1'..='3').map(|n| ledger.add(issued(user('a'), "a.txt", n))).collect();
        ledger.add(issued(user('a'), "b.txt", '4'));
        let key = ledger.get(ids[0]).unwrap().issued.key().to_owned();
        let of_key: Vec<_> = ledger.of_key(&key).map(|(id, _)| id).collect();
        assert_eq!(of_key, [ids[2], ids[1], ids[0]]);
        assert_eq!(ledger.of_path(&format!("/alloy-user-files/{}", key.replace('_', "%255F"))), Some(ids[2]));
        ledger.deleted(&key);
        assert_eq!(ledger.all().filter(|(_, entry)| entry.is_deleted).count(), 3);
        assert_eq!(ledger.of_key("none").count(), 0);
    }

    #[test]
    fn what_a_user_uploads_is_found_for_that_user_alone() {
        let mut ledger = Ledger::default();
        let of_alice = ledger.add(issued(user('a'), "a.txt", '1'));
        let md5 = ledger.get(of_alice).unwrap().issued.md5;
        ledger.add(issued(user('b'), "b.txt", '1'));
        let name = |user| ledger.of_content(user, md5).map(|entry| entry.issued.filename());
        assert_eq!(name(user('a')), Some("a.txt"));
        assert_eq!(name(user('b')), Some("b.txt"));
        assert_eq!(name(user('c')), None);
    }

    #[test]
    fn the_owner_is_read_from_the_path_where_no_url_is_known() {
        let key = S3Key::of_file(user('a'), "a.txt");
        for path in [format!("/alloy-user-files/{key}"), format!("/{}", key.as_str().replace('_', "%255F"))] {
            assert_eq!(owner_of_path(&path), Some(user('a')), "{path}");
        }
        assert_eq!(owner_of_path("/alloy-user-files/a.txt"), None);
    }

    #[test]
    fn a_signature_that_was_cut_tells_the_urls_of_a_key_apart() {
        let mut ledger = Ledger::default();
        for signature in ['1', '2'] {
            ledger.add(issued(user('a'), "a.txt", signature));
        }
        let key = S3Key::of_file(user('a'), "a.txt");
        let md5 = |path: &str, query| ledger.of_request(path, Some(query)).map(|entry| entry.issued.md5);
        // The last segment is the key, or only ends with it.
        for path in [format!("/alloy-user-files/{key}"), format!("/alloy-user-files/my{key}")] {
            assert_eq!(md5(&path, "X-Amz-Signature=11111111"), Some([b'1'; 16].into()));
            assert_eq!(md5(&path, "X-Amz-Signature=33333333"), Some([b'2'; 16].into()));
        }
    }

    #[test]
    fn ids_never_come_twice() {
        let mut ledger = Ledger::default();
        let id = ledger.add(issued(user('a'), "a.txt", '1'));
        ledger.clear();
        assert_ne!(ledger.add(issued(user('a'), "a.txt", '1')), id);
    }

    #[test]
    fn the_oldest_go_first_and_a_users_own_at_its_reset() {
        let mut ledger = Ledger::default();
        let first = ledger.add(issued(user('a'), "a.txt", '1'));
        let second = ledger.add(issued(user('b'), "b.txt", '2'));
        ledger.forget(user('b'));
        assert!(ledger.get(first).is_some() && ledger.get(second).is_none());
        for _ in 0..MOST {
            ledger.add(issued(user('c'), "c.txt", '3'));
        }
        assert!(ledger.get(first).is_none());
        assert_eq!((ledger.slots.len(), ledger.all().count()), (MOST, MOST));
        ledger.add(issued(user('d'), "d.txt", '4'));
        for (signature, known) in [('1', None), ('3', Some("c.txt")), ('4', Some("d.txt"))] {
            let entry = ledger.of_request("/x", Some(&query(signature)));
            assert_eq!(entry.map(|entry| entry.issued.filename()), known);
        }
    }
}
