//! Changed URLs.

use super::{JPEG, PHOTO, emulator, one, presign};
use crate::support::{md5_hex, request::Request};

/// A change of a request's target.
type Change = fn(&str) -> String;

#[test]
fn explains_changes_of_a_url() {
    let emulator = emulator();
    let changes: &[(&str, Change, &str, &str)] = &[
        ("line end behind", |url| format!("{url}%0A"), "s3-url-suffix", "a line end behind it, `%0A`"),
        ("quote behind", |url| format!("{url}%22"), "s3-url-suffix", "a quote"),
        ("apostrophe behind", |url| format!("{url}'"), "s3-url-suffix", "a quote"),
        ("full stop behind", |url| format!("{url}."), "s3-url-suffix", "punctuation"),
        ("bracket behind", |url| format!("{url})"), "s3-url-suffix", "a bracket"),
        ("blank behind", |url| format!("{url}%20"), "s3-url-suffix", "a blank"),
        ("path behind", |url| format!("{url}/p.jpg"), "s3-url-suffix", "a path"),
        ("second query", |url| format!("{url}?v=2"), "s3-url-suffix", "a second query"),
        ("one cut", |url| url[..url.len() - 1].to_owned(), "s3-url-cut", "1 of"),
        ("12 cut", |url| url[..url.len() - 12].to_owned(), "s3-url-cut", "12 of"),
        ("20 cut", |url| url[..url.len() - 20].to_owned(), "s3-url-cut", "20 of"),
        ("half", |url| url[..url.len() / 2].to_owned(), "s3-url-cut", "at its end are missing"),
        ("shell", |url| url.split('&').next().unwrap().to_owned(), "s3-url-cut", "unquoted `&`"),
        ("encoded query", encoded, "s3-url-escaped", "as if it were one value"),
        (
            "encoded whole",
            |url| encoded(url).replace('?', "%3F"),
            "s3-url-escaped",
            "as if it were one value",
        ),
        ("backslashes", backslashed, "s3-url-escaped", "a backslash"),
        ("backslashes before &", |url| url.replace('&', "\\&"), "s3-url-escaped", "a backslash"),
        ("carets", |url| url.replace('&', "%5E&"), "s3-url-escaped", "a caret"),
        ("HTML", |url| url.replace('&', "&amp;"), "s3-url-escaped", "a page"),
        ("JSON", |url| url.replace('&', "\\u0026"), "s3-url-escaped", "JSON"),
        ("e-mail", |url| url.replace('=', "=3D"), "s3-url-escaped", "e-mail"),
        ("sed", |url| url.replace('&', "URL"), "s3-url-escaped", "`URL`"),
        ("printf", |url| url.replace("%2F", "0.000000").replace("%3B", ""), "s3-url-percent", "`0.000000`"),
        ("printf stops", stopped, "s3-url-percent", "cut off"),
        ("batch file", |url| url.replace("%2", "").replace("%3", ""), "s3-url-percent", "`%2F` became `F`"),
        ("no percent", |url| url.replace('%', ""), "s3-url-percent", "`%2F` became `2F`"),
        ("Go format", |url| url.replace("%2F", "%21F(MISSING)"), "s3-url-percent", "MISSING"),
        ("masked key", |url| url.replace("AKIAIOSFODNN7EXAMPLE", "***"), "s3-url-masked", "`***/"),
        ("masked signature", masked, "s3-url-masked", "`X-Amz-Signature` is `***`"),
        (
            "base URL before",
            |url| format!("/http://127.0.0.1:7979{url}"),
            "s3-url-prefixed",
            "put behind another one",
        ),
        (
            "base path before",
            |url| format!("/connectors/files{url}"),
            "s3-url-prefixed",
            "`connectors/files`",
        ),
        ("folder", |url| url.replace("-files/", "-files/uploads/"), "s3-url-prefixed", "`uploads`"),
        ("bucket twice", |url| format!("/alloy-user-files{url}"), "s3-url-prefixed", "`alloy-user-files`"),
        ("name in the path", |url| url.replace('?', "/p.jpg?"), "s3-url-suffix", "`/p.jpg` behind"),
        ("no bucket", |url| url.replace("/alloy-user-files/", "/"), "s3-no-such-bucket", "bucket is missing"),
        (
            "other bucket",
            |url| url.replace("/alloy-user-files/", "/my-bucket/"),
            "s3-no-such-bucket",
            "`my-bucket`",
        ),
        ("wrapped", |url| url.replacen("&X-Amz-Date", "%0A&X-Amz-Date", 1), "s3-url-wrapped", "a line end"),
        (
            "zero width",
            |url| url.replacen("X-Amz-Date", "%E2%80%8BX-Amz-Date", 1),
            "s3-url-wrapped",
            "invisible",
        ),
        ("lower case", |url| url.to_ascii_lowercase(), "s3-url-case", "case of its letters"),
        ("encoded twice", |url| url.replace('%', "%25"), "s3-url-encoded-twice", "twice"),
        ("no query", |url| url.split('?').next().unwrap().to_owned(), "s3-auth-none", "behind its `?`"),
        ("tracking", |url| format!("{url}&utm_source=mail"), "s3-query-added", "`utm_source`"),
    ];
    for (name, change, rule, telling) in changes {
        let presigned = presign(&emulator, "P.jpg", JPEG, &md5_hex(PHOTO));
        let good = Request::put(&presigned.url, &presigned.md5, PHOTO);
        let target = change(&good.target);
        assert_ne!(target, good.target, "{name}");
        one(&emulator, name, &Request { target, ..good }, rule, &[telling]);
    }
    assert!(emulator.files().is_empty());
}

/// The query as one value, as `encodeURIComponent` makes it.
fn encoded(url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap();
    format!("{path}?{}", query.replace('%', "%25").replace('=', "%3D").replace('&', "%26"))
}

fn backslashed(url: &str) -> String {
    url.replace('?', "\\?").replace('&', "\\&").replace('=', "\\=")
}

/// `printf` prints the floats, and gives up at `%3B`.
fn stopped(url: &str) -> String {
    url.split("%3B").next().unwrap().replace("%2F", "0.000000")
}

fn masked(url: &str) -> String {
    let (before, rest) = url.split_once("X-Amz-Signature=").unwrap();
    format!("{before}X-Amz-Signature=***{}", &rest[64..])
}

#[test]
fn leaves_escapes_in_lower_case_alone() {
    let emulator = emulator();
    let presigned = presign(&emulator, "p.jpg", JPEG, &md5_hex(PHOTO));
    let good = Request::put(&presigned.url, &presigned.md5, PHOTO);
    assert_eq!(good.replace("%2F", "%2f").send(&emulator).status, 200);
    assert!(emulator.findings().iter().all(|finding| !finding.rule.starts_with("s3-")));
}
