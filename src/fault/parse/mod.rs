//! Parses rules from the short form, TOML and JSON into one neutral tree, which one reader reads. `config` and
//! `control` use it.

mod rule;
mod set;
pub(super) mod short;

use std::str::FromStr;

#[cfg(feature = "cli")]
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub(super) use self::rule::ANY;
use self::set::SetReader;
use super::{
    Fault, Mistakes,
    mistake::{Mistake, quoted},
};
use crate::document::{self, Lines, Node, Place};

/// Parses a rule in the short form, such as `put:nth=1:error=SlowDown`.
///
/// # Errors
///
/// [`Mistakes`] with the place of each.
///
/// ```
/// use alloy_assay::{Fault, internals::parse};
///
/// assert_eq!(parse::short("put:times=2:error=SlowDown").unwrap(), Fault::put().times(2).error("SlowDown"));
/// let mistakes = parse::short("put:nth=0:close").unwrap_err();
/// assert_eq!(mistakes.to_string(), "`nth` is `0`; write a whole number from 1 on");
/// assert_eq!(mistakes.iter().next().unwrap().span, Some(8..9));
/// ```
pub fn short(text: &str) -> Result<Fault, Mistakes> {
    short::read(text)
}

impl FromStr for Fault {
    type Err = Mistakes;

    fn from_str(text: &str) -> Result<Self, Mistakes> {
        short(text)
    }
}

impl TryFrom<&str> for Fault {
    type Error = Mistakes;

    fn try_from(text: &str) -> Result<Self, Mistakes> {
        short(text)
    }
}

/// Parses the body of a control call: a rule as a JSON object, `{"scenario": NAME}`, a rule in the short form, as a
/// JSON string or as plain text, or a list of these, at most 1,000 rules.
///
/// # Errors
///
/// [`Mistakes`] with the pointer of each; those of a rule in the short form say at which character they are.
///
/// ```
/// use alloy_assay::{Fault, internals::parse};
///
/// let rule = br#"{"on": "put", "nth": 1, "effect": {"kind": "error", "code": "SlowDown"}}"#;
/// assert_eq!(parse::call(rule).unwrap(), [Fault::put().nth(1).error("SlowDown")]);
/// let mistakes = parse::call(br#"[{"on": "put", "effect": {"kind": "reset"}}, "put:nth=0:close"]"#).unwrap_err();
/// let mistake = mistakes.iter().next().unwrap();
/// assert_eq!(mistake.pointer, "/1");
/// assert_eq!(mistake.to_string(), "at character 9, `nth` is `0`; write a whole number from 1 on");
/// ```
pub fn call(body: &[u8]) -> Result<Vec<Fault>, Mistakes> {
    const RULE: &str = "write a rule as JSON or in the short form, such as put:error=SlowDown";
    let text = std::str::from_utf8(body).map_err(|_| Mistake::new("", "the body is not UTF-8", RULE))?;
    // No caret is shown, so positions may begin after the mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut set = SetReader::telling_characters();
    match text.trim_start().bytes().next() {
        None => return Err(Mistake::new("", "the body has no rule", RULE).into()),
        Some(b'[') => set.rules(&json_of_call(text)?, ""),
        Some(b'{' | b'"') => set.one(&json_of_call(text)?, ""),
        Some(_) => set.text(text, &(0..text.len()), ""),
    }
    set.finish()
}

/// Returns whether the body of a call, which [`call`] takes, is a list or names a scenario.
pub fn is_set(body: &[u8]) -> bool {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    match body.trim_ascii_start().first() {
        Some(b'[') => true,
        Some(b'{') => {
            serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|rule| rule.get("scenario").is_some())
        }
        _ => false,
    }
}

/// Parses a body into a tree with positions, since no pointers lead to its mistakes.
fn json_of_call(text: &str) -> Result<Node, Mistake> {
    json_tree(text).map_err(|mistake| {
        let at = mistake.span.as_ref().map_or(0, |span| span.start);
        let Place { line, column } = Lines::of(text).place(at);
        mistake.inside(format_args!("at line {line}, column {column}, "))
    })
}

/// Parses JSON, and refuses duplicate names.
fn json_tree(text: &str) -> Result<Node, Mistake> {
    let tree = document::json(text).map_err(|problem| {
        let remedy = "write a rule as JSON or in the short form";
        Mistake::new("", problem.message, remedy).at(&(problem.at..problem.at))
    })?;
    match tree.duplicates(1).first() {
        Some(twice) => {
            let what = format!("duplicate `{}`", quoted(&twice.second.name));
            Err(Mistake::new("", what, "write it once").at(&twice.second.span))
        }
        None => Ok(tree),
    }
}

/// Returns whether the text of a file is JSON and not TOML, where its name does not say so.
pub fn is_json(text: &str) -> bool {
    let mut begins = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').chars();
    match begins.next() {
        Some('{') => true,
        // `[[fault]]` and `[fault]` are headers.
        Some('[') => matches!(begins.find(|c| !c.is_whitespace()), Some('{' | '"' | ']')),
        _ => false,
    }
}

/// Reads a file of rules in JSON: a list, or an object that has one as `faults`.
///
/// # Errors
///
/// [`Mistakes`] with the place of each.
///
/// ```
/// use alloy_assay::{Fault, internals::parse};
///
/// let text = r#"{"faults": [{"on": "any", "for": "30s", "effect": {"kind": "close"}}, "put:reset"]}"#;
/// let rules = parse::json(text).unwrap();
/// assert_eq!(rules[1], Fault::put().reset(0));
/// ```
pub fn json(text: &str) -> Result<Vec<Fault>, Mistakes> {
    let mut set = SetReader::default();
    set.json(&json_tree(text)?);
    set.finish()
}

/// Reads a file of rules in TOML, of which nothing but `[[fault]]` tables is a part.
///
/// # Errors
///
/// [`Mistakes`] with the place of each.
#[cfg(feature = "cli")]
pub fn toml(root: &Spanned<DeTable<'_>>) -> Result<Vec<Fault>, Mistakes> {
    let mut set = SetReader::default();
    set.document(&document::toml(root));
    set.finish()
}

/// Reads the `[[fault]]` tables of a TOML document that has other things as well.
///
/// # Errors
///
/// [`Mistakes`] with the place of each.
#[cfg(feature = "cli")]
pub fn toml_tables(value: &Spanned<DeValue<'_>>) -> Result<Vec<Fault>, Mistakes> {
    let mut set = SetReader::default();
    set.rules(&document::toml_value(value), "");
    set.finish()
}

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests;
