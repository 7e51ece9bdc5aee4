//! Which web pages the bucket's CORS configuration allows: `--cors`, and how an origin has to be written so
//! that S3 ever finds it to be a page's.

use std::str::FromStr;

use super::Problem;
use crate::exchange::Wildcard;

/// Whose pages may use presigned URLs from a browser. From text: an origin, `*` for every one, or `off`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Nobody's: the bucket has no CORS configuration.
    Off,
    /// Those of these origins, in one rule.
    Origins(Vec<AllowedOrigin>),
}

/// An origin as browsers send it (`http://localhost:5173`; `null` of a page without one), in which one `*` may
/// stand for any characters; `*` alone is every origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin(Wildcard);

const EXAMPLE: &str = "write one like http://localhost:5173, * for every origin, or off for none";

impl Default for Cors {
    /// Every origin.
    fn default() -> Self {
        Self::Origins(vec![AllowedOrigin(Wildcard::any())])
    }
}

impl Cors {
    /// Both, where each has origins.
    pub(super) fn and(self, other: Self) -> Result<Self, Problem> {
        match (self, other) {
            (Self::Origins(mut origins), Self::Origins(more)) => {
                origins.extend(more);
                Ok(Self::Origins(origins))
            }
            _ => Err(Problem::new("`off` stands beside another value", "give it alone, or leave it away")),
        }
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
    /// What origins are compared with.
    #[must_use]
    pub fn pattern(&self) -> &Wildcard {
        &self.0
    }
}

impl FromStr for AllowedOrigin {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let Ok(pattern) = text.parse::<Wildcard>() else {
            return Err(Problem::new(
                format!("`{text}` has more than one `*`, and S3 allows one"),
                "give several origins, each with one",
            ));
        };
        if pattern.is_any() || text == "null" {
            return Ok(Self(pattern));
        }
        // A `*` at the beginning may stand for the scheme: S3 knows no URLs here, only characters.
        let host = match text.split_once("://") {
            Some((scheme, host)) if is_scheme(scheme) => host,
            None if text.starts_with('*') => text,
            _ if text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.is_empty() => {
                return Err(Problem::new(format!("`{text}` has no scheme"), EXAMPLE));
            }
            _ => return Err(Problem::new(format!("`{text}` is no origin"), EXAMPLE)),
        };
        if host.strip_suffix('/').is_some_and(|host| !host.is_empty() && !host.contains('/')) {
            return Err(Problem::new(
                format!("`{text}` ends in a slash, and no browser sends it so: S3 compares byte by byte"),
                "leave the slash away",
            ));
        }
        if text.contains(',') || text.contains(char::is_whitespace) {
            return Err(Problem::new(format!("`{text}` is more than one origin"), "give each by itself"));
        }
        if host.contains(['/', '?', '#']) {
            return Err(Problem::new(format!("`{text}` has a path"), "write scheme, host and port alone"));
        }
        if host.is_empty() || host.contains('@') || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Problem::new(format!("`{text}` is no origin"), EXAMPLE));
        }
        as_browsers_write(text, host)?;
        Ok(Self(pattern))
    }
}

/// Browsers send names in lower case, and the port only where it is not the scheme's own. S3 compares byte by
/// byte, so what is written otherwise is never found.
fn as_browsers_write(text: &str, host: &str) -> Result<(), Problem> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let what = format!("`{text}` has capitals, and no browser sends any: S3 compares byte by byte");
        return Err(Problem::new(what, &format!("write {}", text.to_ascii_lowercase())));
    }
    let port = match host.rsplit_once(']') {
        Some((_, port)) => port.strip_prefix(':'),
        None => host.split_once(':').map(|(_, port)| port),
    };
    let is_port = |port: &str| port.contains('*') || port.parse::<u16>().is_ok_and(|port| port > 0);
    if port.is_some_and(|port| !is_port(port)) || host.starts_with('[') != host.contains(']') {
        return Err(Problem::new(format!("`{text}` is no origin"), EXAMPLE));
    }
    for (scheme, own) in [("http://", ":80"), ("https://", ":443")] {
        if let Some(short) = text.strip_suffix(own).filter(|_| text.starts_with(scheme)) {
            let what = format!("`{text}` names the scheme's own port, and browsers leave it away");
            return Err(Problem::new(what, &format!("write {short}")));
        }
    }
    Ok(())
}

/// Whether this is a scheme, or one with a wildcard.
fn is_scheme(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.*".contains(&byte);
    text.bytes().all(is_part) && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_send_them() {
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
    fn what_no_browser_sends_is_refused() {
        for (text, what) in [
            ("", "is no origin"),
            ("a b", "is no origin"),
            ("http://a.test http://b.test", "is more than one origin"),
            ("http://a.test,http://b.test", "is more than one origin"),
            ("http://Example.test", "has capitals"),
            ("HTTP://example.test", "has capitals"),
            ("http://a.test:80", "names the scheme's own port"),
            ("https://a.test:443", "names the scheme's own port"),
            ("http://a.test:99999", "is no origin"),
            ("http://a:b:c", "is no origin"),
            ("http://[::1", "is no origin"),
            ("http://", "is no origin"),
            ("http://bücher.test", "is no origin"),
            ("http://u@a.test", "is no origin"),
            ("none", "has no scheme"),
            ("localhost:5173", "has no scheme"),
            ("localhost:*", "has no scheme"),
            ("://a.test", "has no scheme"),
            ("http://a.test/", "ends in a slash"),
            ("http://localhost:*/", "ends in a slash"),
            ("*/", "ends in a slash"),
            ("http://a.test/page", "has a path"),
            ("http://a.test/page/", "has a path"),
            ("http://a.test?x", "has a path"),
            ("http://*.*.test", "more than one `*`"),
            ("**", "more than one `*`"),
        ] {
            let told = text.parse::<AllowedOrigin>().unwrap_err().to_string();
            assert!(told.starts_with(&format!("`{text}` ")) && told.contains(what), "{told}");
        }
    }

    #[test]
    fn off_stands_alone() {
        let cors = |text: &str| text.parse::<Cors>().unwrap();
        assert!(cors("off").and(cors("*")).is_err() && cors("http://a").and(cors("off")).is_err());
        assert!(cors("off").and(cors("off")).is_err());
        let Cors::Origins(both) = cors("http://a").and(cors("null")).unwrap() else { panic!("off") };
        assert_eq!(both.len(), 2);
    }
}
