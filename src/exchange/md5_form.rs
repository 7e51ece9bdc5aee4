//! Parses an MD5, and explains an invalid one: the presign's `md5`, or `Content-MD5`.

use std::borrow::Cow;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use percent_encoding::percent_decode_str;

use super::stand_in;

/// The 16 bytes of an MD5.
type Digest = [u8; 16];

/// The form of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Md5Form {
    /// Nothing.
    Empty,
    /// The base64 of 16 bytes, as `Content-MD5` has it.
    Base64(Digest),
    /// 32 hex digits.
    Hex(Digest),
    /// The base64 of the text of 32 hex digits.
    Base64OfHex(Digest),
    /// A digest with something wrong about its form: what, as a sentence without its end.
    Dressed(Digest, &'static str),
    /// Not an MD5; with the explanation, as a sentence without its end.
    Not(String),
}

/// Takes one fault off a text; `None` if it does not have that fault.
type Undress = fn(&str) -> Option<Cow<'_, str>>;

/// Wrong forms of a digest. The first row that leaves a digest counts.
const DRESSES: &[(Undress, &str)] = &[
    (|text| other(text, text.trim_end()), "it has a line end or a blank behind it"),
    (|text| other(text, text.trim()), "it has blanks around it"),
    (literal_line_end, r"it has the characters `\n` behind it"),
    (python_bytes, "it is printed as Python's `b'…'`: the bytes have to be decoded to text"),
    (quotes, "it has quotes around it"),
    (separators, "it has separators between its hex digits"),
    (|text| replaced(text, " ", "+"), "a `+` of its base64 became a blank, as form decoding does"),
    (percent, "it is percent-encoded"),
    (
        |text| replaced(text, "\\/", "/"),
        r"its `/` are escaped as `\/`: the JSON it comes from was not parsed",
    ),
    (html, "it is escaped for HTML"),
    (unpadded, "its padding `==` is missing"),
    (url_safe, "it is in base64's alphabet for URLs, with `-` and `_` for `+` and `/`"),
    (md5sum, "the file's name follows it, as in the output of `md5sum`"),
    (openssl, "the file's name precedes it, as in the output of `openssl md5`"),
    (prefix, "the name of the algorithm, or `0x`, precedes it"),
    (twice, "it is repeated"),
    (base64_twice, "it is encoded as base64 twice"),
    (numbers, "its 16 bytes are written as numbers"),
];

/// Other digests, by how many bytes they have.
const DIGESTS: &[(usize, &str)] = &[
    (4, "a CRC-32"),
    (20, "a SHA-1"),
    (28, "a SHA-224"),
    (32, "a SHA-256"),
    (48, "a SHA-384"),
    (64, "a SHA-512"),
];

impl Md5Form {
    /// Reads a text.
    pub fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        if let Some(digest) = base64(text) {
            return Self::Base64(digest);
        }
        if let Some(digest) = hex(text) {
            return Self::Hex(digest);
        }
        if let Some(digest) = decoded_text(text).and_then(|text| hex(text.trim_end())) {
            return Self::Base64OfHex(digest);
        }
        let dressed = DRESSES.iter().find_map(|(undress, what)| Some((plain(&undress(text)?)?, *what)));
        match dressed {
            Some((digest, what)) => Self::Dressed(digest, what),
            None => Self::Not(something_else(text)),
        }
    }
}

/// 32 hex digits in either case.
fn hex(text: &str) -> Option<Digest> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
}

/// Returns the padded standard base64 of 16 bytes.
fn base64(text: &str) -> Option<Digest> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn plain(text: &str) -> Option<Digest> {
    hex(text).or_else(|| base64(text))
}

/// Returns the text that is encoded as base64.
fn decoded_text(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

fn other<'t>(text: &str, changed: &'t str) -> Option<Cow<'t, str>> {
    (changed.len() < text.len()).then_some(Cow::Borrowed(changed))
}

fn replaced(text: &str, from: &str, to: &str) -> Option<Cow<'static, str>> {
    text.contains(from).then(|| Cow::Owned(text.replace(from, to)))
}

fn literal_line_end(text: &str) -> Option<Cow<'_, str>> {
    let rest = text.trim_end_matches("\\n").trim_end_matches("\\r");
    other(text, rest)
}

fn python_bytes(text: &str) -> Option<Cow<'_, str>> {
    let rest = text.strip_prefix('b')?;
    let inside = rest.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let inside = inside.or_else(|| rest.strip_prefix('"')?.strip_suffix('"'))?;
    Some(Cow::Borrowed(inside.trim_end_matches("\\n")))
}

fn quotes(text: &str) -> Option<Cow<'_, str>> {
    let rest = text.strip_prefix("W/").unwrap_or(text);
    other(text, rest.trim_matches(['"', '\'', '`', '“', '”', '‘', '’']))
}

fn separators(text: &str) -> Option<Cow<'_, str>> {
    let digits: String = text.chars().filter(|character| !"-: .".contains(*character)).collect();
    (digits.len() < text.len() && hex(&digits).is_some()).then_some(Cow::Owned(digits))
}

fn percent(text: &str) -> Option<Cow<'_, str>> {
    text.contains('%').then(|| percent_decode_str(text).decode_utf8_lossy())
}

fn html(text: &str) -> Option<Cow<'_, str>> {
    let mut plain = text.to_owned();
    for (escape, character) in [
        ("&#x3D;", "="),
        ("&#61;", "="),
        ("&#x2F;", "/"),
        ("&#47;", "/"),
        ("&#x2B;", "+"),
        ("&#43;", "+"),
        ("&quot;", ""),
        ("&#34;", ""),
        ("&#39;", ""),
    ] {
        plain = plain.replace(escape, character);
    }
    (plain.len() < text.len()).then_some(Cow::Owned(plain))
}

fn unpadded(text: &str) -> Option<Cow<'_, str>> {
    padded(STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?)
}

fn url_safe(text: &str) -> Option<Cow<'_, str>> {
    padded(URL_SAFE.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()?)
}

fn padded(bytes: Vec<u8>) -> Option<Cow<'static, str>> {
    (bytes.len() == 16).then(|| Cow::Owned(STANDARD.encode(bytes)))
}

fn md5sum(text: &str) -> Option<Cow<'_, str>> {
    let (digest, _) = text.trim_start_matches('\\').split_once([' ', '\t'])?;
    Some(Cow::Borrowed(digest))
}

fn openssl(text: &str) -> Option<Cow<'_, str>> {
    let (_, digest) = text.trim_end().rsplit_once(['=', ' '])?;
    Some(Cow::Borrowed(digest.trim_start()))
}

fn prefix(text: &str) -> Option<Cow<'_, str>> {
    let names = ["md5:", "md5=", "md5-", "md5 ", "md5_", "0x"];
    let name = names
        .iter()
        .find(|name| text.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name)))?;
    Some(Cow::Borrowed(text[name.len()..].trim_start()))
}

fn twice(text: &str) -> Option<Cow<'_, str>> {
    let mut values = text.split(',').map(str::trim);
    let first = values.next()?;
    (text.contains(',') && values.all(|value| value == first)).then_some(Cow::Borrowed(first))
}

fn base64_twice(text: &str) -> Option<Cow<'_, str>> {
    decoded_text(text).map(|text| Cow::Owned(text.trim_end().to_owned()))
}

fn numbers(text: &str) -> Option<Cow<'_, str>> {
    let from = text.rfind('[').map_or(0, |at| at + 1);
    let list = text[from..].split(']').next()?;
    let bytes: Option<Vec<u8>> = list
        .split([',', ' '])
        .filter(|number| !number.is_empty())
        .map(|number| number.parse::<u8>().ok())
        .collect();
    padded(bytes?)
}

/// Describes a text without an MD5.
fn something_else(text: &str) -> String {
    if let Some(what) = stand_in(text) {
        return format!("it is {what}");
    }
    let trimmed = text.trim();
    if trimmed.bytes().all(|byte| byte.is_ascii_hexdigit()) && !trimmed.is_empty() {
        return hex_of_another_length(trimmed.len());
    }
    let name = |bytes: usize| DIGESTS.iter().find(|(length, _)| *length == bytes).map(|(_, name)| *name);
    if let Some(inner) = decoded_text(trimmed)
        && inner.bytes().all(|byte| byte.is_ascii_hexdigit())
        && let Some(name) = name(inner.len() / 2).filter(|_| inner.len() > 8)
    {
        return format!("it is the base64 of the hex text of {name}");
    }
    if let Some(wrong) = nearly_hex(text) {
        return format!("it has 32 characters, but `{}` is not a hex digit", wrong.escape_debug());
    }
    let bytes = STANDARD.decode(trimmed).or_else(|_| URL_SAFE_NO_PAD.decode(trimmed));
    if let Ok(bytes) = bytes.map(|bytes| bytes.len()) {
        return match name(bytes) {
            Some(name) => format!("it is the base64 of {bytes} bytes, as many as {name} has; an MD5 has 16"),
            None => format!("it is the base64 of {}, and an MD5 has 16", count(bytes, "byte")),
        };
    }
    "it is not base64 of 16 bytes, nor 32 hex digits".to_owned()
}

/// 32 characters of which nearly all are hex digits: which one is not.
fn nearly_hex(text: &str) -> Option<char> {
    let is_wrong = |character: &char| !character.is_ascii_hexdigit();
    let wrong = text.chars().filter(is_wrong).count();
    (text.chars().count() == 32 && wrong <= 4).then(|| text.chars().find(is_wrong)).flatten()
}

fn hex_of_another_length(digits: usize) -> String {
    let name = DIGESTS.iter().find(|(length, _)| length * 2 == digits).map(|(_, name)| *name);
    match name {
        Some(name) => format!("it has {digits} hex digits, as many as {name} has; an MD5 has 32"),
        None if (16..32).contains(&digits) => format!(
            "it has {digits} hex digits instead of 32: a leading zero is lost where a number or a byte is printed \
             without filling it up (`%x` for `%02x`)"
        ),
        None => format!("it has {} instead of 32", count(digits, "hex digit")),
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
