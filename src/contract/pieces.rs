//! Checks large lists item by item. The tree of a list of a million files took some 700 MB, and
//! longer to build than to send. This check only says whether an answer is valid; the check of the
//! whole explains one that is not.

use std::{fmt, sync::OnceLock};

use jsonschema::Validator;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::schema;

/// The keywords with which a schema of an object says nothing about the entries of a list in it.
const OF_THE_ENVELOPE: [&str; 4] = ["additionalProperties", "properties", "required", "type"];

/// A schema of an object with a list in it, of which each entry can be looked at by itself.
pub(super) struct Pieces {
    /// The property that is the list.
    list: String,
    /// The schema of an entry, with its definitions.
    entry: Value,
    /// Compiled when first needed: most lists are short.
    validator: OnceLock<Option<Validator>>,
}

impl Pieces {
    /// Returns the pieces of a translated schema; `None` if it has none, or constrains the list itself.
    pub(super) fn of(root: &Value, definitions: &Map<String, Value>) -> Option<Self> {
        let is_plain = |schema: &Value, name: &str, keywords: &[&str]| {
            schema.get("type").is_some_and(|known| known == name)
                && schema
                    .as_object()
                    .is_some_and(|all| all.keys().all(|key| keywords.contains(&key.as_str())))
        };
        if !is_plain(root, "object", &OF_THE_ENVELOPE) {
            return None;
        }
        let properties = root.get("properties")?.as_object()?;
        let (list, schema) = properties.iter().find(|(_, one)| is_plain(one, "array", &["items", "type"]))?;
        let mut entry = schema.get("items")?.clone();
        entry.as_object_mut()?.insert("definitions".to_owned(), Value::Object(definitions.clone()));
        Some(Self { list: list.clone(), entry, validator: OnceLock::new() })
    }

    /// Returns this body with an empty list; `None` if an entry is invalid, or if pieces do not suffice.
    pub(super) fn envelope(&self, body: &[u8]) -> Option<Value> {
        let validator = self.validator.get_or_init(|| schema::options().build(&self.entry).ok());
        let envelope = Envelope { list: &self.list, entry: Entry(validator.as_ref()?) };
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let members = deserializer.deserialize_map(envelope).ok()?;
        deserializer.end().ok()?;
        Some(Value::Object(members))
    }
}

struct Envelope<'a> {
    list: &'a str,
    entry: Entry<'a>,
}

impl<'de> Visitor<'de> for Envelope<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = if name == self.list {
                access.next_value_seed(self.entry)?;
                Value::Array(Vec::new())
            } else {
                access.next_value()?
            };
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member comes twice, and the last one counts"));
            }
        }
        Ok(members)
    }
}

/// Every entry of the list has to be valid.
#[derive(Clone, Copy)]
struct Entry<'a>(&'a Validator);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(entry) = access.next_element::<Value>()? {
            if !self.0.is_valid(&entry) {
                return Err(A::Error::custom("an entry is not valid"));
            }
        }
        Ok(())
    }
}
