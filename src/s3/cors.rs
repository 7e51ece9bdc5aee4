//! The bucket's CORS configuration: docs/facts-s3.md#cors
//!
//! A rule's values are joined into headers once.

use hyper::{
    HeaderMap, Method,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, VARY,
    },
};

use super::answer::text;
use crate::exchange::Glob;

/// One rule of a bucket's CORS configuration.
#[derive(Clone, Debug)]
pub struct CorsRule {
    /// `AllowedOrigin`: compared byte by byte.
    pub origins: Vec<Glob>,
    /// `AllowedMethod`, in the order that answers use.
    pub methods: Vec<Method>,
    /// `AllowedHeader`: compared without regard to case. With none, a preflight may ask for no
    /// header.
    pub headers: Vec<Glob>,
    /// `ExposeHeader`: headers of an answer that a page may read.
    pub exposed: Vec<String>,
    /// `MaxAgeSeconds`: how long a browser may cache the answer to a preflight.
    pub max_age: Option<u32>,
}

impl CorsRule {
    /// Returns the rule that uploads from these origins need: any request header, since browsers
    /// ask for `Content-MD5`, and a readable `ETag`.
    pub fn for_uploads(origins: Vec<Glob>) -> Self {
        Self {
            origins,
            methods: vec![Method::GET, Method::PUT, Method::HEAD],
            headers: vec![Glob::new("*")],
            exposed: vec!["ETag".to_owned()],
            max_age: Some(3000),
        }
    }
}

/// The part of a preflight that no rule allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Origin of the page.
    Origin,
    /// Method, with any header.
    Method,
    /// These headers.
    Headers(Vec<String>),
}

/// Rules in order. The first that allows a request counts.
#[derive(Debug)]
pub(super) struct Cors(Vec<Rule>);

/// A rule with its headers prepared.
#[derive(Debug)]
pub(super) struct Rule {
    rule: CorsRule,
    methods: HeaderValue,
    exposed: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
}

impl Cors {
    pub(super) fn new(rules: Vec<CorsRule>) -> Self {
        Self(rules.into_iter().map(Rule::new).collect())
    }

    /// Whether the bucket has a configuration.
    pub(super) fn is_enabled(&self) -> bool {
        !self.0.is_empty()
    }

    /// Returns the rule that lets a page of `origin` send `method` with `headers`.
    pub(super) fn find(&self, origin: &HeaderValue, method: &str, headers: &[String]) -> Option<&Rule> {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        self.0.iter().find(|rule| rule.rule.allows(&origin, method, headers))
    }

    /// Returns what [`Self::find`] finds no rule for. Of the rules that allow the rest, the first
    /// counts.
    pub(super) fn denied(&self, origin: &HeaderValue, method: &str, headers: &[String]) -> Denied {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        let mut denied = Denied::Origin;
        for CorsRule { origins, methods, headers: allowed, .. } in self.0.iter().map(|rule| &rule.rule) {
            if !origins.iter().any(|pattern| pattern.matches(&origin)) {
                continue;
            }
            if !methods.iter().any(|allowed| allowed == method) {
                denied = Denied::Method;
                continue;
            }
            let is_denied = |name: &&String| !allowed.iter().any(|one| one.matches_ignoring_case(name));
            return Denied::Headers(headers.iter().filter(is_denied).cloned().collect());
        }
        denied
    }
}

impl CorsRule {
    fn allows(&self, origin: &str, method: &str, headers: &[String]) -> bool {
        let is_header_allowed =
            |name: &String| self.headers.iter().any(|allowed| allowed.matches_ignoring_case(name));
        self.origins.iter().any(|allowed| allowed.matches(origin))
            && self.methods.iter().any(|allowed| allowed == method)
            && headers.iter().all(is_header_allowed)
    }
}

impl Rule {
    fn new(rule: CorsRule) -> Self {
        let methods: Vec<&str> = rule.methods.iter().map(Method::as_str).collect();
        let exposed = (!rule.exposed.is_empty()).then(|| text(&rule.exposed.join(", ")));
        Self { methods: text(&methods.join(", ")), exposed, max_age: rule.max_age.map(Into::into), rule }
    }

    /// Adds the headers that let a page of `origin` see the answer.
    pub(super) fn put(&self, origin: &HeaderValue, headers: &mut HeaderMap) {
        // Of `*` beside other origins, S3's answer is unknown.
        if self.rule.origins.iter().any(Glob::is_any) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        headers.extend(self.exposed.clone().map(|value| (ACCESS_CONTROL_EXPOSE_HEADERS, value)));
        headers.extend(self.max_age.clone().map(|value| (ACCESS_CONTROL_MAX_AGE, value)));
        headers.insert(VARY, HeaderValue::from_static(VARIES_BY));
    }
}

const VARIES_BY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|text| Glob::new(*text)).collect()
    }

    fn rule(origins: &[&str], methods: &[Method], headers: &[&str]) -> CorsRule {
        CorsRule {
            origins: globs(origins),
            methods: methods.to_vec(),
            headers: globs(headers),
            exposed: Vec::new(),
            max_age: None,
        }
    }

    fn allows(rule: &CorsRule, origin: &str, method: &str, headers: &[&str]) -> bool {
        let headers: Vec<String> = headers.iter().map(|&name| name.to_owned()).collect();
        rule.allows(origin, method, &headers)
    }

    #[test]
    fn an_origin_matches_byte_by_byte_or_by_one_wildcard() {
        let rule = rule(&["http://a.test", "http://*.b.test", "https://c.test:*"], &[Method::PUT], &[]);
        for origin in ["http://a.test", "http://x.b.test", "http://x.y.b.test", "https://c.test:1"] {
            assert!(allows(&rule, origin, "PUT", &[]), "{origin}");
        }
        for origin in [
            "http://A.test",
            "http://a.test/",
            "https://a.test",
            "http://b.test",
            "https://c.test",
            "null",
            "",
        ] {
            assert!(!allows(&rule, origin, "PUT", &[]), "{origin}");
        }
    }

    #[test]
    fn methods_match_as_they_are_and_headers_in_any_case() {
        let rule = rule(&["*"], &[Method::GET, Method::PUT], &["Content-MD5", "x-amz-*"]);
        assert!(allows(&rule, "null", "PUT", &["content-md5", "x-amz-acl", "x-amz-meta-a"]));
        assert!(allows(&rule, "http://a", "GET", &["CONTENT-MD5"]));
        assert!(!allows(&rule, "http://a", "put", &[]) && !allows(&rule, "http://a", "DELETE", &[]));
        assert!(!allows(&rule, "http://a", "PUT", &["content-md5", "content-type"]));
    }

    #[test]
    fn a_rule_without_headers_allows_none_to_be_asked_for() {
        let rule = rule(&["*"], &[Method::PUT], &[]); // docs/facts-s3.md#headers-not-allowed
        assert!(allows(&rule, "http://a", "PUT", &[]) && !allows(&rule, "http://a", "PUT", &["content-md5"]));
    }

    #[test]
    fn what_is_denied_is_named() {
        let cors = Cors::new(vec![
            rule(&["http://a"], &[Method::GET], &["*"]),
            rule(&["http://a"], &[Method::PUT], &["content-md5"]),
        ]);
        let denied = |origin: &'static str, method, headers: &[&str]| {
            let headers: Vec<String> = headers.iter().map(|&name| name.to_owned()).collect();
            cors.denied(&HeaderValue::from_static(origin), method, &headers)
        };
        assert_eq!(denied("http://b", "PUT", &[]), Denied::Origin);
        assert_eq!(denied("http://a", "POST", &["x"]), Denied::Method);
        assert_eq!(denied("http://a", "PUT", &["content-md5", "x"]), Denied::Headers(vec!["x".to_owned()]));
    }

    #[test]
    fn the_first_rule_that_allows_a_request_is_the_one_that_counts() {
        let cors = Cors::new(vec![
            rule(&["http://a"], &[Method::GET], &["*"]),
            rule(&["*"], &[Method::PUT], &["*"]),
            rule(&["http://a"], &[Method::PUT], &["*"]),
        ]);
        let origin = HeaderValue::from_static("http://a");
        let put = |method| {
            let mut headers = HeaderMap::new();
            cors.find(&origin, method, &[]).unwrap().put(&origin, &mut headers);
            let told = [ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_ALLOW_METHODS];
            (told.map(|name| headers[name].to_str().unwrap().to_owned()), headers.len())
        };
        assert_eq!(put("GET"), (["http://a", "GET"].map(str::to_owned), 4));
        assert_eq!(put("PUT"), (["*", "PUT"].map(str::to_owned), 3));
        assert!(cors.find(&origin, "HEAD", &[]).is_none());
    }
}
