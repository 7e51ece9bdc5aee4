//! Rules as text: JSON, the short form, and TOML. Each reads back as the same rule.

use std::fmt::{self, Display, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    EffectSpec, Fault,
    field::Value,
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
/// use alloy_assay::Fault;
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
        let EffectSpec { kind, values } = &self.effect;
        write!(f, ":{}", kind.name)?;
        for (at, (field, value)) in values.0.iter().enumerate() {
            let value = value.to_string();
            f.write_char(if at == 0 { '=' } else { ',' })?;
            if at > 0 || short::primary(kind, &value) != Some(*field) {
                write!(f, "{}=", field.name)?;
            }
            f.write_str(&in_quotes(&value))?;
        }
        Ok(())
    }
}

/// Writes a value of the short form, quoted if necessary.
fn in_quotes(value: &str) -> String {
    let is_plain = |one: char| !one.is_whitespace() && ![':', ',', '=', '"'].contains(&one);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Serializes as in the control API: `on`, the selectors, and `effect`.
///
/// ```
/// use alloy_assay::Fault;
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
        map.serialize_entry("effect", &self.effect)?;
        map.end()
    }
}

impl Serialize for EffectSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.name)?;
        for (field, value) in &self.values.0 {
            map.serialize_entry(field.name, value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) | Self::Size(number) => serializer.serialize_u64(*number),
            Self::Probability(probability) => serializer.serialize_f64(*probability),
            Self::Duration(_) | Self::Text(_) | Self::User(_) => serializer.collect_str(self),
        }
    }
}

impl Fault {
    /// Writes the rule as a TOML table.
    ///
    /// ```
    /// use alloy_assay::Fault;
    ///
    /// assert_eq!(
    ///     Fault::put().nth(1).reset(65_536).to_toml(),
    ///     "[[fault]]\non = \"put\"\nnth = 1\neffect = { kind = \"reset\", after_bytes = \"64KiB\" }\n"
    /// );
    /// ```
    pub fn to_toml(&self) -> String {
        let mut text = format!("[[fault]]\non = \"{}\"\n", self.on_name());
        for (selector, value) in selector::of(self) {
            text.extend([selector.name, " = ", &in_toml(&value), "\n"]);
        }
        text.extend(["effect = { kind = \"", self.effect.kind.name, "\""]);
        for (field, value) in &self.effect.values.0 {
            text.extend([", ", field.name, " = ", &in_toml(value)]);
        }
        text + " }\n"
    }
}

/// Writes a size; as a string if it has a unit.
fn in_toml(value: &Value) -> String {
    let text = value.to_string();
    match value {
        Value::Number(_) | Value::Probability(_) => text,
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
