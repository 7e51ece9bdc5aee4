//! Rules as text: the JSON of the control side, the short form, and TOML. Each reads back as the same rule. `control`,
//! the log and `assay faults` write them.

use std::fmt::{self, Display, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    Fault,
    field::Value,
    kind::Kind,
    parse::{ANY, short},
    selector,
};

impl<E> Fault<E> {
    fn on_name(&self) -> &'static str {
        self.on.map_or(ANY, |operation| operation.name())
    }
}

/// In the short form.
///
/// ```
/// use alloy_assay::fault::Fault;
///
/// let fault = Fault::presign().times(2).error(429).message("Too fast, or too: often");
/// assert_eq!(fault.to_string(), r#"presign:times=2:error=429,message="Too fast, or too: often""#);
/// ```
impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.on_name())?;
        for (selector, value) in selector::of(self) {
            write!(f, ":{}={}", selector.name, in_quotes(&value.to_string()))?;
        }
        let kind = Kind::of(&self.effect);
        write!(f, ":{}", kind.name)?;
        for (at, (name, value)) in (kind.write)(&self.effect).into_iter().enumerate() {
            let value = value.to_string();
            f.write_char(if at == 0 { '=' } else { ',' })?;
            if at > 0 || short::primary(kind, &value).is_none_or(|field| field.name != name) {
                write!(f, "{name}=")?;
            }
            f.write_str(&in_quotes(&value))?;
        }
        Ok(())
    }
}

/// A value of the short form, in quotes where it needs them.
fn in_quotes(value: &str) -> String {
    let is_plain = |one: char| !one.is_whitespace() && ![':', ',', '=', '"'].contains(&one);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// As the control side writes it: `on`, the selectors that are set, and `effect`.
///
/// ```
/// use alloy_assay::fault::Fault;
///
/// let json = serde_json::to_value(Fault::put().nth(1).error("SlowDown")).unwrap();
/// assert_eq!(json, serde_json::json!({"on": "put", "nth": 1, "effect": {"kind": "error", "code": "SlowDown"}}));
/// ```
impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("on", self.on_name())?;
        for (selector, value) in selector::of(self) {
            map.serialize_entry(selector.name, &value)?;
        }
        map.serialize_entry("effect", &InJson(self))?;
        map.end()
    }
}

/// The effect of a rule.
struct InJson<'a>(&'a Fault);

impl Serialize for InJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = Kind::of(&self.0.effect);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", kind.name)?;
        for (name, value) in (kind.write)(&self.0.effect) {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) | Self::Size(number) => serializer.serialize_u64(*number),
            Self::Chance(chance) => serializer.serialize_f64(*chance),
            Self::Status(status) => serializer.serialize_u16(status.as_u16()),
            Self::Duration(_) | Self::Text(_) | Self::User(_) => serializer.collect_str(self),
        }
    }
}

impl Fault {
    /// The rule as a table of a TOML document.
    ///
    /// ```
    /// use alloy_assay::fault::Fault;
    ///
    /// assert_eq!(
    ///     Fault::put().nth(1).reset(65_536).to_toml(),
    ///     "[[fault]]\non = \"put\"\nnth = 1\neffect = { kind = \"reset\", after_bytes = \"64KiB\" }\n"
    /// );
    /// ```
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!("[[fault]]\non = \"{}\"\n", self.on_name());
        for (selector, value) in selector::of(self) {
            text.extend([selector.name, " = ", &in_toml(&value), "\n"]);
        }
        let kind = Kind::of(&self.effect);
        text.extend(["effect = { kind = \"", kind.name, "\""]);
        for (name, value) in (kind.write)(&self.effect) {
            text.extend([", ", name, " = ", &in_toml(&value)]);
        }
        text + " }\n"
    }
}

/// A size is a text where it has a unit.
fn in_toml(value: &Value) -> String {
    let text = value.to_string();
    match value {
        Value::Number(_) | Value::Chance(_) | Value::Status(_) => text,
        Value::Size(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => text,
        _ => {
            let mut quoted = String::from("\"");
            for character in text.chars() {
                match character {
                    '"' | '\\' => quoted.extend(['\\', character]),
                    control if control.is_control() => {
                        // Writing into memory cannot fail.
                        let _ = write!(quoted, "\\u{:04X}", u32::from(control));
                    }
                    other => quoted.push(other),
                }
            }
            quoted + "\""
        }
    }
}
