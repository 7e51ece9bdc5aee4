//! Another path than the URL's: encoded once more or once less, normalised, or another key.

use hyper::header::HOST;
use percent_encoding::percent_decode;

use crate::{
    exchange::{BUCKET, Violation, is_host_of_bucket},
    findings::refusal::words::{quoted, quoted_bytes},
    s3::RawRequest,
};

/// Returns what differs. `host` explains a path without the bucket where the host names it.
pub(super) fn differs(request: &RawRequest<'_>, issued: &str) -> Option<Violation> {
    let host = request.headers.get(HOST).map_or(&b""[..], |host| host.as_bytes());
    let moved =
        is_host_of_bucket(host, BUCKET).then(|| issued.strip_prefix('/')?.strip_prefix(BUCKET)).flatten();
    let meant = decoded(issued.as_bytes());
    let sent = decoded(request.path.as_bytes());
    if sent == meant || moved.is_some_and(|moved| decoded(moved.as_bytes()) == sent) {
        return None;
    }
    let (rule, what) = why(request.path, &sent, issued, &meant);
    let message = format!(
        "The URL's path is {}, and the request's is {}. {what}",
        quoted(issued),
        quoted(request.path)
    );
    Some(Violation::new(rule, "path", message))
}

fn why(raw_sent: &str, sent: &[u8], raw_issued: &str, meant: &[u8]) -> (&'static str, String) {
    let decoded_once_more = decoded_plainly(meant);
    if decoded_plainly(sent) == meant {
        return ("s3-url-encoded-twice", "It was percent-encoded a second time.".to_owned());
    }
    if raw_sent.contains('+') && decoded_plainly(raw_sent.as_bytes()) == meant {
        return ("s3-path-plus", "S3 reads a raw `+` as a space.".to_owned());
    }
    if decoded_once_more == sent || decoded(&decoded_once_more) == sent {
        return ("s3-url-decoded", "It was percent-decoded before it was used.".to_owned());
    }
    if collapsed(meant) == collapsed(sent) {
        let what = "Dots or slashes in it were tidied up before it was sent, as URL libraries do.";
        return ("s3-path-normalized", what.to_owned());
    }
    let key = |path: &str| quoted_bytes(&decoded(path.rsplit('/').next().unwrap_or_default().as_bytes()));
    let what =
        format!("A URL is for one key: this one is for {}, not for {}.", key(raw_issued), key(raw_sent));
    ("s3-path-key", what)
}

/// Decodes a path as S3 does: docs/facts-s3.md#plus-in-path
fn decoded(raw: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).collect()
}

/// Decodes a path as `decodeURIComponent` does.
fn decoded_plainly(raw: &[u8]) -> Vec<u8> {
    percent_decode(raw).collect()
}

/// Returns a path's segments without dots and empty ones.
fn collapsed(path: &[u8]) -> Vec<&[u8]> {
    let mut segments = Vec::new();
    for segment in path.split(|byte| *byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, Method};

    use super::*;

    fn rule(sent: &str, issued: &str) -> Option<&'static str> {
        let headers = HeaderMap::new();
        let request = RawRequest { method: &Method::PUT, path: sent, query: None, headers: &headers };
        differs(&request, issued).map(|violation| violation.rule)
    }

    #[test]
    fn a_path_is_compared_as_s3_reads_it() {
        for (sent, issued, expected) in [
            ("/b/k_a.txt", "/b/k_a.txt", None),
            ("/b/%6b_a.txt", "/b/k_a.txt", None),
            ("/b/a%2520b", "/b/a%20b", Some("s3-url-encoded-twice")),
            ("/b/a+b", "/b/a%2Bb", Some("s3-path-plus")),
            ("/b/a b", "/b/a%2520b", Some("s3-url-decoded")),
            ("/b/b.pdf", "/b/a/../b.pdf", Some("s3-path-normalized")),
            ("/b/a/b", "/b/a//b", Some("s3-path-normalized")),
            ("/b/other", "/b/k", Some("s3-path-key")),
            ("", "/b/k", Some("s3-path-key")),
        ] {
            assert_eq!(rule(sent, issued), expected, "{sent}, {issued}");
        }
    }
}
