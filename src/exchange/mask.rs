//! What must never reach a log, the journal or a report: API keys and signatures.
//!
//! A masker knows the secrets of one exchange (the bearer token that came with it) and the shapes of those
//! that have one (`X-Amz-Signature=…`, `<SignatureProvided>…`). Texts are masked when they are shown, since
//! few exchanges of many ever are.

use std::borrow::Cow;

use hyper::{
    HeaderMap,
    header::{self, HeaderValue},
};
use memchr::{memchr3_iter, memmem};

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// What stands between `Signature` and a signature: in a query, in a query that is a parameter's value, and in
/// JSON of those who escape it. Whatever its case, since a client that gets the name wrong has a good
/// signature all the same.
const EQUALS: [&str; 3] = ["=", "%3d", "\\u003d"];

/// Elements of S3's refusals: the signature that came (row S1), what was signed as digits (in which nothing
/// could be found), and the copy of a header's value (row Q15).
const ELEMENTS: [&str; 3] = ["<SignatureProvided>", "<CanonicalRequestBytes>", "<ArgumentValue>"];

/// The shortest key that is looked for by itself: shorter ones would blank out half of a text, and protect
/// nobody.
const SHORTEST: usize = 4;

/// Hides the secrets of one exchange.
#[derive(Default)]
pub struct Masker {
    /// Each secret with what stands in its place.
    secrets: Vec<(String, String)>,
}

impl Masker {
    /// A masker for an exchange whose request has these headers: whatever `Authorization` carries is
    /// secret wherever it stands.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self::of_authorizations(headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes))
    }

    /// A masker for an exchange whose request has these values of `Authorization`.
    #[must_use]
    pub fn of_authorizations<'a>(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut secrets = Vec::new();
        for value in values {
            let value = String::from_utf8_lossy(value).trim().to_owned();
            let token = value.split_once(' ').map_or(value.as_str(), |(_, token)| token.trim()).to_owned();
            if value.len() >= SHORTEST {
                secrets.push((value.clone(), mask_authorization(&value)));
            }
            if token.len() >= SHORTEST {
                secrets.push((token, MASK.to_owned()));
            }
        }
        Self { secrets }
    }

    /// The masker, for an emulator with these API keys: a key of somebody's is secret wherever it stands, also
    /// where it came without `Authorization`.
    #[must_use]
    pub fn with_keys(mut self, keys: &[String]) -> Self {
        let long_enough = keys.iter().filter(|key| key.len() >= SHORTEST);
        self.secrets.extend(long_enough.map(|key| (key.clone(), MASK.to_owned())));
        self
    }

    /// `text` without secrets.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        // Nothing of the kind is in a path, and every line of the log has one.
        let elements = if memchr::memchr(b'<', text.as_bytes()).is_some() { &ELEMENTS[..] } else { &[] };
        for element in elements {
            if let Some(masked) = mask_element(&text, element) {
                text = Cow::Owned(masked);
            }
        }
        if let Some(masked) = mask_signatures(&text) {
            text = Cow::Owned(masked);
        }
        if let Some(masked) = mask_values_like_signatures(&text) {
            text = Cow::Owned(masked);
        }
        for (secret, mask) in &self.secrets {
            if let Some(masked) = mask_secret(&text, secret, mask) {
                text = Cow::Owned(masked);
            }
        }
        text
    }

    /// The value of the header `name` (lower case), without secrets. `Authorization` and its like keep
    /// their scheme and nothing else.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> String {
        match name {
            "authorization" | "proxy-authorization" => mask_authorization(value),
            "cookie" | "set-cookie" | "x-api-key" => MASK.to_owned(),
            _ => self.text(value).into_owned(),
        }
    }
}

/// A masker holds the secrets themselves: it shows none of them.
impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masker({} secrets)", self.secrets.len())
    }
}

/// An `Authorization` value of which only a known scheme is left.
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

/// `text` with what stands in each `element` masked; `None` where there is none.
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
        // Also one in quotes, which belongs to somebody who pasted it.
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

/// `text` with `mask` in the place of the pieces that begin and are as long as `found` says, in their order.
/// They begin and end between characters. `None` where there is nothing to mask.
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

/// How many bytes at the beginning of `text` stand for `pattern`, some of them perhaps percent-encoded;
/// `None` where they do not.
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

/// The byte that the escape at the beginning of `text` stands for, and how long that is: percent-encoded, or
/// as in a JSON Pointer.
fn decoded(text: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match *text {
        [b'%', high, low, ..] => Some((u8::try_from(digit(high)? << 4 | digit(low)?).ok()?, 3)),
        [b'~', b'0', ..] => Some((b'~', 2)),
        [b'~', b'1', ..] => Some((b'/', 2)),
        _ => None,
    }
}

/// How many bytes of `text` from `at` on come before one that ends them. Only ASCII may end them.
fn length_of(text: &str, at: usize, ends: fn(u8) -> bool) -> usize {
    text.as_bytes()[at..].iter().take_while(|byte| !ends(**byte)).count()
}

/// What a signature never has in it, in whichever form it is written: SigV4's are hex, those of SigV2
/// base64, perhaps percent-encoded. Anything else belongs to what was made of one.
fn ends_signature(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control() || b"&<>\"'\\,;".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masker(authorization: &'static str) -> Masker {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
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
    fn a_key_goes_wherever_it_stands() {
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
