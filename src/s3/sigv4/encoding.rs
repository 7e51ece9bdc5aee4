//! Percent-encoding as SigV4 has it: decode once, encode anew.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::s3::Refusal;

/// All but `A-Za-z0-9-._~`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// As [`QUERY`]; a path keeps its slashes.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// Decodes a raw path: docs/facts-s3.md#paths-and-http
pub(in crate::s3) fn decode_path(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    if has_malformed_escape(raw.as_bytes()) {
        return Err(Refusal::MalformedEscape);
    }
    match decode(raw.as_bytes()) {
        Cow::Borrowed(_) => Ok(Cow::Borrowed(raw)),
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => Err(Refusal::InvalidUri { uri: raw.to_owned() }),
        },
    }
}

/// Decodes a raw name or value of a query. Malformed escapes stay unchanged, `+` becomes a space: no SDK sends one.
pub(super) fn decode(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.contains(&b'+') {
        return percent_decode(raw).into();
    }
    let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

/// Returns the canonical form of a name or value of a query.
pub(super) fn encode(bytes: &[u8]) -> Cow<'_, str> {
    percent_encode(bytes, QUERY).into()
}

/// Returns the canonical form of a path. Dots and slashes are not normalised:
/// docs/facts-s3.md#dots-in-path
pub(super) fn encode_path(path: &str) -> impl Iterator<Item = &str> {
    percent_encode(path.as_bytes(), PATH)
}

fn has_malformed_escape(raw: &[u8]) -> bool {
    let is_digit = |at| raw.get(at).is_some_and(u8::is_ascii_hexdigit);
    raw.iter().enumerate().any(|(at, byte)| *byte == b'%' && !(is_digit(at + 1) && is_digit(at + 2)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn everything_but_the_unreserved_is_encoded_in_upper_case() {
        assert_eq!(encode("a-b._~/ é=+".as_bytes()), "a-b._~%2F%20%C3%A9%3D%2B");
        let path: String = encode_path("/u/1/a b+c~d'(é)!*&=@:,;$.png").collect();
        assert_eq!(path, "/u/1/a%20b%2Bc~d%27%28%C3%A9%29%21%2A%26%3D%40%3A%2C%3B%24.png");
    }

    #[test]
    fn malformed_escapes_of_a_query_stand_for_themselves() {
        assert_eq!(&*decode(b"%zz%4%41%"), b"%zz%4A%");
        assert_eq!(&*decode(b"a+b%2B"), b"a b+");
    }

    #[test]
    fn a_path_must_be_well_formed() {
        assert_eq!(decode_path("/a/%^&"), Err(Refusal::MalformedEscape));
        assert_eq!(decode_path("/a%4"), Err(Refusal::MalformedEscape));
        assert_eq!(decode_path("/%ff"), Err(Refusal::InvalidUri { uri: "/%ff".to_owned() }));
        assert_eq!(decode_path("/%c3%A9+"), Ok("/é ".into()));
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes(text in ".*", junk in "[%+a-fF0-9z]{0,20}") {
            let path: String = encode_path(&text).collect();
            prop_assert_eq!(decode_path(&path).unwrap(), text.as_str());
            let encoded = encode(text.as_bytes());
            prop_assert_eq!(&*decode(encoded.as_bytes()), text.as_bytes());
            let _ = decode_path(&junk);
        }
    }
}
