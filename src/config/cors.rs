//! The origins that the bucket's CORS rule allows, in the form in which browsers send them: S3 compares bytes.

use std::str::FromStr;

use super::Problem;
use crate::exchange::Glob;

/// The bucket's CORS configuration. From text: one origin, `*` for every one, or `off`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cors {
    /// None.
    Off,
    /// One rule for these origins.
    Origins(Vec<AllowedOrigin>),
}

/// An origin as browsers send it (`http://localhost:5173`, or `null`). One `*` matches any characters; `*` alone
/// matches every origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin(Glob);

const EXPECTED: &str = "expected one such as http://localhost:5173, * for all, or off for none";

impl Default for Cors {
    /// Allows every origin.
    fn default() -> Self {
        Self::Origins(vec![AllowedOrigin(Glob::new("*"))])
    }
}

impl Cors {
    /// Returns one configuration for several values; without any, the default.
    pub fn of(values: &[Self]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let origins = values.iter().map(|value| match value {
            Self::Off => None,
            Self::Origins(origins) => Some(origins.iter().cloned()),
        });
        origins
            .collect::<Option<Vec<_>>>()
            .map_or(Self::Off, |origins| Self::Origins(origins.into_iter().flatten().collect()))
    }

    /// Checks that `off` is the only value.
    pub(super) fn check(values: &[Self]) -> Result<(), Problem> {
        if values.len() > 1 && values.contains(&Self::Off) {
            return Err(Problem::new("`off` combined with another value; give only `off`, or leave it out"));
        }
        Ok(())
    }
}

impl FromStr for Cors {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        match text {
            "off" => Ok(Self::Off),
            origin => Ok(Self::Origins(vec![origin.parse()?])),
        }
    }
}

impl AllowedOrigin {
    /// Returns the pattern that origins are compared with.
    pub fn pattern(&self) -> &Glob {
        &self.0
    }
}

impl FromStr for AllowedOrigin {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let invalid = |why: &str| Problem::new(format_args!("invalid origin `{text}`: {why}"));
        if text.matches('*').count() > 1 {
            return Err(invalid("S3 allows one `*` in an origin; give several origins"));
        }
        let pattern: Glob = text.parse()?;
        if pattern.is_any() || text == "null" {
            return Ok(Self(pattern));
        }
        // S3 compares characters, not URLs: a leading `*` may match the scheme.
        let host = match text.split_once("://") {
            Some((scheme, host)) if is_scheme(scheme) => host,
            None if text.starts_with('*') => text,
            _ => return Err(invalid(EXPECTED)),
        };
        if host.strip_suffix('/').is_some_and(|host| !host.is_empty() && !host.contains('/')) {
            return Err(invalid("browsers send no slash at the end; leave it out"));
        }
        if text.contains(',') || text.contains(char::is_whitespace) {
            return Err(invalid("give several origins one by one"));
        }
        if host.contains(['/', '?', '#']) {
            return Err(invalid("expected scheme, host and port, without a path"));
        }
        let port = match host.rsplit_once(']') {
            Some((_, port)) => port.strip_prefix(':'),
            None => host.split_once(':').map(|(_, port)| port),
        };
        let is_port = |port: &str| port.contains('*') || port.parse::<u16>().is_ok_and(|port| port > 0);
        let is_host =
            !host.is_empty() && !host.contains('@') && host.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_host || host.starts_with('[') != host.contains(']') || port.is_some_and(|port| !is_port(port))
        {
            return Err(invalid(EXPECTED));
        }
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let lower = text.to_ascii_lowercase();
            return Err(invalid(&format!("browsers send lower case only; write {lower}")));
        }
        for (scheme, default) in [("http://", ":80"), ("https://", ":443")] {
            if let Some(short) = text.strip_suffix(default).filter(|_| text.starts_with(scheme)) {
                return Err(invalid(&format!("browsers leave out the scheme's default port; write {short}")));
            }
        }
        Ok(Self(pattern))
    }
}

/// Returns whether this is a scheme, or one with a wildcard.
fn is_scheme(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.*".contains(&byte);
    text.bytes().all(is_part) && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_origins_as_browsers_send_them() {
        for text in [
            "*",
            "null",
            "http://localhost:5173",
            "http://localhost:*",
            "https://*.example.test",
            "http*://example.test",
            "*.example.test",
            "*://localhost",
            "http://[::1]:5173",
            "chrome-extension://abc",
            "http://localhost:80*",
        ] {
            let read: AllowedOrigin = text.parse().unwrap();
            assert_eq!(read.pattern().to_string(), text);
        }
    }

    #[test]
    fn rejects_what_no_browser_sends() {
        for (text, why) in [
            ("", "expected one such as"),
            ("a b", "expected one such as"),
            ("http://a.test http://b.test", "one by one"),
            ("http://a.test,http://b.test", "one by one"),
            ("http://Example.test", "lower case"),
            ("HTTP://example.test", "lower case"),
            ("http://a.test:80", "default port; write http://a.test"),
            ("https://a.test:443", "default port; write https://a.test"),
            ("http://a.test:99999", "expected one such as"),
            ("http://a:b:c", "expected one such as"),
            ("http://[::1", "expected one such as"),
            ("http://", "expected one such as"),
            ("http://bücher.test", "expected one such as"),
            ("http://u@a.test", "expected one such as"),
            ("none", "expected one such as"),
            ("localhost:5173", "expected one such as"),
            ("localhost:*", "expected one such as"),
            ("://a.test", "expected one such as"),
            ("http://a.test/", "slash"),
            ("http://localhost:*/", "slash"),
            ("*/", "slash"),
            ("http://a.test/page", "without a path"),
            ("http://a.test/page/", "without a path"),
            ("http://a.test?x", "without a path"),
            ("http://*.*.test", "one `*`"),
            ("**", "one `*`"),
        ] {
            let error = text.parse::<AllowedOrigin>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("invalid origin `{text}`: ")) && error.contains(why),
                "{error}"
            );
        }
    }

    #[test]
    fn off_is_given_alone() {
        let cors = |text: &str| text.parse::<Cors>().unwrap();
        for both in [["off", "*"], ["http://a", "off"], ["off", "off"]] {
            assert!(Cors::check(&both.map(cors)).is_err());
        }
        let Cors::Origins(both) = Cors::of(&["http://a", "null"].map(cors)) else { panic!("off") };
        assert_eq!((both.len(), Cors::of(&[cors("off")])), (2, Cors::Off));
    }
}
