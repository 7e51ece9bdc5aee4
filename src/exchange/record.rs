//! An exchange as the journal tells it once it is over: masked, bounded, and without file content.

use jiff::Timestamp;
use serde::Serialize;

use super::Operation;

/// One request and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// Counts up from 1 since the start or the last reset.
    pub id: u64,
    /// When the request's head had come, on the emulator's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    /// What it was for.
    pub operation: Operation,
    /// Whose files it was about, where that is known.
    pub user_id: Option<String>,
    /// The request's method.
    pub method: String,
    /// Path and query as they came, the signature masked.
    pub path: String,
    /// The status of the answer; `None` where no answer went out.
    pub status: Option<u16>,
    /// From the request's head to the answer's end, in microseconds of real time.
    pub duration_us: u64,
    /// The fault that made or changed the answer.
    pub fault: Option<String>,
    /// What came.
    pub request: Message,
    /// What went out.
    pub response: Message,
    /// The ids of what was found wrong.
    pub findings: Vec<u64>,
}

/// One half of an exchange.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Message {
    /// Names in lower case with their values, in no particular order; several of one name are several
    /// entries.
    #[serde(serialize_with = "header_map")]
    pub headers: Vec<(String, String)>,
    /// The length of the body in bytes, as far as it came or went out.
    pub bytes: u64,
    /// The body as text, up to 16 KiB; `None` where there was none, or where it is a file's content.
    pub body: Option<String>,
}

fn rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

/// `{"name": "value"}`, and `{"name": ["one", "two"]}` where a name came more than once.
fn header_map<S: serde::Serializer>(headers: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serde_json::Map::new();
    for (name, value) in headers {
        let value = serde_json::Value::String(value.clone());
        match map.get_mut(name) {
            None => {
                map.insert(name.clone(), value);
            }
            Some(serde_json::Value::Array(values)) => values.push(value),
            Some(first) => *first = serde_json::Value::Array(vec![first.take(), value]),
        }
    }
    map.serialize(serializer)
}
