//! The issued URLs, unmasked and bounded, with the details of their files. S3's refusals are explained by comparing a
//! request with them.

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
};

use crate::{
    exchange::{IssuedUrl, UsedUrl},
    files::{Md5Digest, S3Key, UserId},
    s3::sigv4::signature_of,
};

/// Most URLs that are kept. The oldest goes first.
const MAX_URLS: usize = 1024;

/// An issued URL and its history.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what becomes of a URL is four things that are so or not")]
pub struct Entry {
    /// The URL as issued.
    pub issued: IssuedUrl,
    /// Exchange that issued it.
    pub presign: u64,
    /// Successful PUTs.
    pub uploads: u32,
    /// The last of them, counted over all URLs: larger is later.
    pub last_upload: u64,
    /// Whether any request used it, or none could.
    pub used: bool,
    /// Whether the client may not have received it.
    pub answer_lost: bool,
    /// Whether the client may not know that its content is stored: the last upload's answer was
    /// lost.
    pub upload_unheard: bool,
    /// Whether its file was deleted after it was issued.
    pub deleted: bool,
    /// Last exchange in which S3 refused a PUT to it.
    pub refused_in: Option<u64>,
    /// Whether it was reported as unused.
    pub reported: bool,
}

impl Entry {
    /// Makes the entry of a new URL.
    pub(super) fn new(presign: u64, issued: IssuedUrl) -> Self {
        Self {
            issued,
            presign,
            uploads: 0,
            last_upload: 0,
            used: false,
            answer_lost: false,
            upload_unheard: false,
            deleted: false,
            refused_in: None,
            reported: false,
        }
    }

    /// Returns its signature, or nothing.
    fn signature(&self) -> &str {
        signature_of(&self.issued.url).unwrap_or_default()
    }
}

/// The bounded list of URLs, by the exchanges that issued them.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Oldest first: ids of exchanges rise.
    entries: VecDeque<Entry>,
    /// Presigns of each key, oldest first.
    by_key: HashMap<S3Key, VecDeque<u64>>,
    /// Last presign with each signature: two within a second have the same.
    by_signature: HashMap<String, u64>,
    /// Successful PUTs.
    uploads: u64,
}

impl Ledger {
    /// Adds the URL of a presign.
    pub fn add(&mut self, presign: u64, issued: IssuedUrl) {
        if self.entries.len() == MAX_URLS {
            self.forget_oldest();
        }
        self.by_key.entry(issued.key.clone()).or_default().push_back(presign);
        let is_unheard = |one: &&Entry| one.upload_unheard && one.issued.md5 == issued.md5;
        let upload_unheard = self.of_key(issued.key.as_str()).find(is_unheard).is_some();
        let entry = Entry { upload_unheard, ..Entry::new(presign, issued) };
        self.by_signature.insert(entry.signature().to_owned(), presign);
        self.entries.push_back(entry);
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.entries.pop_front() else { return };
        if let Some(presigns) = self.by_key.get_mut(&oldest.issued.key) {
            presigns.pop_front();
            if presigns.is_empty() {
                self.by_key.remove(&oldest.issued.key);
            }
        }
        if self.by_signature.get(oldest.signature()) == Some(&oldest.presign) {
            self.by_signature.remove(oldest.signature());
        }
    }

    /// Returns the URL of a presign.
    pub fn get(&self, presign: u64) -> Option<&Entry> {
        self.entries.get(self.at(presign)?)
    }

    /// Like [`Self::get`], mutable.
    pub fn get_mut(&mut self, presign: u64) -> Option<&mut Entry> {
        let at = self.at(presign)?;
        self.entries.get_mut(at)
    }

    fn at(&self, presign: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&presign, |entry| entry.presign).ok()
    }

    /// Returns all URLs, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Returns the URLs of a key, newest first.
    pub fn of_key(&self, key: &str) -> impl Iterator<Item = &Entry> {
        let presigns = self.by_key.get(key).into_iter().flatten().rev();
        presigns.filter_map(|presign| self.get(*presign))
    }

    /// Returns the last URL whose key a path ends with, once decoded.
    pub fn of_path(&self, path: &str) -> Option<&Entry> {
        self.of_key(key_in(&plain(path))).next()
    }

    /// Returns the last URL with the signature of this query.
    pub fn of_signature(&self, query: Option<&str>) -> Option<&Entry> {
        self.get(*self.by_signature.get(signature_of(query?)?)?)
    }

    /// Returns the last URL that a user requested for this content.
    pub fn of_content(&self, user: UserId, md5: Md5Digest) -> Option<&Entry> {
        self.all().rev().find(|entry| entry.issued.md5 == md5 && entry.issued.user == user)
    }

    /// Returns the URL that a request most likely uses: the one with its signature, else the last
    /// one with its path, once both are decoded, wherever the bucket is. Of several URLs for a key,
    /// it is the one whose signature begins like the request's.
    pub fn of_request(&self, path: &str, query: Option<&str>) -> Option<&Entry> {
        if let Some(entry) = self.of_signature(query) {
            return Some(entry);
        }
        let meant = plain(path);
        let sent = query.and_then(beginning_of_signature);
        let is_cut = |entry: &&Entry| {
            let begins = |sent: &str| {
                entry.signature().get(..sent.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(sent))
            };
            sent.is_some_and(begins)
        };
        let mut of_segment = self.of_key(key_in(&meant)).peekable();
        if let Some(last) = of_segment.peek().copied() {
            return of_segment.find(is_cut).or(Some(last));
        }
        let is_meant = |entry: &&Entry| is_in(&meant, &plain_key(entry.issued.key.as_str()));
        let mut found = self.all().rev().filter(is_meant).peekable();
        let last = found.peek().copied();
        found.find(is_cut).or(last)
    }

    /// Records that a request uses the URL of this query, and returns which it is.
    pub fn use_url(&mut self, query: Option<&str>) -> Option<UsedUrl> {
        let presign = self.of_signature(query)?.presign;
        let entry = self.get_mut(presign)?;
        entry.used = true;
        let (user, md5, key) = (entry.issued.user, entry.issued.md5, entry.issued.key.clone());
        let is_known = |entry: &&Entry| {
            let issued = &entry.issued;
            !entry.answer_lost && issued.user == user && issued.md5 == md5
        };
        let last = self.of_key(key.as_str()).find(is_known);
        Some(UsedUrl { presign, last_presign: last.map_or(presign, |last| last.presign) })
    }

    /// Records that a key's file was deleted.
    pub fn delete(&mut self, key: &str) {
        for presign in self.by_key.get(key).cloned().unwrap_or_default() {
            if let Some(entry) = self.get_mut(presign) {
                entry.deleted = true;
            }
        }
    }

    /// Records an upload to the URL of this presign, and whether the client may not know of it.
    pub fn upload(&mut self, presign: u64, is_unheard: bool) {
        self.hear(presign, is_unheard);
        self.uploads += 1;
        let last_upload = self.uploads;
        let Some(entry) = self.get_mut(presign) else { return };
        entry.uploads += 1;
        entry.last_upload = last_upload;
    }

    /// Records whether the client may not know the result of its last upload of this content.
    pub fn hear(&mut self, presign: u64, is_unheard: bool) {
        let Some(entry) = self.get(presign) else { return };
        let (key, md5) = (entry.issued.key.clone(), entry.issued.md5);
        // Enough for any client that retries.
        let presigns = self.by_key.get(&key).into_iter().flatten().rev().take(64);
        for presign in presigns.copied().collect::<Vec<_>>() {
            if let Some(entry) = self.get_mut(presign).filter(|entry| entry.issued.md5 == md5) {
                entry.upload_unheard = is_unheard;
            }
        }
    }

    /// Forgets one user's URLs.
    pub fn forget(&mut self, user: UserId) {
        let entries = std::mem::take(&mut self.entries);
        *self = Self { uploads: self.uploads, ..Self::default() };
        for entry in entries.into_iter().filter(|entry| entry.issued.user != user) {
            self.by_key.entry(entry.issued.key.clone()).or_default().push_back(entry.presign);
            self.by_signature.insert(entry.signature().to_owned(), entry.presign);
            self.entries.push_back(entry);
        }
    }
}

/// Returns a part of a signature that identifies its URL.
fn beginning_of_signature(query: &str) -> Option<&str> {
    signature_of(query)?.get(..8)
}

/// Returns the owner of the file that a path names, also for unknown URLs.
pub(super) fn owner_of_path(path: &str) -> Option<UserId> {
    S3Key::owner_of(key_in(&plain(path)))
}

/// Returns the key that a path names. No key has a slash.
fn key_in(path: &str) -> &str {
    &path[memchr::memrchr(b'/', path.as_bytes()).map_or(0, |at| at + 1)..]
}

/// Normalises a key as [`plain`] does. Most need no change.
fn plain_key(key: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'%', b'+', key.as_bytes()).is_some() { plain(key).into() } else { key.into() }
}

/// Undoes what encoding and rebuilding change: decodes until nothing changes, with `+` as a blank.
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

/// Returns whether a path contains a key, whatever the case.
fn is_in(path: &str, key: &str) -> bool {
    !key.is_empty() && path.to_ascii_lowercase().contains(&key.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn user(digit: char) -> UserId {
        digit.to_string().repeat(24).parse().unwrap()
    }

    /// Returns the query of a URL whose signature is this digit repeated.
    fn query(digit: char) -> String {
        format!("X-Amz-Signature={}&x-id=PutObject", digit.to_string().repeat(64))
    }

    fn issued(user: UserId, name: &str, signature: char) -> IssuedUrl {
        let key = S3Key::of_file(user, name);
        IssuedUrl {
            url: format!("http://h/alloy-user-files/{key}?{}", query(signature)),
            user,
            filename: name.to_owned(),
            mime_type: "text/plain".to_owned(),
            md5: [u8::try_from(signature).unwrap(); 16].into(),
            key,
            is_existing: false,
            known_at: Timestamp::UNIX_EPOCH,
            signed_at: Timestamp::UNIX_EPOCH,
            expires: 1,
        }
    }

    /// Makes a ledger of these URLs, with presigns 1, 2, 3…
    fn ledger(urls: impl IntoIterator<Item = IssuedUrl>) -> Ledger {
        let mut ledger = Ledger::default();
        (1..).zip(urls).for_each(|(presign, issued)| ledger.add(presign, issued));
        ledger
    }

    fn presign(entry: Option<&Entry>) -> Option<u64> {
        entry.map(|entry| entry.presign)
    }

    #[test]
    fn finds_a_url_by_its_signature_and_else_by_its_path() {
        let ledger = ledger(['1', '2'].map(|signature| issued(user('a'), "a b.txt", signature)));
        let key = S3Key::of_file(user('a'), "a b.txt").to_string();
        assert_eq!(presign(ledger.of_request("/x", Some(&query('1')))), Some(1));
        for path in [format!("/alloy-user-files/{key}"), format!("/{key}"), key.replace('_', "%255F")] {
            assert_eq!(presign(ledger.of_request(&path, None)), Some(2), "{path}");
        }
        assert!(ledger.of_request("/alloy-user-files/other", Some("X-Amz-Signature=00")).is_none());
    }

    #[test]
    fn lists_the_urls_of_a_key_newest_first() {
        let of_a = ['1', '2', '3'].map(|signature| issued(user('a'), "a.txt", signature));
        let mut ledger = ledger(of_a.into_iter().chain([issued(user('a'), "b.txt", '4')]));
        let key = S3Key::of_file(user('a'), "a.txt").to_string();
        assert_eq!(ledger.of_key(&key).map(|entry| entry.presign).collect::<Vec<_>>(), [3, 2, 1]);
        let path = format!("/alloy-user-files/{}", key.replace('_', "%255F"));
        assert_eq!(presign(ledger.of_path(&path)), Some(3));
        ledger.delete(&key);
        assert_eq!(ledger.all().filter(|entry| entry.deleted).count(), 3);
        assert_eq!(ledger.of_key("none").count(), 0);
    }

    #[test]
    fn finds_content_for_its_own_user_alone() {
        let ledger = ledger([issued(user('a'), "a.txt", '1'), issued(user('b'), "b.txt", '1')]);
        let md5 = ledger.get(1).unwrap().issued.md5;
        let of = |digit| presign(ledger.of_content(user(digit), md5));
        assert_eq!(['a', 'b', 'c'].map(of), [Some(1), Some(2), None]);
    }

    #[test]
    fn reads_the_owner_from_the_path_where_no_url_is_known() {
        let key = S3Key::of_file(user('a'), "a.txt");
        for path in [format!("/alloy-user-files/{key}"), format!("/{}", key.as_str().replace('_', "%255F"))] {
            assert_eq!(owner_of_path(&path), Some(user('a')), "{path}");
        }
        assert_eq!(owner_of_path("/alloy-user-files/a.txt"), None);
    }

    #[test]
    fn finds_the_issued_url_by_a_cut_signature() {
        let ledger = ledger(['1', '2'].map(|signature| issued(user('a'), "a.txt", signature)));
        let key = S3Key::of_file(user('a'), "a.txt");
        // The last segment is the key, or only ends with it.
        for path in [format!("/alloy-user-files/{key}"), format!("/alloy-user-files/my{key}")] {
            assert_eq!(presign(ledger.of_request(&path, Some("X-Amz-Signature=11111111"))), Some(1));
            assert_eq!(presign(ledger.of_request(&path, Some("X-Amz-Signature=33333333"))), Some(2));
        }
    }

    #[test]
    fn a_request_uses_the_last_of_identical_urls() {
        let mut ledger = ledger(['1', '1', '2'].map(|signature| issued(user('a'), "a.txt", signature)));
        let used = ledger.use_url(Some(&query('1'))).unwrap();
        assert_eq!(used, UsedUrl { presign: 2, last_presign: 2 }, "the third is of other content");
        assert_eq!(ledger.all().map(|entry| entry.used).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn forgets_the_oldest_first_and_a_users_own_at_its_reset() {
        let mut ledger = ledger([issued(user('a'), "a.txt", '1'), issued(user('b'), "b.txt", '2')]);
        ledger.forget(user('b'));
        assert!(ledger.get(1).is_some() && ledger.get(2).is_none());
        for presign in (3..).take(MAX_URLS) {
            ledger.add(presign, issued(user('c'), "c.txt", '3'));
        }
        assert!(ledger.get(1).is_none());
        ledger.add(5000, issued(user('d'), "d.txt", '4'));
        assert_eq!(ledger.all().count(), MAX_URLS);
        for (signature, known) in [('1', None), ('3', Some(2 + MAX_URLS as u64)), ('4', Some(5000))] {
            assert_eq!(presign(ledger.of_request("/x", Some(&query(signature)))), known);
        }
        for presign in (5001..).take(MAX_URLS) {
            ledger.add(presign, issued(user('d'), "d.txt", '4'));
        }
        assert_eq!((ledger.by_key.len(), ledger.by_signature.len()), (1, 1));
    }
}
