//! Parses bodies of requests as JSON, and reports what `serde_json` does not: names given twice, and why a body is not
//! valid JSON.

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::violations::MAX_VIOLATIONS;

/// Explains why bytes are not valid JSON.
pub(super) fn syntax_message(whole: &str, bytes: &[u8], error: &serde_json::Error) -> String {
    if let Err(error) = std::str::from_utf8(bytes) {
        return format!("{whole} must be JSON in UTF-8, and byte {} is not UTF-8.", error.valid_up_to());
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return format!("{whole} must be JSON without a byte order mark before it.");
    }
    format!("{whole} must be JSON, and it is not: {error}.")
}

/// Body with the names that it has more than once at its top level.
pub(super) struct Parsed {
    pub(super) value: Value,
    pub(super) twice: Vec<String>,
}

/// Parses a body. `serde_json` silently keeps the last of several members with one name.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, serde_json::Error> {
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Ok(Parsed { value: serde_json::from_slice(bytes)?, twice: Vec::new() });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = deserializer.deserialize_map(Members)?;
    deserializer.end()?;
    Ok(parsed)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Parsed;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Parsed, A::Error> {
        let (mut members, mut twice) = (Map::new(), Vec::new());
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value::<Value>()?;
            match members.entry(name) {
                serde_json::map::Entry::Vacant(place) => {
                    place.insert(value);
                }
                serde_json::map::Entry::Occupied(mut place) => {
                    // More are never reported, and searching them would take time.
                    if twice.len() < MAX_VIOLATIONS && !twice.contains(place.key()) {
                        twice.push(place.key().clone());
                    }
                    place.insert(value);
                }
            }
        }
        Ok(Parsed { value: Value::Object(members), twice })
    }
}
