//! Bodies of requests as JSON, with what `serde_json` does not tell by itself: names given twice, and in
//! plain words why a body is no JSON at all.

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::violations::MOST;

/// Says why bytes are no JSON.
pub(super) fn syntax_message(whole: &str, bytes: &[u8], error: &serde_json::Error) -> String {
    if let Err(error) = std::str::from_utf8(bytes) {
        return format!("{whole} must be JSON in UTF-8, and byte {} is not UTF-8.", error.valid_up_to());
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return format!("{whole} must be JSON without a byte order mark before it.");
    }
    format!("{whole} must be JSON, and it is not: {error}.")
}

/// A body with the names that it has more than once at its top.
pub(super) struct Parsed {
    pub(super) value: Value,
    pub(super) twice: Vec<String>,
}

/// Parses a body. `serde_json` itself keeps the last of several members with one name and says nothing.
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
                    // More are never told, and looking through them would take its time.
                    if twice.len() < MOST && !twice.contains(place.key()) {
                        twice.push(place.key().clone());
                    }
                    place.insert(value);
                }
            }
        }
        Ok(Parsed { value: Value::Object(members), twice })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_members_counts_and_both_are_told() {
        let parsed = parse(br#" {"a": 1, "b": {"c": 1, "c": 2}, "a": 2, "a": 3} "#).unwrap();
        assert_eq!(parsed.value, serde_json::json!({"a": 3, "b": {"c": 2}}));
        assert_eq!(parsed.twice, ["a"]);
    }

    #[test]
    fn what_is_no_object_is_parsed_too() {
        for body in ["[1]", " null", "\"a\"", "1.5"] {
            let expected: Value = serde_json::from_str(body).unwrap();
            assert_eq!(parse(body.as_bytes()).unwrap().value, expected);
        }
        assert!(parse(b"").is_err());
        assert!(parse(b"{} x").is_err());
    }
}
