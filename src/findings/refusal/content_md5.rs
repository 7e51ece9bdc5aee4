//! What a `Content-MD5` is that is not the one it should be: the digest in another form, or another digest. A
//! signature that does not match (S3) and a digest that is none (B1, B2, B4) ask.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};

use super::words::{count, quoted};
use crate::{exchange::Violation, files::Md5Digest, findings::Entry};

/// The pointer of all that is said here.
pub(super) const NAME: &str = "content-md5";

/// What a value turns out to be.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    Empty,
    /// As it should be.
    Right(Md5Digest),
    /// The digest's 32 hex digits.
    Hex(Md5Digest),
    /// The base64 of the text of the hex digits.
    OfHex(Md5Digest),
    /// The base64 of the digest with something wrong about it: what, in a few words.
    Nearly(Md5Digest, &'static str),
    /// The base64 of another number of bytes.
    Bytes(usize),
    Nothing,
}

impl Form {
    fn of(value: &str) -> Self {
        if value.is_empty() {
            return Self::Empty;
        }
        if let Ok(digest) = Md5Digest::from_base64(value) {
            return Self::Right(digest);
        }
        if let Some(digest) = hex(value) {
            return Self::Hex(digest);
        }
        if let Some(digest) =
            STANDARD.decode(value).ok().and_then(|text| hex(std::str::from_utf8(&text).ok()?))
        {
            return Self::OfHex(digest);
        }
        if let Some(nearly) = nearly(value) {
            return nearly;
        }
        STANDARD.decode(value).map_or(Self::Nothing, |bytes| Self::Bytes(bytes.len()))
    }
}

/// 32 hex digits, in either case.
fn hex(text: &str) -> Option<Md5Digest> {
    (text.len() == 32).then(|| text.parse().ok()).flatten()
}

/// The digest where only its dress is wrong.
fn nearly(value: &str) -> Option<Form> {
    let bare = value.trim_matches(['"', '\'']);
    if bare.len() < value.len()
        && let Some(digest) = bare.parse().ok()
    {
        return Some(Form::Nearly(digest, "it stands in quotes"));
    }
    let unpadded = STANDARD_NO_PAD.decode(value).map(|bytes| (bytes, "its padding `==` is missing"));
    let url_safe = || {
        let bytes = URL_SAFE.decode(value).or_else(|_| URL_SAFE_NO_PAD.decode(value));
        bytes.map(|bytes| (bytes, "it is in base64's alphabet for URLs, with `-` and `_` for `+` and `/`"))
    };
    let encoded = || {
        let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
        STANDARD.decode(decoded).map(|bytes| (bytes, "it is percent-encoded, which headers are not"))
    };
    let (bytes, what) = unpadded.or_else(|_| url_safe()).or_else(|_| encoded()).ok()?;
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    Some(Form::Nearly(bytes.into(), what))
}

/// Why a request with this value does not match the URL that was signed for `expected`.
pub(super) fn against_signed(
    sent: Option<&str>,
    expected: Md5Digest,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
) -> Violation {
    let right = expected.to_base64();
    let Some(value) = sent else {
        let message = format!(
            "The request does not send `Content-MD5`, and the URL was signed with it: S3 expects \
             `Content-MD5: {right}`, so the signature does not match."
        );
        return Violation::new("s3-content-md5-missing", NAME, message);
    };
    let shown = quoted(value);
    let (rule, what) = match Form::of(value) {
        Form::Empty => ("s3-content-md5-missing", "it is empty".to_owned()),
        Form::Hex(digest) => ("s3-content-md5-hex", format!("it is {} as hex", whose(digest, expected))),
        Form::OfHex(digest) => (
            "s3-content-md5-of-hex",
            format!("it is the base64 of the hex text of {}", whose(digest, expected)),
        ),
        Form::Nearly(digest, what) => {
            ("s3-content-md5-form", format!("it is {}, but {what}", whose(digest, expected)))
        }
        Form::Right(Md5Digest::OF_NOTHING) => (
            "s3-content-md5-other",
            "it is the MD5 of nothing, as of a stream that was read already".to_owned(),
        ),
        Form::Right(digest) => (
            "s3-content-md5-other",
            match of_content(digest) {
                Some(entry) => {
                    format!("it is the MD5 of {}, which has a URL of its own", quoted(&entry.issued.filename))
                }
                None => "it is the MD5 of other bytes".to_owned(),
            },
        ),
        Form::Bytes(_) | Form::Nothing if is_twice(value, &right) => {
            ("s3-content-md5-other", "it came more than once, and S3 joins the values".to_owned())
        }
        Form::Bytes(length) => {
            ("s3-content-md5-form", format!("it is the base64 of {} instead of 16", count(length, "byte")))
        }
        Form::Nothing => ("s3-content-md5-form", "it is no base64".to_owned()),
    };
    let message = format!(
        "The request sends `Content-MD5: {}`: {what}. The URL was signed with `Content-MD5: {right}`, so the \
         signature does not match.",
        shown.trim_matches('`')
    );
    Violation::new(rule, NAME, message)
}

/// Why this value, which the URL was signed with, is no digest: B1, B2, B4.
pub(super) fn invalid(value: &str) -> Violation {
    let shown = format!("`Content-MD5: {}`", quoted(value).trim_matches('`'));
    let (rule, what) = match Form::of(value) {
        Form::Empty => ("s3-content-md5-form", "is empty".to_owned()),
        Form::Hex(digest) => (
            "s3-content-md5-hex",
            format!("is the MD5 as hex; S3 takes its base64, `{}`", digest.to_base64()),
        ),
        Form::OfHex(digest) => (
            "s3-content-md5-of-hex",
            format!(
                "is the base64 of the hex text; S3 takes the base64 of the 16 bytes, `{}`",
                digest.to_base64()
            ),
        ),
        Form::Nearly(digest, what) => {
            ("s3-content-md5-form", format!("is nearly right, but {what}; S3 takes `{}`", digest.to_base64()))
        }
        Form::Bytes(length) => {
            ("s3-content-md5-form", format!("is the base64 of {}, and an MD5 has 16", count(length, "byte")))
        }
        Form::Right(_) | Form::Nothing => ("s3-content-md5-form", "is no base64 of 16 bytes".to_owned()),
    };
    let message = format!("{shown} {what}. The signature is good: whoever signed the URL signed this value.");
    Violation::new(rule, NAME, message)
}

/// The signed digest in another form, or another's.
fn whose(digest: Md5Digest, expected: Md5Digest) -> &'static str {
    if digest == expected { "the right MD5" } else { "another MD5" }
}

fn is_twice(value: &str, right: &str) -> bool {
    value.split(',').any(|one| one == right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE64: &str = "4QrcOUm6Wau+VuBX8g+IPg==";
    const HEX: &str = "e10adc3949ba59abbe56e057f20f883e";

    #[test]
    fn forms_are_told_apart() {
        let digest = || BASE64.parse().unwrap();
        let nearly = |value: &str| matches!(Form::of(value), Form::Nearly(known, _) if known == digest());
        assert_eq!(Form::of(BASE64), Form::Right(digest()));
        assert_eq!(Form::of(HEX), Form::Hex(digest()));
        assert_eq!(Form::of(&HEX.to_uppercase()), Form::Hex(digest()));
        assert_eq!(Form::of(&STANDARD.encode(HEX)), Form::OfHex(digest()));
        for value in
            [&format!("\"{BASE64}\""), &BASE64[..22], "4QrcOUm6Wau-VuBX8g-IPg==", &BASE64.replace('=', "%3D")]
        {
            assert!(nearly(value), "{value}");
        }
        assert_eq!(Form::of("MTIz"), Form::Bytes(3));
        assert_eq!(Form::of(""), Form::Empty);
        for value in ["__invalid__", "000", "é", "not base64 encoded checksum"] {
            assert_eq!(Form::of(value), Form::Nothing, "{value}");
        }
        assert_eq!(Md5Digest::OF_NOTHING.to_hex(), "d41d8cd98f00b204e9800998ecf8427e");
    }

    #[test]
    fn a_value_beside_the_signed_one_is_named_for_what_it_is() {
        let expected = BASE64.parse().unwrap();
        let rule = |sent: Option<&str>| against_signed(sent, expected, |_| None).rule;
        assert_eq!(rule(None), "s3-content-md5-missing");
        assert_eq!(rule(Some("")), "s3-content-md5-missing");
        assert_eq!(rule(Some(HEX)), "s3-content-md5-hex");
        assert_eq!(rule(Some(&STANDARD.encode(HEX))), "s3-content-md5-of-hex");
        assert_eq!(rule(Some(&BASE64[..22])), "s3-content-md5-form");
        assert_eq!(rule(Some("1B2M2Y8AsgTpgAmY7PhCfg==")), "s3-content-md5-other");
        let twice = against_signed(Some(&format!("{BASE64},{BASE64}")), expected, |_| None);
        assert!(twice.message.contains("more than once"), "{}", twice.message);
    }
}
