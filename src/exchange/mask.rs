//! What must never reach a log, the journal or a report: API keys and signatures.
//!
//! A masker knows the secrets of one exchange (the bearer token that came with it) and the shapes of those
//! that have one (`X-Amz-Signature=…`, `<SignatureProvided>…`). Texts are masked when they are shown, since
//! few exchanges of many ever are.

use std::borrow::Cow;

use hyper::{HeaderMap, header};
use memchr::memmem;

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// What stands before a signature, wherever one is shown.
const SIGNATURES: [&str; 3] = ["Signature=", "Signature%3D", "<SignatureProvided>"];

/// What stands before the copy of a header's value in S3's answer to two auth mechanisms (row Q15).
const ARGUMENT: &str = "<ArgumentValue>";

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
        let mut secrets = Vec::new();
        for value in headers.get_all(header::AUTHORIZATION) {
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            let token = value.split_once(' ').map_or(value.as_str(), |(_, token)| token.trim()).to_owned();
            if !value.is_empty() {
                secrets.push((value.clone(), mask_authorization(&value)));
            }
            // Shorter ones would blank out half of the text, and protect nobody.
            if token.len() >= 4 {
                secrets.push((token, MASK.to_owned()));
            }
        }
        Self { secrets }
    }

    /// `text` without secrets.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for shape in SIGNATURES {
            if let Some(masked) = mask_after(&text, shape, is_signature_byte) {
                text = Cow::Owned(masked);
            }
        }
        if let Some(masked) = mask_after(&text, ARGUMENT, |byte| byte != b'<') {
            text = Cow::Owned(masked);
        }
        for (secret, mask) in &self.secrets {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), mask));
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

/// `text` with what follows each `shape` masked, up to the first byte that is no secret's; `None` where the
/// shape does not occur. `is_secret` decides alike for all bytes of one character.
fn mask_after(text: &str, shape: &str, is_secret: fn(u8) -> bool) -> Option<String> {
    let mut found = memmem::find_iter(text.as_bytes(), shape).peekable();
    found.peek()?;
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for at in found.map(|at| at + shape.len()) {
        if at < from {
            continue;
        }
        masked.push_str(&text[from..at]);
        let length = text[at..].bytes().take_while(|byte| is_secret(*byte)).count();
        if length > 0 {
            masked.push_str(MASK);
        }
        from = at + length;
    }
    masked.push_str(&text[from..]);
    Some(masked)
}

/// SigV4 signatures are hex, those of SigV2 base64, perhaps percent-encoded.
fn is_signature_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'%' | b'-' | b'_')
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
