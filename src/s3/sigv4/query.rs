//! The parameters of a raw query, and those of query authentication.

use std::borrow::Cow;

use super::encoding;
use crate::s3::Refusal;

/// Parameters of query authentication. Names are case-sensitive.
const AUTH: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", SIGNED_HEADERS, SIGNATURE];

/// Parameter that names the signed headers.
const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";

/// Parameter that signs all others.
pub(super) const SIGNATURE: &str = "X-Amz-Signature";

/// One parameter, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// Text before the `=`.
    pub name: Cow<'a, [u8]>,
    /// Text behind the `=`, or empty.
    pub value: Cow<'a, [u8]>,
}

/// Parameters of a query, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    params: Vec<Param<'a>>,
}

/// Values of the six parameters of query authentication, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthParams<'q> {
    /// `X-Amz-Algorithm`.
    pub algorithm: Cow<'q, str>,
    /// `X-Amz-Credential`.
    pub credential: Cow<'q, str>,
    /// `X-Amz-Date`.
    pub date: Cow<'q, str>,
    /// `X-Amz-Expires`.
    pub expires: Cow<'q, str>,
    /// `X-Amz-SignedHeaders`.
    pub signed_headers: Cow<'q, str>,
    /// `X-Amz-Signature`.
    pub signature: Cow<'q, str>,
}

impl<'a> Query<'a> {
    /// Parses a raw query. Empty pieces between two `&` are skipped; malformed escapes stay unchanged.
    pub fn parse(raw: Option<&'a str>) -> Self {
        let pieces = raw.unwrap_or_default().as_bytes().split(|byte| *byte == b'&');
        let params = pieces.filter(|piece| !piece.is_empty()).map(|piece| {
            let end = memchr::memchr(b'=', piece).unwrap_or(piece.len());
            let value = piece.get(end + 1..).unwrap_or_default();
            Param { name: encoding::decode(&piece[..end]), value: encoding::decode(value) }
        });
        Self { params: params.collect() }
    }

    /// Returns all parameters.
    pub fn params(&self) -> &[Param<'a>] {
        &self.params
    }

    /// Returns the value of a parameter, the first if it is repeated.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let param = self.params.iter().find(|param| *param.name == *name.as_bytes())?;
        Some(String::from_utf8_lossy(&param.value))
    }

    /// Returns whether any parameter of query authentication is there. A URL that lacks only `X-Amz-Algorithm` counts,
    /// so that its client gets the right error: docs/facts-s3.md#missing-algorithm
    pub fn has_auth(&self) -> bool {
        self.params.iter().any(|param| AUTH.iter().any(|name| *param.name == *name.as_bytes()))
    }

    /// Returns the parameters of query authentication, if there are any.
    ///
    /// # Errors
    ///
    /// [`Refusal::MissingAuthParameters`] where some are missing.
    pub fn auth(&self) -> Result<Option<AuthParams<'_>>, Refusal> {
        if !self.has_auth() {
            return Ok(None);
        }
        // An empty value counts as missing, except for the list of signed headers:
        // docs/facts-s3.md#unsigned-host
        let present = |name: &str| self.get(name).filter(|value| !value.is_empty() || name == SIGNED_HEADERS);
        match AUTH.map(present) {
            [
                Some(algorithm),
                Some(credential),
                Some(date),
                Some(expires),
                Some(signed_headers),
                Some(signature),
            ] => Ok(Some(AuthParams { algorithm, credential, date, expires, signed_headers, signature })),
            _ => Err(Refusal::MissingAuthParameters),
        }
    }
}
