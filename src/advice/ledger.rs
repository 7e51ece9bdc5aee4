//! The URLs that were handed out, unmasked and bounded: what a request that S3 refuses is compared with, and
//! what is known of the file that each was for.

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher},
};

use jiff::Timestamp;

use crate::{
    exchange::cut,
    files::{Md5Digest, S3Key, UserId},
    s3::sigv4::signature_of,
};

/// How many URLs are remembered. What is over it goes, oldest first.
const MOST: usize = 1024;

/// The longest filename and the longest type that are remembered, in bytes: clients write them.
const LONGEST: usize = 1024;

/// A URL that was handed out, and what for.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Whose file it is for.
    pub user: UserId,
    /// The name that the file was announced under.
    pub filename: String,
    /// What it was announced as.
    pub mime_type: String,
    /// The MD5 that was announced.
    pub md5: Md5Digest,
    /// The key that the URL is for.
    pub key: S3Key,
    /// The URL, whole.
    pub url: String,
    /// Whether the answer said that the file is there already.
    pub is_existing: bool,
    /// When it was signed, on the emulator's clock, in whole seconds as its `X-Amz-Date` is.
    pub at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A URL in the ledger, and what became of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was handed out.
    pub issued: Issued,
    /// The exchange in which it was, once that is recorded.
    pub exchange: Option<u64>,
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
    /// The rules that have been concluded of it: each is told once.
    pub concluded: Vec<&'static str>,
    /// The URL before it for the same key.
    previous: Option<IssueId>,
}

impl Entry {
    /// A URL of which nothing has become yet.
    pub(super) fn new(mut issued: Issued) -> Self {
        bound(&mut issued.filename);
        bound(&mut issued.mime_type);
        Self {
            is_surely_existing: issued.is_existing,
            issued,
            exchange: None,
            uploads: 0,
            last_upload: 0,
            is_touched: false,
            is_deleted: false,
            refused_in: None,
            concluded: Vec::new(),
            previous: None,
        }
    }
}

/// Names an entry, as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueId(u64);

/// A URL that is about to be taken down. Made where nobody waits: what is done in the ledger itself is done under
/// a lock that every exchange takes.
#[derive(Debug)]
pub struct Prepared {
    key: u64,
    signature: Option<u64>,
    entry: Box<Entry>,
}

impl From<Issued> for Prepared {
    fn from(issued: Issued) -> Self {
        let key = hash_of(issued.key.as_str());
        let signature = signature(query_of(&issued.url)).and_then(beginning);
        Self { key, signature, entry: Box::new(Entry::new(issued)) }
    }
}

/// A place in the ledger: what it is found by, beside the entry itself, which is mostly cold memory by the time it
/// goes.
#[derive(Debug)]
struct Slot {
    id: IssueId,
    key: u64,
    signature: Option<u64>,
    entry: Box<Entry>,
}

/// Numbers that are as good as random already, as keys.
type ByNumber = HashMap<u64, IssueId, BuildHasherDefault<AsItIs>>;

/// The bounded list of URLs.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: VecDeque<Slot>,
    next: u64,
    /// How many PUTs succeeded.
    uploads: u64,
    /// By the beginning of the signature, which is enough to tell those that were made here apart.
    by_signature: ByNumber,
    /// The last URL for each key, by the key's hash; from there on, each leads to the one before.
    by_key: ByNumber,
    /// The last entry that was too many, until somebody takes it: freeing it need not hold others up.
    evicted: Option<Box<Entry>>,
}

impl Ledger {
    /// Takes a URL down.
    pub fn add(&mut self, prepared: Prepared) -> IssueId {
        let Prepared { key, signature, mut entry } = prepared;
        let id = IssueId(self.next);
        self.next += 1;
        let twin = signature.and_then(|signature| self.by_signature.insert(signature, id));
        entry.previous = self.by_key.insert(key, id);
        if let Some(twin) = twin.and_then(|twin| self.get(twin))
            && twin.issued.url == entry.issued.url
        {
            entry.is_surely_existing &= twin.is_surely_existing;
            entry.is_touched = twin.is_touched;
        }
        self.entries.push_back(Slot { id, key, signature, entry });
        if self.entries.len() > MOST
            && let Some(oldest) = self.entries.pop_front()
        {
            self.unindex(&oldest);
            self.evicted = Some(oldest.entry);
        }
        id
    }

    /// The entry that [`Self::add`] pushed out, to be dropped where nobody waits.
    #[must_use]
    pub fn take_evicted(&mut self) -> Option<Box<Entry>> {
        self.evicted.take()
    }

    /// The entry of this id.
    #[must_use]
    pub fn get(&self, id: IssueId) -> Option<&Entry> {
        self.entries.get(self.at(id)?).map(|slot| &*slot.entry)
    }

    /// The entry of this id, to be changed.
    pub fn get_mut(&mut self, id: IssueId) -> Option<&mut Entry> {
        let at = self.at(id)?;
        self.entries.get_mut(at).map(|slot| &mut *slot.entry)
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn all(&self) -> impl DoubleEndedIterator<Item = (IssueId, &Entry)> {
        self.entries.iter().map(|slot| (slot.id, &*slot.entry))
    }

    /// The entries of a key, newest first.
    pub fn of_key(&self, key: &str) -> impl Iterator<Item = (IssueId, &Entry)> {
        let found = |id: IssueId| Some((id, self.get(id)?));
        let last = self.by_key.get(&hash_of(key)).copied().and_then(found);
        let all = std::iter::successors(last, move |(_, entry)| entry.previous.and_then(found));
        // Two keys may have one hash.
        all.filter(move |(_, entry)| entry.issued.key.as_str() == key)
    }

    /// The last entry whose key a path ends with, once it is decoded, whatever its query.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Option<IssueId> {
        let path = plain(path);
        self.of_key(path.rsplit('/').next()?).next().map(|(id, _)| id)
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

    /// The URL that a request uses as it was given: the one with its signature.
    #[must_use]
    pub fn of_signature(&self, query: Option<&str>) -> Option<IssueId> {
        let signature = signature(query?)?;
        let id = *self.by_signature.get(&beginning(signature)?)?;
        let issued = &self.get(id)?.issued;
        (self::signature(query_of(&issued.url)) == Some(signature)).then_some(id)
    }

    /// The URL that a request most likely means: the one with its signature, else the last one whose path is like
    /// the request's once both are decoded, wherever the bucket stands and however often it was encoded. Of
    /// several for one key it is the one whose signature begins as the request's.
    ///
    /// All URLs are looked through only where none is for a key that is the path's last segment.
    #[must_use]
    pub fn of_request(&self, path: &str, query: Option<&str>) -> Option<&Entry> {
        if let Some(id) = self.of_signature(query) {
            return self.get(id);
        }
        let meant = plain(path);
        let sent = query.and_then(beginning_of_signature);
        let is_cut = |entry: &&Entry| {
            beginning_of_signature(query_of(&entry.issued.url))
                .zip(sent)
                .is_some_and(|(issued, sent)| issued.eq_ignore_ascii_case(sent))
        };
        let segment = meant.rsplit('/').next().unwrap_or_default();
        let mut of_segment = self.of_key(segment).map(|(_, entry)| entry).peekable();
        if let Some(last) = of_segment.peek().copied() {
            return of_segment.find(is_cut).or(Some(last));
        }
        let newest_first = self.entries.iter().rev().map(|slot| &*slot.entry);
        let mut found =
            newest_first.filter(|entry| meant.ends_with(&*plain_key(&entry.issued.key))).peekable();
        let last = found.peek().copied();
        found.find(is_cut).or(last)
    }

    /// The last URL that a user asked for with this content.
    #[must_use]
    pub fn of_content(&self, user: UserId, md5: Md5Digest) -> Option<&Entry> {
        let is_of = |entry: &&Entry| entry.issued.md5 == md5 && entry.issued.user == user;
        self.entries.iter().rev().map(|slot| &*slot.entry).find(is_of)
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

    /// Takes down in which exchange a URL was handed out.
    pub fn recorded(&mut self, id: IssueId, exchange: u64) {
        if let Some(entry) = self.get_mut(id) {
            entry.exchange = Some(exchange);
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
        *self = Self { next: self.next, ..Self::default() };
    }

    /// Forgets one user's URLs.
    pub fn forget(&mut self, user: UserId) {
        let (gone, kept): (VecDeque<Slot>, _) =
            std::mem::take(&mut self.entries).into_iter().partition(|slot| slot.entry.issued.user == user);
        self.entries = kept;
        gone.iter().for_each(|slot| self.unindex(slot));
    }

    fn at(&self, id: IssueId) -> Option<usize> {
        // Without gaps, which only a user's reset makes, the place is known.
        let place = usize::try_from(id.0.checked_sub(self.entries.front()?.id.0)?).ok()?;
        if self.entries.get(place).is_some_and(|slot| slot.id == id) {
            return Some(place);
        }
        self.entries.binary_search_by_key(&id, |slot| slot.id).ok()
    }

    fn unindex(&mut self, slot: &Slot) {
        let last_of = |index: &mut ByNumber, number| {
            if index.get(&number) == Some(&slot.id) {
                index.remove(&number);
            }
        };
        slot.signature.into_iter().for_each(|signature| last_of(&mut self.by_signature, signature));
        last_of(&mut self.by_key, slot.key);
    }
}

/// A key's number in the ledger.
fn hash_of(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Cuts a text that is too long, and gives back its memory.
fn bound(text: &mut String) {
    if text.len() > LONGEST {
        cut(text, LONGEST);
        text.shrink_to_fit();
    }
}

/// What stands behind a URL's `?`.
fn query_of(url: &str) -> &str {
    url.split_once('?').map_or("", |(_, query)| query)
}

/// The beginning of a signature that need not be whole: enough of it to tell URLs apart.
fn beginning_of_signature(query: &str) -> Option<&str> {
    signature_of(query)?.get(..8)
}

/// The signature in a query, as it stands there.
fn signature(query: &str) -> Option<&[u8; 64]> {
    signature_of(query)?.as_bytes().first_chunk()
}

/// The number that the first 16 hex digits of a signature are.
fn beginning(signature: &[u8; 64]) -> Option<u64> {
    let mut beginning = [0; 8];
    hex::decode_to_slice(&signature[..16], &mut beginning).ok()?;
    Some(u64::from_be_bytes(beginning))
}

/// The hash of a number that is as good as random already: itself.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Whose file a request's path names, also where no URL for it is known.
pub(super) fn owner_of_path(path: &str) -> Option<UserId> {
    S3Key::owner_of(plain(path).rsplit('/').next()?)
}

/// A key as [`plain`] makes it; most are so already.
fn plain_key(key: &S3Key) -> Cow<'_, str> {
    let key = key.as_str();
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
    use super::*;

    fn user(digit: char) -> UserId {
        digit.to_string().repeat(24).parse().unwrap()
    }

    fn issued(user: UserId, name: &str, signature: char) -> Issued {
        let key = S3Key::of_file(user, name);
        let signature = signature.to_string().repeat(64);
        Issued {
            user,
            filename: name.to_owned(),
            mime_type: "text/plain".to_owned(),
            md5: [signature.as_bytes()[0]; 16].into(),
            url: format!("http://h/alloy-user-files/{key}?X-Amz-Signature={signature}&x-id=PutObject"),
            key,
            is_existing: false,
            at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_url_is_found_by_its_signature_and_else_by_its_path() {
        let mut ledger = Ledger::default();
        let (one, other) = (issued(user('a'), "a b.txt", '1'), issued(user('a'), "a b.txt", '2'));
        let key = one.key.as_str().to_owned();
        let query = query_of(&one.url).to_owned();
        ledger.add(one.into());
        ledger.add(other.into());
        let signature_of = |entry: Option<&Entry>| entry.map(|entry| entry.issued.md5);
        assert_eq!(signature_of(ledger.of_request("/x", Some(&query))), Some([b'1'; 16].into()));
        for path in [format!("/alloy-user-files/{key}"), format!("/{key}"), key.replace('_', "%255F")] {
            assert_eq!(signature_of(ledger.of_request(&path, None)), Some([b'2'; 16].into()), "{path}");
        }
        assert!(ledger.of_request("/alloy-user-files/other", Some("X-Amz-Signature=00")).is_none());
    }

    #[test]
    fn of_identical_urls_what_was_said_of_one_goes_for_both() {
        let mut ledger = Ledger::default();
        let new = ledger.add(issued(user('a'), "a.txt", '1').into());
        ledger.get_mut(new).unwrap().is_touched = true;
        let existing = |signature| Issued { is_existing: true, ..issued(user('a'), "a.txt", signature) };
        let twin = ledger.add(existing('1').into());
        let twin = ledger.get(twin).unwrap();
        assert!(!twin.is_surely_existing && twin.is_touched);
        let other = ledger.add(existing('2').into());
        let other = ledger.get(other).unwrap();
        assert!(other.is_surely_existing && !other.is_touched);
    }

    #[test]
    fn the_urls_of_a_key_come_newest_first() {
        let mut ledger = Ledger::default();
        let ids: Vec<_> = ('1'..='3').map(|n| ledger.add(issued(user('a'), "a.txt", n).into())).collect();
        ledger.add(issued(user('a'), "b.txt", '4').into());
        let key = ledger.get(ids[0]).unwrap().issued.key.clone();
        let of_key: Vec<_> = ledger.of_key(key.as_str()).map(|(id, _)| id).collect();
        assert_eq!(of_key, [ids[2], ids[1], ids[0]]);
        assert_eq!(
            ledger.of_path(&format!("/alloy-user-files/{}", key.as_str().replace('_', "%255F"))),
            Some(ids[2])
        );
        ledger.deleted(key.as_str());
        assert_eq!(ledger.all().filter(|(_, entry)| entry.is_deleted).count(), 3);
        assert_eq!(ledger.of_key("none").count(), 0);
    }

    #[test]
    fn what_a_user_uploads_is_found_for_that_user_alone() {
        let mut ledger = Ledger::default();
        let of_alice = ledger.add(issued(user('a'), "a.txt", '1').into());
        let md5 = ledger.get(of_alice).unwrap().issued.md5;
        ledger.add(issued(user('b'), "b.txt", '1').into());
        let name = |user| ledger.of_content(user, md5).map(|entry| &*entry.issued.filename);
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
            ledger.add(issued(user('a'), "a.txt", signature).into());
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
    fn long_names_are_cut_and_ids_never_come_twice() {
        let mut ledger = Ledger::default();
        let mut long = issued(user('a'), "a.txt", '1');
        long.filename = "é".repeat(1 << 20);
        let id = ledger.add(long.into());
        let kept = &ledger.get(id).unwrap().issued.filename;
        assert!(kept.len() <= LONGEST && kept.capacity() <= LONGEST);
        ledger.clear();
        assert_ne!(ledger.add(issued(user('a'), "a.txt", '1').into()), id);
    }

    #[test]
    fn the_oldest_go_first_and_a_users_own_at_its_reset() {
        let mut ledger = Ledger::default();
        let first = ledger.add(issued(user('a'), "a.txt", '1').into());
        let second = ledger.add(issued(user('b'), "b.txt", '2').into());
        ledger.forget(user('b'));
        assert!(ledger.get(first).is_some() && ledger.get(second).is_none());
        for _ in 0..MOST {
            ledger.add(issued(user('c'), "c.txt", '3').into());
        }
        assert!(ledger.get(first).is_none());
        assert_eq!((ledger.entries.len(), ledger.by_signature.len(), ledger.by_key.len()), (MOST, 1, 1));
    }
}
