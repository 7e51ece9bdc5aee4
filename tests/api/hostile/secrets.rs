//! API keys and signatures come in every place that a client can think of, and show up nowhere.

use crate::support::{
    program::{Served, serve},
    raw::Connection,
    request::Request,
};

const KEY: &str = "sk-9f8e7d6c5b4a+/=x";
/// The key verbatim, in base64 and in a URL, and their common part.
const FORMS: [&str; 4] = [KEY, "c2stOWY4ZTdkNmM1YjRhKy89eA==", "sk-9f8e7d6c5b4a%2B%2F%3Dx", "9f8e7d6c5b4a"];

/// Everything in which the control API shows exchanges and findings.
const SHOWN: [&str; 7] =
    ["journal", "journal.har", "findings", "report.json", "report.xml", "report.md", "report.html"];

/// The requests, with a good signature in them.
fn requests(url: &str, signature: &str) -> Vec<Request> {
    let bearer = format!("Bearer {KEY}");
    let list = Request::alloy("GET", "/connectors/files/list").with("authorization", &bearer);
    let presign = Request::presign(b"{}").with("authorization", &bearer);
    let put = Request::put(url, "1B2M2Y8AsgTpgAmY7PhCfg==", b"");
    let unsigned = |with: &str| put.clone().replace(&format!("={signature}"), with);
    let encoded = FORMS[2];
    vec![
        // As it should be.
        list.clone(),
        put.clone(),
        // Requests to the Alloy API with the key in wrong places.
        list.clone().with("authorization", KEY),
        list.clone().with("authorization", format!("Basic {}", FORMS[1])),
        list.clone().with("authorization", format!("bearer  {KEY} ")),
        list.clone().with("authorization", format!("Bearer\t{KEY}")),
        list.clone().with("authorization", format!("Token {KEY}")),
        list.clone().with("authorization", format!("{KEY} {KEY}")),
        list.clone().and("authorization", &bearer),
        list.clone().and("x-api-key", KEY),
        list.clone().without("authorization").and("x-api-key", KEY),
        list.clone().without("authorization").and("proxy-authorization", &bearer),
        list.clone().without("authorization").and("cookie", format!("key={KEY}")),
        list.clone().with("x-api-version", KEY),
        list.clone().and("x-alloy-userid", KEY),
        list.clone().and("x-copy", &bearer),
        list.clone().and("referer", format!("http://x/?key={encoded}")),
        // Under names that are not Alloy's.
        list.clone().without("authorization").and("authentication", &bearer),
        list.clone().without("authorization").and("x-authorization", KEY),
        list.clone().without("authorization").and("api-key", KEY),
        list.clone().without("authorization").and("x-auth-token", KEY),
        list.clone().without("authorization").and("token", KEY),
        list.clone().and("x-amz-security-token", KEY),
        list.clone()
            .without("authorization")
            .replace("list", &format!("list?access_token={encoded}&token={encoded}")),
        list.clone().without("authorization").replace("list", &format!("list?x={encoded}")),
        list.clone().replace("list", &format!("list?api_key={encoded}")),
        list.clone().replace("list", encoded).method("DELETE"),
        list.clone().replace("list", encoded),
        list.clone().replace("list", &format!("{encoded}/{encoded}")),
        presign
            .clone()
            .body(format!(r#"{{"filename":"{KEY}","mimeType":"{KEY}","md5":"{KEY}"}}"#).as_bytes()),
        presign.clone().body(format!(r#"{{"apiKey":"{KEY}"}}"#).as_bytes()),
        presign.clone().body(KEY.as_bytes()),
        presign.clone().with("content-type", KEY),
        // Requests to S3 with the key: docs/facts-s3.md#two-auth-mechanisms repeats it in the answer.
        put.clone().and("authorization", &bearer),
        put.clone().and("AUTHORIZATION", KEY),
        put.clone().and("authorization", format!("<{KEY}>&\"")),
        put.clone().and("authorization", format!("AWS4-HMAC-SHA256 Credential=x, Signature={signature}")),
        // The signature where it does not match, or is not looked at.
        put.clone().with("content-md5", "no"),
        put.clone().method("GET"),
        unsigned(&format!("={signature}0")),
        unsigned(&format!("=.{signature}")),
        unsigned(&format!("=%22{signature}%22")),
        unsigned(&format!("=%20{signature}%0A")),
        unsigned(&format!("=%3C{signature}%3E")),
        unsigned(&format!("=0&X-Amz-Signature={signature}")),
        put.clone().replace("X-Amz-Signature", "x-amz-signature"),
        put.clone().replace("X-Amz-Signature", "X-Amz-Signature&X-AMZ-SIGNATURE"),
        put.clone().replace("X-Amz-Signature", "X-Amz-Signatur%65"),
        put.clone().replace("X-Amz-Signature=", "X-Amz-Signature%3d"),
        put.clone().replace("X-Amz-Signature=", "X-Amz-Signature%253D"),
        put.clone().replace("&X-Amz-Signature", "&amp;X-Amz-Signature"),
        put.clone().replace("X-Amz-Date", "x"),
        // The whole URL somewhere else.
        list.clone().and("referer", url),
        list.clone().and("x-url", url.replace('&', "&amp;")),
        list.clone().replace("list", &format!("list?url={}", url.replace('&', "%26").replace('=', "%3D"))),
        list.clone().replace("list", &format!("list?{}", url.split_once('?').unwrap().1)),
        list.replace("list", &format!("x{}", url.split_once("7979").map_or(url, |(_, rest)| rest))),
        presign.clone().body(format!(r#"{{"filename":"{url}","mimeType":"","md5":"{url}"}}"#).as_bytes()),
        presign.body(
            format!(r#"{{"url":"{}"}}"#, url.replace('&', "\\u0026").replace('=', "\\u003d")).as_bytes(),
        ),
    ]
}

#[test]
fn keys_and_signatures_are_in_no_report_journal_or_log() {
    for options in [&[][..], &["-v", "--log", "json"]] {
        let program = Served::start(&mut serve(options));
        let key = Request::presign(br#"{"filename":"a","mimeType":"b","md5":"1B2M2Y8AsgTpgAmY7PhCfg=="}"#);
        let mut connection = Connection::to(&program.address);
        let issued = key.with("authorization", format!("Bearer {KEY}")).send_on(&mut connection);
        let issued: serde_json::Value = serde_json::from_slice(&issued.body).unwrap();
        let url = issued["presignedUrl"]["presignedUrl"].as_str().unwrap();
        let (_, signature) = url.split_once("X-Amz-Signature=").unwrap();
        let signature = &signature[..64];

        let requests = requests(url, signature);
        let client = program.client("another-key");
        let mut seen = 1;
        let mut leaks = Vec::new();
        for request in &requests {
            let mut connection = Connection::to(&program.address);
            connection.write(&request.bytes());
            connection.read_head();
            seen += 1;
            let query = format!("journal?after={}&count=1&wait=10s", seen - 1);
            let journal = client.control("GET", &query, None).expect(200).text();
            assert!(journal.contains("\"timed_out\":false"), "{journal}");
            leaks.extend(
                leak(&journal, signature).map(|found| format!("{found} of {request:?}\n  in {journal}")),
            );
        }
        for path in SHOWN {
            let text = client.control("GET", path, None).expect(200).text();
            leaks.extend(leak(&text, signature).map(|found| format!("{found} in {path}")));
        }
        let log = program.into_stderr();
        let is_line = |line: &&str| line.starts_with(|first: char| first.is_ascii_digit() || first == '{');
        let lines = log.lines().filter(is_line).count();
        assert!(lines > requests.len(), "{lines} lines: {log}");
        leaks.extend(
            log.lines()
                .filter_map(|line| leak(line, signature).map(|found| format!("{found} in the log: {line}"))),
        );
        assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
    }
}

/// The secret that a text has in it, if any: also as the pairs of digits that S3 shows bytes as.
fn leak(text: &str, signature: &str) -> Option<String> {
    let secrets = FORMS.into_iter().chain([signature]);
    let mut forms = secrets.flat_map(|secret| {
        let pairs: Vec<String> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        [secret.to_owned(), pairs.join(" ")]
    });
    forms.find(|form| text.contains(form.as_str()))
}

/// Each is a request with a secret, which has no special meaning in any of them.
fn planted(place: usize, secret: &str) -> Request {
    let encoded =
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let list = Request::alloy("GET", "/connectors/files/list").with("authorization", "Bearer another-key");
    let put = Request::new("PUT", &format!("/alloy-user-files/a?X-Amz-Date=x&x_secret={encoded}"));
    let presign =
        |body: String| Request::presign(body.as_bytes()).with("authorization", "Bearer another-key");
    match place {
        0 => list.with("authorization", format!("Bearer {secret}")),
        1 => list.and("authentication", format!("Bearer {secret}")),
        2 => list.and("x-copy", format!("basic {secret}")),
        3 => list.and("X-Auth-Token", secret),
        4 => list.and("cookie", format!("a=b; session={secret}")),
        5 => list.replace("list", &format!("list?a=b&api_key={encoded}&c=d")),
        6 => {
            list.replace("list", &format!("list?password={secret}", secret = secret.replace(['+', '='], ".")))
        }
        7 => presign(serde_json::json!({"filename": "a", "apiKey": secret}).to_string()),
        8 => presign(serde_json::json!({"auth": {"user": ["a", secret]}, "mimeType": secret}).to_string()),
        9 => presign(format!("filename=a&client_secret={encoded}"))
            .with("content-type", "application/x-www-form-urlencoded"),
        10 => presign(format!(r#"{{"token": "{secret}", "filename": "#)),
        11 => put.body(b"a"),
        12 => put.and("x-amz-security-token", secret).and("x-amz-meta-a", secret),
        _ => list.and("referer", format!("http://x/?token={encoded}#{encoded}")),
    }
}

#[test]
fn planted_secrets_are_shown_nowhere() {
    use proptest::{
        prelude::*,
        test_runner::{Config, TestRunner},
    };
    let program = Served::start(&mut serve(&["-v"]));
    let client = program.client("another-key");
    let mut sent = Vec::new();
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let secrets = "[A-Za-z0-9]{4}[A-Za-z0-9+/=_.~-]{4,36}[A-Za-z0-9]";
    let sent_now = std::cell::RefCell::new(&mut sent);
    runner
        .run(&(0..14_usize, secrets), |(place, secret)| {
            let mut sent = sent_now.borrow_mut();
            let secret = if place == 6 { secret.replace(['+', '='], ".") } else { secret };
            let mut connection = Connection::to(&program.address);
            connection.write(&planted(place, &secret).bytes());
            connection.read_head();
            sent.push(secret.clone());
            let query = format!("journal?after={}&count=1&wait=10s", sent.len() - 1);
            let journal = client.control("GET", &query, None).expect(200).text();
            prop_assert!(journal.contains("\"timed_out\":false"), "{}", journal);
            prop_assert!(!shows(&journal, &secret), "{} in {}", secret, journal);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let mut shown: Vec<(String, String)> =
        SHOWN.map(|path| (path.to_owned(), client.control("GET", path, None).expect(200).text())).into();
    shown.push(("log".to_owned(), program.into_stderr()));
    for (name, text) in &shown {
        for secret in &sent {
            assert!(!shows(text, secret), "{secret} in {name}");
        }
    }
}

/// Returns whether a text contains a secret, verbatim or URL-encoded.
fn shows(text: &str, secret: &str) -> bool {
    let encoded =
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    text.contains(secret) || text.to_lowercase().contains(&encoded.to_lowercase())
}
