//! A `Content-MD5` that differs from the signed one, or is not an MD5.

use super::words::{canonical, inline, quoted};
use crate::{
    exchange::{Md5Form, Violation},
    files::Md5Digest,
    findings::Entry,
};

/// Pointer of every finding about this header.
pub(super) const NAME: &str = "content-md5";

/// Explains a request whose `Content-MD5` is not the `expected`, signed one.
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
    let whose = |digest: [u8; 16]| {
        if Md5Digest::from(digest) == expected { "the right MD5" } else { "another MD5" }
    };
    let is_list = value.contains(',') && value.split(',').any(|one| one.trim() == right);
    // In what is signed, blanks in a row count as one, and at the ends as none.
    let is_form_decoded = right.contains('+') && canonical(&right.replace('+', " ")) == value;
    let (rule, what) = match Md5Form::of(value) {
        _ if is_form_decoded => (
            "s3-content-md5-form",
            "it is the right MD5, but a `+` of its base64 became a blank, as form decoding does".to_owned(),
        ),
        _ if is_list => {
            ("s3-content-md5-other", "the header was sent more than once, and S3 joins the values".to_owned())
        }
        Md5Form::Empty => ("s3-content-md5-missing", "it is empty".to_owned()),
        Md5Form::Hex(digest) => ("s3-content-md5-hex", format!("it is {} as hex", whose(digest))),
        Md5Form::Base64OfHex(digest) => {
            ("s3-content-md5-of-hex", format!("it is the base64 of the hex text of {}", whose(digest)))
        }
        Md5Form::Dressed(digest, what) => {
            ("s3-content-md5-form", format!("it is {}, but {what}", whose(digest)))
        }
        Md5Form::Base64(digest) => {
            ("s3-content-md5-other", another(value, digest.into(), &right, of_content))
        }
        Md5Form::Not(what) => ("s3-content-md5-form", what),
    };
    let message = format!(
        "The request sends `Content-MD5: {}`: {what}. The URL was signed with `Content-MD5: {right}`, so the \
         signature does not match.",
        inline(value)
    );
    Violation::new(rule, NAME, message)
}

/// Describes a well-formed digest that is not the right one.
fn another(
    value: &str,
    digest: Md5Digest,
    right: &str,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
) -> String {
    if digest == Md5Digest::OF_NOTHING {
        return "it is the MD5 of nothing, as of a stream that was read already".to_owned();
    }
    if value.eq_ignore_ascii_case(right) {
        return "it is the right MD5 with the case of its letters changed".to_owned();
    }
    match of_content(digest) {
        Some(entry) => {
            format!("it is the MD5 of {}, which needs its own URL", quoted(&entry.issued.filename))
        }
        None => "it is the MD5 of other bytes".to_owned(),
    }
}

/// Explains a signed value that is not an MD5.
pub(super) fn invalid(value: &str) -> Violation {
    let right = |digest: [u8; 16]| Md5Digest::from(digest).to_base64();
    let (rule, what) = match Md5Form::of(value) {
        Md5Form::Empty => ("s3-content-md5-form", "is empty".to_owned()),
        Md5Form::Hex(digest) => {
            ("s3-content-md5-hex", format!("is the MD5 as hex; S3 takes its base64, `{}`", right(digest)))
        }
        Md5Form::Base64OfHex(digest) => (
            "s3-content-md5-of-hex",
            format!(
                "is the base64 of the hex text; S3 takes the base64 of the 16 bytes, `{}`",
                right(digest)
            ),
        ),
        Md5Form::Dressed(digest, what) => {
            ("s3-content-md5-form", format!("is nearly right, but {what}; S3 takes `{}`", right(digest)))
        }
        Md5Form::Not(what) => ("s3-content-md5-form", format!("cannot be read: {what}")),
        Md5Form::Base64(_) => ("s3-content-md5-form", "cannot be read".to_owned()),
    };
    let message = format!(
        "`Content-MD5: {}` {what}. The signature is valid: the URL was signed for this value.",
        inline(value)
    );
    Violation::new(rule, NAME, message)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    const BASE64: &str = "4QrcOUm6Wau+VuBX8g+IPg==";
    const HEX: &str = "e10adc3949ba59abbe56e057f20f883e";

    #[test]
    fn a_value_beside_the_signed_one_is_named_for_what_it_is() {
        let expected = BASE64.parse().unwrap();
        let reported = |sent: Option<&str>| against_signed(sent, expected, |_| None);
        let rule = |sent: Option<&str>| reported(sent).rule;
        assert_eq!(rule(None), "s3-content-md5-missing");
        assert_eq!(rule(Some("")), "s3-content-md5-missing");
        assert_eq!(rule(Some(HEX)), "s3-content-md5-hex");
        assert_eq!(rule(Some(&STANDARD.encode(HEX))), "s3-content-md5-of-hex");
        assert_eq!(rule(Some(&BASE64[..22])), "s3-content-md5-form");
        assert_eq!(rule(Some("1B2M2Y8AsgTpgAmY7PhCfg==")), "s3-content-md5-other");
        for (sent, telling) in [
            (format!("{BASE64},{BASE64}"), "more than once"),
            (format!("{BASE64},1B2M2Y8AsgTpgAmY7PhCfg=="), "more than once"),
            (BASE64.replace('+', " "), "form decoding"),
            (BASE64.replace('+', "%2B"), "percent-encoded"),
            (BASE64.to_lowercase(), "case of its letters"),
            ("[object Promise]".to_owned(), "not awaited"),
            (format!("b'{BASE64}'"), "Python"),
        ] {
            let message = reported(Some(&sent)).message;
            assert!(message.contains(telling), "{message}");
        }
    }
}
