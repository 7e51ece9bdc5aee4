//! The canonical request and the string to sign: docs/facts-s3.md#canonical-request

use sha2::{Digest, Sha256};

use super::{
    ALGORITHM, AmzDate, SERVICE, TERMINATOR, encoding,
    query::{Query, SIGNATURE},
};

/// Builds a canonical request line by line, in the order of its methods.
pub(super) struct CanonicalRequest(Vec<u8>);

impl CanonicalRequest {
    /// Begins with the method and a decoded path.
    pub(super) fn new(method: &str, path: &str) -> Self {
        let path: String = encoding::encode_path(path).collect();
        Self(format!("{method}\n{path}\n").into_bytes())
    }

    /// Adds every parameter but the signature, encoded anew and sorted.
    pub(super) fn query(&mut self, query: &Query<'_>) {
        let params = query.params().iter().filter(|param| *param.name != *SIGNATURE.as_bytes());
        let mut pairs: Vec<_> =
            params.map(|param| (encoding::encode(&param.name), encoding::encode(&param.value))).collect();
        pairs.sort_unstable();
        for (index, (name, value)) in pairs.iter().enumerate() {
            self.push(if index == 0 { "" } else { "&" });
            self.push(name);
            self.push("=");
            self.push(value);
        }
        self.push("\n");
    }

    /// Adds a signed header. Without values its value is empty:
    /// docs/facts-s3.md#signed-header-missing
    pub(super) fn header<'v>(&mut self, name: &str, values: impl IntoIterator<Item = &'v [u8]>) {
        self.0.extend(name.bytes().map(|byte| byte.to_ascii_lowercase()));
        self.push(":");
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { "," });
            self.push_value(value);
        }
        self.push("\n");
    }

    /// Ends with the names of the signed headers and the payload's hash.
    pub(super) fn finish(mut self, signed_headers: &str, payload: &[u8]) -> Vec<u8> {
        self.push("\n");
        self.push(signed_headers);
        self.push("\n");
        self.0.extend_from_slice(payload);
        self.0
    }

    /// Adds a value, trimmed, with every run of blanks as one space.
    fn push_value(&mut self, value: &[u8]) {
        let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        for (index, word) in words.enumerate() {
            self.push(if index == 0 { "" } else { " " });
            self.0.extend_from_slice(word);
        }
    }

    fn push(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// Returns the text whose HMAC is the signature.
pub(super) fn string_to_sign(date: &AmzDate, region: &str, canonical_request: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(canonical_request));
    let (time, day) = (date.as_str(), date.day());
    format!("{ALGORITHM}\n{time}\n{day}/{region}/{SERVICE}/{TERMINATOR}\n{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_sorted_by_encoded_name_and_then_by_value() {
        let mut request = CanonicalRequest::new("GET", "/a b");
        request.query(&Query::parse(Some("b=2&a-c=0&X-Amz-Signature=x&a=%2f&b=1&a&%62=+1&=v")));
        let text = String::from_utf8(request.finish("host", b"p")).unwrap();
        assert_eq!(text, "GET\n/a%20b\n=v&a=&a=%2F&a-c=0&b=%201&b=1&b=2\n\nhost\np");
    }

    #[test]
    fn header_values_are_trimmed_collapsed_and_joined() {
        let mut request = CanonicalRequest::new("PUT", "/");
        request.header("X-A", [&b"  a \t  b "[..], b"c", b""]);
        request.header("content-md5", []);
        let text = String::from_utf8(request.finish("x-a;content-md5", b"p")).unwrap();
        assert_eq!(text, "PUT\n/\nx-a:a b,c,\ncontent-md5:\n\nx-a;content-md5\np");
    }
}
