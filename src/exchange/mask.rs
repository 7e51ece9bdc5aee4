//! Masks secrets in logs, the journal and reports: API keys, signatures, and values with secret-looking names.
//!
//! A masker knows the secrets of one exchange (the values of `Authorization` and of secret-looking names), the API keys
//! that the emulator has seen, and the forms of other secrets (`X-Amz-Signature=…`, `"password": "…"`). Texts are
//! masked when they are shown, since few exchanges ever are.

use std::{
    borrow::Cow,
    collections::{HashSet, VecDeque},
    sync::{Arc, PoisonError, RwLock},
};

use hyper::HeaderMap;
use memchr::{memchr3_iter, memmem};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Replaces a secret.
pub const MASK: &str = "***";

/// Text between `Signature` and a signature: in a query, in a query within a parameter's value, and
/// in escaped JSON. Case does not count: a misspelled name has a valid signature all the same.
const EQUALS: [&str; 3] = ["=", "%3d", "\\u003d"];

/// Elements of S3's errors with secrets: the signature, the signed text as hex digits, the copy of a header's value.
const ELEMENTS: [&str; 3] = ["<SignatureProvided>", "<CanonicalRequestBytes>", "<ArgumentValue>"];

/// Shortest key that is searched for: shorter ones would blank out half of a text.
const SHORTEST: usize = 4;

/// Minimal length of a secret-looking name's value for masking it elsewhere too: many are not secret (`token=null`).
const SHORTEST_NAMED: usize = 8;

/// The longest API key that is remembered.
const LONGEST_SEEN: usize = 1024;

/// Minimal number of remembered API keys.
const MAX_SEEN: usize = 2048;

/// Limit on the remembered keys that need a search of their own.
const MAX_COMPOUND: usize = 64;

/// The API keys of an emulator: those it is set up with, and those that clients have sent.
#[derive(Default)]
pub struct Keys {
    configured: Vec<String>,
    seen: RwLock<SeenKeys>,
}

/// API keys that clients have sent.
#[derive(Default)]
struct SeenKeys {
    /// Keys that are one word, so that each word of a text can be looked up.
    words: HashSet<String>,
    /// Older keys, up to a bound.
    older: HashSet<String>,
    /// Keys that have a delimiter in them.
    compound: VecDeque<String>,
}

impl Keys {
    /// Creates the keys of an emulator that is set up with these.
    pub fn new(configured: Vec<String>) -> Self {
        let configured = configured.into_iter().filter(|key| key.len() >= SHORTEST).collect();
        Self { configured, seen: RwLock::default() }
    }

    /// Remembers the API key that a request with these values of `Authorization` carries.
    pub fn learn<'a>(&self, authorizations: impl Iterator<Item = &'a str>) {
        for value in authorizations {
            let token = credentials(value);
            if (SHORTEST..=LONGEST_SEEN).contains(&token.len()) && !self.has_seen(token) {
                self.seen.write().unwrap_or_else(PoisonError::into_inner).add(token);
            }
        }
    }

    fn has_seen(&self, key: &str) -> bool {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).contains(key)
    }
}

/// Keys are secrets: the debug output shows none.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({} configured)", self.configured.len())
    }
}

impl SeenKeys {
    fn contains(&self, key: &str) -> bool {
        self.words.contains(key) || self.older.contains(key) || self.compound.iter().any(|seen| seen == key)
    }

    fn add(&mut self, key: &str) {
        if key.contains(is_delimiter) {
            if self.compound.len() == MAX_COMPOUND {
                self.compound.pop_front();
            }
            self.compound.push_back(key.to_owned());
            return;
        }
        if self.words.len() == MAX_SEEN {
            self.older = std::mem::take(&mut self.words);
        }
        self.words.insert(key.to_owned());
    }

    /// Returns `text` with every key masked that is a whole word.
    fn mask(&self, text: &str) -> Option<String> {
        let is_key = |word: &&str| {
            let word = percent_decode_str(word).decode_utf8_lossy();
            self.words.contains(&*word) || self.older.contains(&*word)
        };
        let words = (!self.words.is_empty()).then(|| text.split(is_delimiter));
        let found = words.into_iter().flatten().filter(|word| word.len() >= SHORTEST).filter(is_key);
        let mut masked = mask_at(text, found.map(|word| (place_of(word, text), word.len())), MASK);
        for key in &self.compound {
            masked = mask_secret(masked.as_deref().unwrap_or(text), key, MASK).or(masked);
        }
        masked
    }
}

/// Returns the position of `part`, a slice of `text`.
fn place_of(part: &str, text: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

/// Returns whether a character separates values, in any format.
fn is_delimiter(character: char) -> bool {
    character.is_whitespace() || character.is_control() || "\"'`=&?<>,;:/()[]{}\\|".contains(character)
}

/// Hides the secrets of one exchange.
#[derive(Default)]
pub struct Masker {
    /// Each secret with its replacement.
    secrets: Vec<(String, String)>,
    keys: Option<Arc<Keys>>,
}

impl Masker {
    /// Makes a masker for an exchange with these request headers: `Authorization` and headers with
    /// secret-looking names are secret wherever they occur.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::of_headers(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())))
    }

    /// Creates a masker for an exchange whose request has these headers, with names in lower case.
    pub fn of_headers<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut masker = Self::default();
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value);
            if name == "authorization" {
                masker.add_authorization(value.trim());
            } else if is_secret_name(name) {
                let values = value.split([';', ',']).filter_map(|pair| pair.split_once('='));
                values.for_each(|(_, value)| masker.add(value.trim()));
                masker.add(value.trim());
                masker.add(credentials(&value));
            } else {
                schemes(&value).for_each(|(at, length)| masker.add(&value[at..at + length]));
                // A referer, say.
                if let Some((_, query)) = value.split_once('?') {
                    masker.add_form(query.split('#').next().unwrap_or_default());
                }
            }
        }
        masker
    }

    /// Creates the masker for a request with this path and query: values of secret-looking names in the query are
    /// secret.
    pub fn with_target(mut self, target: &str) -> Self {
        if let Some((_, query)) = target.split_once('?') {
            self.add_form(query);
        }
        self
    }

    /// Returns the masker, for a request with this body: values of secret-looking names in JSON or a form are secret.
    pub fn with_body(mut self, body: Option<&[u8]>) -> Self {
        let Some(body) = body.and_then(|body| std::str::from_utf8(body).ok()) else { return self };
        if body.trim_start().starts_with(['{', '[']) {
            if let Ok(value) = serde_json::from_str(body) {
                self.add_json(&value, false);
            }
        } else {
            self.add_form(body);
        }
        self
    }

    /// Adds the API keys of the emulator, which are secret wherever they occur.
    pub fn with_keys(mut self, keys: &Arc<Keys>) -> Self {
        self.keys = Some(Arc::clone(keys));
        self
    }

    fn add_authorization(&mut self, value: &str) {
        let token = value.split_once(' ').map_or(value, |(_, token)| token.trim());
        if value.len() >= SHORTEST {
            self.secrets.push((value.to_owned(), mask_authorization(value)));
        }
        if token.len() >= SHORTEST {
            self.secrets.push((token.to_owned(), MASK.to_owned()));
        }
    }

    fn add(&mut self, secret: &str) {
        if secret.len() >= SHORTEST_NAMED && !self.secrets.iter().any(|(known, _)| known == secret) {
            self.secrets.push((secret.to_owned(), MASK.to_owned()));
            // As S3's refusals have it.
            let escaped = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            if escaped != secret {
                self.secrets.push((escaped.replace('"', "&quot;"), MASK.to_owned()));
            }
        }
    }

    fn add_form(&mut self, form: &str) {
        for (name, value) in form.split('&').filter_map(|pair| pair.split_once('=')) {
            if is_secret_name(&percent_decode_str(name).decode_utf8_lossy()) {
                self.add(value);
                self.add(&percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy());
            }
        }
    }

    fn add_json(&mut self, value: &Value, is_secret: bool) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.add_json(value, is_secret || is_secret_name(name));
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.add_json(value, is_secret)),
            Value::String(text) if is_secret => self.add(text),
            Value::Number(number) if is_secret => self.add(&number.to_string()),
            _ => {}
        }
    }

    /// `text` without secrets.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        let replace = |masked: fn(&str) -> Option<String>, text: &mut Cow<'a, str>| {
            if let Some(masked) = masked(text) {
                *text = Cow::Owned(masked);
            }
        };
        replace(mask_elements, &mut text);
        replace(mask_signatures, &mut text);
        replace(mask_values_like_signatures, &mut text);
        for (secret, mask) in &self.secrets {
            if let Some(masked) = mask_secret(&text, secret, mask) {
                text = Cow::Owned(masked);
            }
        }
        replace(mask_named, &mut text);
        if let Some(keys) = &self.keys {
            for key in &keys.configured {
                if let Some(masked) = mask_secret(&text, key, MASK) {
                    text = Cow::Owned(masked);
                }
            }
            let seen = keys.seen.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(masked) = seen.mask(&text) {
                text = Cow::Owned(masked);
            }
        }
        text
    }

    /// Returns the value of the header `name` (lower case), without secrets. Of secret-looking names only a known
    /// scheme is shown.
    pub fn header(&self, name: &str, value: &str) -> String {
        if is_secret_name(name) {
            return mask_authorization(value);
        }
        let masked = mask_at(value, schemes(value), MASK);
        self.text(masked.as_deref().unwrap_or(value)).into_owned()
    }
}

/// A masker holds the secrets themselves: it shows none of them.
impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masker({} secrets)", self.secrets.len())
    }
}

/// Returns what follows a known scheme, or all of it.
fn credentials(value: &str) -> &str {
    let value = value.trim();
    match value.split_once(char::is_whitespace) {
        Some((scheme, token)) if is_scheme(scheme) => token.trim(),
        _ => value,
    }
}

/// Masks an `Authorization` value, except for a known scheme.
fn mask_authorization(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) if is_scheme(scheme) => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}

/// The schemes that may be shown: anything else before a blank could be half of a key.
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest", "aws4-hmac-sha256"].contains(&word.to_ascii_lowercase().as_str())
}

/// Returns start and length of the words after `Bearer` or `Basic` in a header's value.
fn schemes(value: &str) -> impl Iterator<Item = (usize, usize)> {
    let words = |text| str::split(text, [' ', '\t']).filter(|word| !word.is_empty());
    let pairs = words(value).zip(words(value).skip(1));
    let found = pairs.filter(|(scheme, _)| {
        let scheme = scheme.trim_start_matches(is_delimiter);
        scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("basic")
    });
    found.map(|(_, token)| (place_of(token, value), token.len()))
}

/// Returns whether the name of a header, parameter or field says that it holds a secret.
fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 14] = [
        "token",
        "secret",
        "passw",
        "passphrase",
        "apikey",
        "accesskey",
        "privatekey",
        "authkey",
        "customerkey",
        "subscriptionkey",
        "authoriz",
        "authentic",
        "cookie",
        "sessionid",
    ];
    const WHOLE: [&str; 8] = ["key", "auth", "xauth", "pwd", "pass", "sig", "jwt", "credentials"];
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    WHOLE.contains(&name.as_str())
        // The id of an access key is not secret.
        || (!name.ends_with("keyid") && PARTS.iter().any(|part| name.contains(part)))
}

/// `text` with the value of every secret-looking name masked: of a query or form, of JSON, or of a header line.
fn mask_named(text: &str) -> Option<String> {
    let mut end = 0;
    let found = memchr3_iter(b'=', b':', b'%', text.as_bytes()).filter_map(move |at| {
        if at < end {
            return None;
        }
        let (start, length) = named_value(text, at)?;
        end = start + length;
        (&text[start..end] != MASK).then_some((start, length))
    });
    mask_at(text, found, MASK)
}

/// Returns start and length of the value that a separator at `at` gives to a secret-looking name.
fn named_value(text: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let encoded = ["%3d", "%253d"].into_iter().find(|encoded| {
        bytes[at..].get(..encoded.len()).is_some_and(|found| found.eq_ignore_ascii_case(encoded.as_bytes()))
    });
    let before = &text[..at];
    let (name, start) = match (bytes[at], encoded) {
        (b'=', _) => (before, at + 1),
        (b':', _) => match before.trim_end().strip_suffix('"') {
            Some(name) => (name.trim_end_matches('\\'), at + 1),
            None if begins_line(before) => (before, at + 1),
            None => return None,
        },
        (_, Some(encoded)) => (before, at + encoded.len()),
        _ => return None,
    };
    if !is_secret_name(&last_name(name)) {
        return None;
    }
    let start = start + length_of(text, start, |byte| !matches!(byte, b' ' | b'\t'));
    let rest = &text[start..];
    if let Some(quoted) = rest.strip_prefix('"').or_else(|| rest.strip_prefix("\\\"")) {
        let start = text.len() - quoted.len();
        let is_escaped = bytes[start - 1] == b'"' && start >= 2 && bytes[start - 2] == b'\\';
        return Some((start, length_of_quoted(quoted, is_escaped)));
    }
    let length = match bytes[at] {
        b':' if before.trim_end().ends_with('"') => length_of(text, start, |byte| !byte.is_ascii_digit()),
        b':' => length_of(text, start, |byte| matches!(byte, b'\n' | b'\r' | b'<')),
        _ => {
            let length = length_of(text, start, ends_parameter);
            let value = &text[start..start + length];
            encoded.and_then(|_| value.find("%26")).unwrap_or(length)
        }
    };
    Some((start, length))
}

/// Returns the name at the end of `text`, decoded.
fn last_name(text: &str) -> String {
    let from = text.ceil_char_boundary(text.len().saturating_sub(96));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.%[]".contains(&byte);
    let length = text.as_bytes()[from..].iter().rev().take_while(|byte| is_name(**byte)).count();
    let name = percent_decode_str(&text[text.len() - length..]).decode_utf8_lossy();
    let is_part = |character: char| character.is_alphanumeric() || "-_.[]".contains(character);
    name.rsplit(|character| !is_part(character)).next().unwrap_or_default().to_owned()
}

/// Returns whether `text` ends in a name that begins a line, or the content of an element.
fn begins_line(text: &str) -> bool {
    let name = text
        .trim_end_matches(|character: char| character.is_ascii_alphanumeric() || "-_".contains(character));
    name.len() < text.len() && (name.is_empty() || name.ends_with(['\n', '>']))
}

/// Returns the length of a text that ends with a quote, escaped or not.
fn length_of_quoted(text: &str, is_escaped: bool) -> usize {
    let mut after_backslash = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if after_backslash == is_escaped => return at - usize::from(is_escaped),
            b'\\' => after_backslash = !after_backslash,
            _ => after_backslash = false,
        }
    }
    text.len()
}

/// Returns whether a byte ends the value of a parameter in a query or a form.
fn ends_parameter(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"&<>\"`#".contains(&byte)
}

/// Masks the elements of `text` that hold a secret.
fn mask_elements(text: &str) -> Option<String> {
    // Nothing of the kind is in a path, and every line of the log has one.
    memchr::memchr(b'<', text.as_bytes())?;
    ELEMENTS.into_iter().fold(None, |masked: Option<String>, element| {
        mask_element(masked.as_deref().unwrap_or(text), element).or(masked)
    })
}

/// Masks each `element` of `text`; `None` without one.
fn mask_element(text: &str, element: &str) -> Option<String> {
    let starts = memmem::find_iter(text.as_bytes(), element).map(|at| at + element.len());
    mask_at(text, starts.map(|at| (at, length_of(text, at, |byte| byte == b'<'))), MASK)
}

/// `text` with every signature masked that follows its name.
fn mask_signatures(text: &str) -> Option<String> {
    let mut end = 0;
    let found = memchr3_iter(b's', b'S', b'%', text.as_bytes()).filter_map(move |at| {
        if at < end {
            return None;
        }
        let at = at + stands_for(&text.as_bytes()[at..], "signature", u8::eq_ignore_ascii_case)?;
        let rest = &text.as_bytes()[at..];
        let equals = EQUALS.iter().find_map(|equals| stands_for(rest, equals, u8::eq_ignore_ascii_case))?;
        // Also in quotes, as pasted text may have.
        let at = at + equals;
        let at = at + length_of(text, at, |byte| !matches!(byte, b'"' | b'\'' | b' '));
        let length = length_of(text, at, ends_signature);
        end = at + length;
        Some((at, length))
    });
    mask_at(text, found, MASK)
}

/// `text` with every parameter's value masked that is 64 hex digits: a signature whose name was changed.
fn mask_values_like_signatures(text: &str) -> Option<String> {
    let found = memchr::memchr_iter(b'=', text.as_bytes()).filter_map(|at| {
        let length = length_of(text, at + 1, |byte| !byte.is_ascii_hexdigit());
        (length == 64).then_some((at + 1, length))
    });
    mask_at(text, found, MASK)
}

/// `text` with `mask` for every `secret`, also where some of its bytes are percent-encoded.
fn mask_secret(text: &str, secret: &str, mask: &str) -> Option<String> {
    let first = *secret.as_bytes().first()?;
    let mut end = 0;
    let found = memchr3_iter(first, b'%', b'~', text.as_bytes()).filter_map(move |at| {
        if at < end {
            return None;
        }
        let rest = &text.as_bytes()[at..];
        let raw = || rest.starts_with(secret.as_bytes()).then_some(secret.len());
        let length = stands_for(rest, secret, u8::eq).or_else(raw)?;
        end = at + length;
        Some((at, length))
    });
    mask_at(text, found, mask)
}

/// Returns `text` with `mask` instead of the pieces at `found`, sorted start and length on character boundaries; `None`
/// without any.
fn mask_at(text: &str, found: impl Iterator<Item = (usize, usize)>, mask: &str) -> Option<String> {
    let mut found = found.filter(|(_, length)| *length > 0).peekable();
    found.peek()?;
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for (at, length) in found {
        if at >= from {
            masked.push_str(&text[from..at]);
            masked.push_str(mask);
            from = at + length;
        }
    }
    masked.push_str(&text[from..]);
    Some(masked)
}

/// Returns the length of `pattern` at the beginning of `text`, where characters may be
/// percent-encoded; `None` if it is not there.
fn stands_for(text: &[u8], pattern: &str, is_same: fn(&u8, &u8) -> bool) -> Option<usize> {
    let mut at = 0;
    for wanted in pattern.as_bytes() {
        at += match decoded(&text[at..]) {
            Some((byte, length)) if is_same(&byte, wanted) => length,
            _ if is_same(text.get(at)?, wanted) => 1,
            _ => return None,
        };
    }
    Some(at)
}

/// Returns the byte of the escape at the beginning of `text`, percent-encoded or of a JSON Pointer,
/// and the escape's length.
fn decoded(text: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match *text {
        [b'%', high, low, ..] => Some((u8::try_from(digit(high)? << 4 | digit(low)?).ok()?, 3)),
        [b'~', b'0', ..] => Some((b'~', 2)),
        [b'~', b'1', ..] => Some((b'/', 2)),
        _ => None,
    }
}

/// Returns the number of bytes of `text` from `at` on before one that ends them. Only ASCII may end them.
fn length_of(text: &str, at: usize, ends: fn(u8) -> bool) -> usize {
    text.as_bytes()[at..].iter().take_while(|byte| !ends(**byte)).count()
}

/// Returns whether a byte cannot be part of a signature. SigV4's are hex, those of SigV2 base64, perhaps
/// percent-encoded.
fn ends_signature(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"&<>\"'\\,;".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masker(authorization: &'static str) -> Masker {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        Masker::of(&headers)
    }

    #[test]
    fn signatures_go_wherever_they_stand() {
        let masker = Masker::default();
        assert_eq!(
            masker.text("/b/k?X-Amz-Date=1&X-Amz-Signature=00ffaa&x-id=PutObject"),
            "/b/k?X-Amz-Date=1&X-Amz-Signature=***&x-id=PutObject"
        );
        assert_eq!(
            masker.text("<SignatureProvided>ab12</SignatureProvided>"),
            "<SignatureProvided>***</SignatureProvided>"
        );
        assert_eq!(masker.text("nothing here"), "nothing here");
    }

    #[test]
    fn signatures_go_under_another_name_too() {
        let signature = "0f".repeat(32);
        let text = format!("/k?X-Amz-Sig={signature}&a={}", &signature[2..]);
        assert_eq!(Masker::default().text(&text), format!("/k?X-Amz-Sig=***&a={}", &signature[2..]));
    }

    #[test]
    fn signatures_go_however_their_name_is_written() {
        for before in [
            "x-amz-signature=",
            "X-AMZ-SIGNATURE=",
            "Signatur%65=",
            "Signature%3d",
            "Signature%253D",
            "Signature\\u003D",
            "Signature=\"",
            "Signature= ",
            "<SignatureProvided>",
        ] {
            let masked = Masker::default().text(&format!("{before}00ff.é\"&a=b<")).into_owned();
            assert!(masked.starts_with(&format!("{before}***")) && !masked.contains("00ff"), "{masked}");
        }
        assert_eq!(Masker::default().text("Signature=&a=b"), "Signature=&a=b");
        assert_eq!(Masker::default().text("X-Amz-Signature"), "X-Amz-Signature");
    }

    #[test]
    fn a_key_goes_even_where_it_is_percent_encoded() {
        let masker = masker("Bearer a/b+c");
        for text in ["a/b+c", "a%2Fb%2Bc", "a%2fb+c", "%61%2F%62%2B%63"] {
            assert_eq!(masker.text(&format!("?k={text}&é")), "?k=***&é");
        }
        assert_eq!(self::masker("Bearer 5%25").text("5%25 5%2525"), "*** ***");
        assert_eq!(masker.text("a%2Fb a/b+ %2 %zz a/b%2"), "a%2Fb a/b+ %2 %zz a/b%2");
    }

    #[test]
    fn masks_values_of_secret_looking_names() {
        for name in [
            "api_key",
            "apiKey",
            "API-KEY",
            "access_token",
            "token",
            "key",
            "password",
            "client_secret",
            "X-Amz-Security-Token",
            "auth",
            "Authentication",
        ] {
            for (before, after) in [
                (format!("/list?a=b&{name}="), "&c=d"),
                (format!("a `?{name}="), "`"),
                (format!("url=http%3A%2F%2Fx%2F%3Fa%3Db%26{name}%3D"), "%26c%3Dd"),
                (format!("{name}="), " HTTP/1.1"),
                (format!("{{\"{name}\": \""), "\", \"filename\": \"a\"}"),
                (format!("{{\"text\":\"{{\\\"{name}\\\":\\\""), "\\\",\\\"b\\\":1}\"}"),
                (format!("{{\"{name}\":"), ",\"b\":1}"),
                (format!("<CanonicalRequest>host:h\n{}:", name.to_lowercase()), "\nx:y"),
            ] {
                let text = format!("{before}123456789{after}");
                assert_eq!(Masker::default().text(&text), format!("{before}***{after}"), "{text}");
            }
        }
    }

    #[test]
    fn keeps_values_of_other_names() {
        for text in [
            "/list?filename=a&s3Key=b&X-Amz-Credential=AKIA%2F20260102&continuation=c",
            r#"{"s3Key":"651e_a.txt","filename":"token","keyId":"5","awsAccessKeyId":"AKIA"}"#,
            "The key: `a` is not the token you think: 7",
            "<Key>a</Key><AWSAccessKeyId>AKIA</AWSAccessKeyId>",
            "token",
            "token=",
            "=: % :=\"",
        ] {
            assert_eq!(Masker::default().text(text), text);
        }
    }

    #[test]
    fn masks_headers_with_secret_looking_names_and_schemes() {
        let masker = Masker::default();
        for name in ["authentication", "x-authorization", "api-key", "x-auth-token", "token", "cookie"] {
            assert_eq!(masker.header(name, "abc"), "***", "{name}");
            assert_eq!(masker.header(name, "Bearer abc"), "Bearer ***", "{name}");
        }
        assert_eq!(masker.header("x-copy", "Bearer abc"), "Bearer ***");
        assert_eq!(masker.header("x-copy", "a, \"basic  YTpi\" b"), "a, \"basic  *** b");
        assert_eq!(masker.header("x-copy", "bearer"), "bearer");
    }

    #[test]
    fn masks_a_named_secret_in_the_rest_of_its_exchange() {
        let headers = [("x-auth-token", &b"header-secret"[..]), ("x-copy", b"Bearer scheme-secret")];
        let masker = Masker::of_headers(headers.into_iter())
            .with_target("/list?api_key=query%2Fsecret")
            .with_body(Some(br#"{"a":[{"password":["json\nsecret"]}]}"#));
        for secret in ["header-secret", "scheme-secret", "query/secret", "query%2Fsecret", "json\nsecret"] {
            assert_eq!(masker.text(&format!("got ({secret})")), "got (***)");
        }
        let masker = Masker::default().with_body(Some(b"a=b&token=form+secret"));
        assert_eq!(masker.text("form+secret form secret"), "*** ***");
        let short = Masker::default().with_target("/?token=null");
        assert_eq!(short.text("null"), "null");
    }

    #[test]
    fn masks_keys_that_were_seen_before() {
        let keys = Arc::new(Keys::new(vec!["configured".to_owned()]));
        keys.learn(["Bearer alice-key", "bob-key", "Bearer a/b+c=="].into_iter());
        let masker = Masker::default().with_keys(&keys);
        assert_eq!(masker.text("/a/alice-key?x=bob%2Dkey&y=a%2Fb%2Bc%3D%3D"), "/a/***?x=***&y=***");
        assert_eq!(masker.text("{\"a\":\"alice-key\"} configured1"), "{\"a\":\"***\"} ***1");
        assert_eq!(masker.text("alice-keys alice-key-2"), "alice-keys alice-key-2");
    }

    #[test]
    fn remembers_a_bounded_number_of_keys() {
        let mut seen = SeenKeys::default();
        for number in 0..3 * MAX_SEEN {
            seen.add(&format!("key-{number}"));
            seen.add(&format!("key={number}"));
        }
        assert!(seen.contains(&format!("key-{}", 2 * MAX_SEEN)) && !seen.contains("key-0"));
        assert!(seen.words.len() + seen.older.len() <= 2 * MAX_SEEN);
        assert_eq!(seen.compound.len(), MAX_COMPOUND);
    }

    #[test]
    fn masks_a_key_in_any_place() {
        let masker = masker("Bearer alice-key");
        assert_eq!(masker.header("authorization", "Bearer alice-key"), "Bearer ***");
        assert_eq!(masker.header("x-copy", "is alice-key here"), "is *** here");
        assert_eq!(masker.text("Bearer alice-key"), "Bearer ***");
    }

    #[test]
    fn s3s_copy_of_a_header_goes_even_where_it_is_escaped() {
        let masked = Masker::default().text("<ArgumentValue>Bearer a&amp;b</ArgumentValue>").into_owned();
        assert_eq!(masked, "<ArgumentValue>***</ArgumentValue>");
    }

    #[test]
    fn a_short_key_goes_with_its_scheme() {
        assert_eq!(masker("Bearer k").text("sent Bearer k as key"), "sent Bearer *** as key");
    }

    #[test]
    fn a_key_without_its_scheme_goes_whole() {
        let masker = masker("alice-key");
        assert_eq!(masker.header("authorization", "alice-key"), "***");
        assert_eq!(masker.header("authorization", "alice key"), "***");
        assert_eq!(masker.text("alice-key"), "***");
    }
}
