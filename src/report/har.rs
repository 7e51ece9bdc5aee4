//! HAR 1.2, the archive of HTTP traffic that browsers' developer tools and other viewers open.
//!
//! Source: the HAR 1.2 specification, <http://www.softwareishard.com/blog/har-12-spec/>. Fields that begin with an
//! underscore are our own, as it allows.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{exchange::Exchange, files::Md5Digest};

/// Text after the entries.
pub const END: &str = "]}}\n";

/// Returns the text before the entries, which are separated by commas.
pub fn begin() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r#"{{"log":{{"version":"1.2","creator":{{"name":"alloy-assay","version":"{version}"}},"entries":["#
    )
}

/// Returns an archive of these exchanges, which are masked.
pub fn har(exchanges: &[Exchange]) -> String {
    let entries: Vec<String> = exchanges.iter().map(|exchange| entry(exchange).to_string()).collect();
    format!("{}{}{END}", begin(), entries.join(",\n"))
}

/// Returns the entry of an exchange.
pub fn entry(exchange: &Exchange) -> Value {
    let [request, response] = [&exchange.request, &exchange.response].map(|message| {
        let headers = message.headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        headers.collect::<Vec<(String, String)>>()
    });
    let of = |headers: &[(String, String)], name: &str| {
        headers.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, value)| value.clone())
    };
    // The server itself, where the client did not say whom it called.
    let origin = exchange.origin.as_deref().unwrap_or("http://localhost");
    let query = exchange.path.split_once('?').map_or("", |(_, query)| query);
    let query = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| Pair::new(&name, &value));
    #[expect(clippy::cast_precision_loss, reason = "an exchange does not take 285 years")]
    let milliseconds = exchange.duration_us as f64 / 1000.0;
    let mut entry = json!({
        "startedDateTime": format!("{:.3}", exchange.at),
        "time": milliseconds,
        "request": {
            "method": exchange.method,
            "url": format!("{origin}{}", exchange.path),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs(&request),
            "queryString": query.collect::<Vec<_>>(),
            "headersSize": -1,
            "bodySize": exchange.request.bytes,
        },
        "response": {
            // 0 is what browsers write where no answer came.
            "status": exchange.status.unwrap_or(0),
            "statusText": exchange.status.map_or("", reason),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs(&response),
            "content": {
                "size": exchange.response.bytes,
                "mimeType": of(&response, "content-type"),
            },
            "redirectURL": of(&response, "location"),
            "headersSize": -1,
            "bodySize": exchange.response.bytes,
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_assay": {
            "id": exchange.id,
            "operation": exchange.operation,
            "user_id": exchange.user_id,
            "fault": exchange.fault,
            "md5": exchange.md5.map(Md5Digest::to_base64),
        },
    });
    if let Some(body) = &exchange.request.body {
        entry["request"]["postData"] = json!({"mimeType": of(&request, "content-type"), "text": body});
    }
    if let Some(body) = &exchange.response.body {
        entry["response"]["content"]["text"] = json!(body);
    }
    entry
}

/// A header or a parameter.
#[derive(Serialize)]
struct Pair {
    name: String,
    value: String,
}

impl Pair {
    fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<Pair> {
    headers.iter().map(|(name, value)| Pair::new(name, value)).collect()
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("")
}
