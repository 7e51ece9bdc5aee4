//! How a line of the log looks: for people, with the findings of an exchange as blocks below its line; for tools,
//! with the findings as a list. Neither has control characters in it that somebody else wrote: a terminal would
//! obey them.

use std::fmt::{self, Write};

use serde::Deserialize;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    field::{MakeVisitor, VisitFmt, VisitOutput},
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{DefaultVisitor, Writer},
    },
    registry::LookupSpan,
};

use crate::{exchange::Rule, report::begins_command};

/// The field that has an exchange's findings, a list in JSON.
const FINDINGS: &str = "findings";

/// What the log tells of a finding.
#[derive(Deserialize)]
struct Told {
    rule: String,
    severity: String,
    message: String,
}

/// An event's fields as people read them.
#[derive(Debug)]
pub(super) struct Text;

/// Writes the fields of one event.
pub(super) struct TextVisitor<'a> {
    line: DefaultVisitor<'a>,
    is_coloured: bool,
    findings: Vec<Told>,
}

impl<'a> MakeVisitor<Writer<'a>> for Text {
    type Visitor = TextVisitor<'a>;

    fn make_visitor(&self, writer: Writer<'a>) -> TextVisitor<'a> {
        let is_coloured = writer.has_ansi_escapes();
        TextVisitor { line: DefaultVisitor::new(writer, true), is_coloured, findings: Vec::new() }
    }
}

impl Visit for TextVisitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            FINDINGS => self.findings = serde_json::from_str(value).unwrap_or_default(),
            "message" => self.record_debug(field, &format_args!("{value}")),
            _ => self.record_debug(field, &value),
        }
    }

    // Numbers have nothing in them that could do harm.

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.line.record_debug(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.line.record_debug(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.line.record_debug(field, &Harmless(value));
    }
}

impl VisitFmt for TextVisitor<'_> {
    fn writer(&mut self) -> &mut dyn Write {
        self.line.writer()
    }
}

impl VisitOutput<fmt::Result> for TextVisitor<'_> {
    /// The blocks stand below the line, of which the end is written afterwards.
    fn finish(mut self) -> fmt::Result {
        let (findings, is_coloured) = (std::mem::take(&mut self.findings), self.is_coloured);
        findings.iter().try_for_each(|told| block(self.line.writer(), told, is_coloured))?;
        self.line.finish()
    }
}

/// What is wrong, and what to do about it.
fn block(out: &mut dyn Write, told: &Told, is_coloured: bool) -> fmt::Result {
    let Told { rule, severity, message } = told;
    let colour = match severity.as_str() {
        "error" => "\x1b[1;31m",
        "warning" => "\x1b[1;33m",
        _ => "\x1b[1;36m",
    };
    let (on, dim, off) = if is_coloured { (colour, "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
    write!(out, "\n    {on}{severity}[{rule}]{off}: {:?}", Harmless(&format_args!("{message}")))?;
    match Rule::find(rule) {
        Some(rule) => write!(out, "\n      {dim}hint:{off} {}", rule.hint),
        None => Ok(()),
    }
}

/// Events as tools read them: as `F` writes them, with the findings as a list instead of a text.
pub(super) struct Json<F>(pub F);

impl<S, N, F> FormatEvent<S, N> for Json<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let mut list = List::default();
        event.record(&mut list);
        if let Some(list) = list.0 {
            let text = serde_json::to_string(&list).map_err(|_| fmt::Error)?;
            // A quote inside of a value is escaped: this can only be the field.
            line = line.replacen(&format!("\"{FINDINGS}\":{text}"), &format!("\"{FINDINGS}\":{list}"), 1);
        }
        escape_rest(&mut writer, &line)
    }
}

/// The list that an event has.
#[derive(Default)]
struct List(Option<String>);

impl Visit for List {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == FINDINGS {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

/// Writes a line of JSON without what JSON may have raw, and a terminal obeys: DEL and the C1 controls.
fn escape_rest(out: &mut impl Write, line: &str) -> fmt::Result {
    let mut rest = line;
    while let Some(at) = harmful_at(rest) {
        let (before, from) = rest.split_at(at);
        let mut characters = from.chars();
        let code = characters.next().map_or(0, u32::from);
        write!(out, "{before}\\u{code:04x}")?;
        rest = characters.as_str();
    }
    out.write_str(rest)
}

fn harmful_at(text: &str) -> Option<usize> {
    let is_harmful = |at: usize, character: char| match character {
        '[' => begins_command(&text[..at]),
        other => ('\u{7f}'..='\u{9f}').contains(&other),
    };
    text.char_indices().find(|(at, character)| is_harmful(*at, *character)).map(|(at, _)| at)
}

/// A value whose debug form has no control characters: they are written as Rust writes them.
struct Harmless<'a>(&'a dyn fmt::Debug);

impl fmt::Debug for Harmless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = String::with_capacity(USUAL);
        write!(written, "{:?}", self.0)?;
        if is_plain(&written) {
            return f.write_str(&written);
        }
        let mut text = String::new();
        for character in written.chars() {
            if character == '[' && begins_command(&text) {
                text.extend(character.escape_unicode());
            } else {
                text.push(character);
            }
        }
        Escaping(f).write_str(&text)
    }
}

/// As many bytes as most values have at most.
const USUAL: usize = 128;

/// Whether all of a text is harmless at first sight, as most are: this is asked of every field of every line.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'[')
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_harmful) {
            let (before, from) = rest.split_at(at);
            let mut characters = from.chars();
            self.0.write_str(before)?;
            characters.next().map_or(Ok(()), |control| write!(self.0, "{}", control.escape_default()))?;
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Control characters, what ends a line, and what turns the direction of a text.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(severity: &str, message: &str) -> Told {
        Told {
            rule: "contract-header".to_owned(),
            severity: severity.to_owned(),
            message: message.to_owned(),
        }
    }

    fn shown(told: &Told, is_coloured: bool) -> String {
        let mut text = String::new();
        block(&mut text, told, is_coloured).unwrap();
        text
    }

    #[test]
    fn a_block_has_severity_message_and_hint() {
        let hint = Rule::find("contract-header").unwrap().hint;
        let plain = format!("\n    error[contract-header]: It is missing.\n      hint: {hint}");
        assert_eq!(shown(&told("error", "It is missing."), false), plain);
        let coloured = format!(
            "\n    \x1b[1;33mwarning[contract-header]\x1b[0m: It is missing.\n      \x1b[2mhint:\x1b[0m {hint}"
        );
        assert_eq!(shown(&told("warning", "It is missing."), true), coloured);
    }

    #[test]
    fn what_a_client_wrote_does_not_move_the_terminal() {
        let text = shown(&told("error", "`a\x1b[2J\r\n\u{9b}31mb\u{202e}c\x7f` is ä"), true);
        let expected = r"`a\u{1b}[2J\r\n\u{9b}31mb\u{202e}c\u{7f}` is ä";
        assert!(text.contains(expected), "{text:?}");
        let text = shown(&told("error", "`##[error]a ##vso[b]`"), false);
        assert!(text.contains(r"`##\u{5b}error]a ##vso\u{5b}b]`"), "{text:?}");
        let mut json = String::new();
        escape_rest(&mut json, "{\"a\":[\"##[error]\"]}").unwrap();
        assert_eq!(json, "{\"a\":[\"##\\u005berror]\"]}");
        let mut json = String::new();
        escape_rest(&mut json, "{\"a\":\"\u{9b}31mä\u{7f}\"}\n").unwrap();
        assert_eq!(json, "{\"a\":\"\\u009b31mä\\u007f\"}\n");
    }
}
