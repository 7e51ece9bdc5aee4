//! Parameters come as text: how that text is taken apart and becomes the value that a schema can judge.
//! Called by [`super::parameter`].

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    document::{Document, LoadError},
    pointer,
};

/// How text becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    One(Primitive),
    /// Items apart by commas, or several values of one name.
    Many(Primitive),
    /// An object in the query: its parts have names of their own.
    Scattered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Primitive {
    Text,
    Number,
    Boolean,
}

impl Primitive {
    fn of(schema: &Map<String, Value>) -> Self {
        match schema.get("type").and_then(Value::as_str) {
            Some("integer" | "number") => Self::Number,
            Some("boolean") => Self::Boolean,
            _ => Self::Text,
        }
    }

    /// The text as a value of this kind; as text where it is none, which its schema will not take.
    pub(super) fn value(self, text: &str) -> Value {
        match self {
            Self::Text => Value::from(text),
            // JSON allows blanks around a number, a parameter does not.
            Self::Number => match serde_json::from_str::<serde_json::Number>(text) {
                Ok(number) if text.trim() == text => Value::Number(number),
                _ => Value::from(text),
            },
            Self::Boolean => text.parse().map_or_else(|_| Value::from(text), Value::Bool),
        }
    }
}

/// How the text of a parameter with the schema at `at` is to be read.
pub(super) fn shape(document: &Document, at: &str) -> Result<Shape, LoadError> {
    let (at, schema) = document.object(at)?;
    Ok(match schema.get("type").and_then(Value::as_str) {
        Some("object") => Shape::Scattered,
        Some("array") => {
            let items = pointer::join(&at, "items");
            let item = if document.get(&items).is_some() {
                Primitive::of(document.object(&items)?.1)
            } else {
                Primitive::Text
            };
            Shape::Many(item)
        }
        _ => Shape::One(Primitive::of(schema)),
    })
}

/// The decoded values of one name in a query.
pub(super) fn query_values<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
    query.split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key) == name).then(|| decoded(value))
    })
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_what_its_schema_speaks_of() {
        assert_eq!(Primitive::Number.value("12"), Value::from(12));
        assert_eq!(Primitive::Number.value("1.5"), Value::from(1.5));
        assert_eq!(Primitive::Boolean.value("true"), Value::from(true));
        assert_eq!(Primitive::Text.value("12"), Value::from("12"));
    }

    #[test]
    fn text_stays_text_where_it_is_nothing_else() {
        for text in ["", "NaN", "inf", "0x1", " 1", "1e999"] {
            assert_eq!(Primitive::Number.value(text), Value::from(text));
        }
        assert_eq!(Primitive::Boolean.value("True"), Value::from("True"));
    }

    #[test]
    fn queries_are_decoded() {
        let values = |query| query_values(query, "a b").map(Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(values("a+b=1+2&a%20b=%33&c=4&a+b"), ["1 2", "3", ""]);
        assert_eq!(values(""), [""; 0]);
    }
}
