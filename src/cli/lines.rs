//! Format of log lines: short for people, with the findings of an exchange below; complete for tools. Both escape
//! control characters, which a terminal would obey.

use std::{
    error::Error,
    fmt::{self, Debug, Write},
    time::Duration,
};

use bytesize::ByteSize;
use jiff::Timestamp;
use serde_json::Value;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::{
    exchange::{Rule, Severity},
    report::{begins_command, name, plain},
    server::{Findings, Found},
};

/// The field of an exchange that no other event has.
const DURATION: &str = "duration_us";

/// The longest path in a line for people, in characters.
const PATH: usize = 60;

/// Format of events.
pub(super) enum Lines {
    Json,
    Text { is_coloured: bool, is_verbose: bool },
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, Value)>,
    findings: Vec<Found>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            name => self.others.push((name, value.into())),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.others.push((field.name(), value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.others.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.others.push((field.name(), value.into()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        match value.downcast_ref::<Findings>() {
            Some(findings) => self.findings.clone_from(&findings.0),
            None => self.record_debug(field, &format_args!("{value}")),
        }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        #[expect(clippy::disallowed_methods, reason = "a log line is dated by when it was written")]
        let now = Timestamp::now();
        let mut fields = Fields::default();
        event.record(&mut fields);
        match *self {
            Self::Json => json(&mut out, now, *event.metadata().level(), fields),
            Self::Text { is_coloured, is_verbose } => {
                text(&mut out, now, *event.metadata().level(), &fields, is_coloured, is_verbose)
            }
        }
    }
}

impl Fields {
    fn get(&self, name: &str) -> Option<&Value> {
        self.others.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// Writes an event for tools.
fn json(out: &mut impl Write, now: Timestamp, level: Level, fields: Fields) -> fmt::Result {
    let mut line = vec![
        ("timestamp", format!("{now:.3}").into()),
        ("level", level.as_str().into()),
        ("message", fields.message.into()),
    ];
    line.extend(fields.others);
    if !fields.findings.is_empty() {
        line.push(("findings", serde_json::to_value(fields.findings).map_err(|_| fmt::Error)?));
    }
    let line: Vec<_> = line.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    escape_rest(out, &format!("{{{}}}\n", line.join(",")))
}

/// Writes an event for people.
fn text(
    out: &mut impl Write,
    now: Timestamp,
    level: Level,
    fields: &Fields,
    is_coloured: bool,
    is_verbose: bool,
) -> fmt::Result {
    let colour = |code: &'static str| if is_coloured { (code, "\x1b[0m") } else { ("", "") };
    let (dim, off) = colour("\x1b[2m");
    if fields.get(DURATION).is_some() && !is_verbose {
        write!(out, "{dim}{}{off} {}", now.strftime("%H:%M:%S%.3f"), short(fields, is_coloured))?;
    } else {
        let (on, off_level) = colour(match level {
            Level::ERROR => "\x1b[31m",
            Level::WARN => "\x1b[33m",
            _ => "\x1b[32m",
        });
        write!(out, "{dim}{now:.3}{off} {on}{level:>5}{off_level} {}", plain(&fields.message))?;
        for (name, value) in &fields.others {
            write!(out, " {dim}{name}={off}{}", plain(&value.to_string()))?;
        }
    }
    for Found { rule, severity, message } in &fields.findings {
        let (on, off_rule) = colour(match severity {
            Severity::Error => "\x1b[1;31m",
            Severity::Warning => "\x1b[1;33m",
            Severity::Note => "\x1b[1;36m",
        });
        let severity = name(*severity);
        write!(out, "\n    {on}{severity}[{rule}]{off_rule}: {}", plain(message))?;
        if let Some(rule) = Rule::find(rule) {
            write!(out, "\n      {dim}hint:{off} {}", rule.hint)?;
        }
    }
    writeln!(out)
}

/// Returns an exchange in a line that fits a terminal: method, path, status, duration, size, user.
fn short(fields: &Fields, is_coloured: bool) -> String {
    let target = plain(fields.message.split('?').next().unwrap_or_default());
    let is_long = target.chars().count() > PATH;
    let path: String = target.chars().take(if is_long { PATH - 1 } else { PATH }).collect();
    let mut line = if is_long { path + "…" } else { path };
    let number = |name: &str| fields.get(name).and_then(Value::as_u64);
    let status = number("status").map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let colour = match number("status") {
        _ if !is_coloured => "",
        Some(..400) => "\x1b[32m",
        _ => "\x1b[31m",
    };
    let off = if is_coloured { "\x1b[0m" } else { "" };
    let is_upload = fields.get("operation").is_some_and(|operation| operation == "put");
    let bytes = number(if is_upload { "request_bytes" } else { "response_bytes" }).unwrap_or_default();
    let took = took(Duration::from_micros(number(DURATION).unwrap_or_default()));
    let size = ByteSize::b(bytes).display().iec().to_string().replace(' ', "");
    // Writing into memory cannot fail.
    let _ = write!(line, " {colour}{status}{off} {took} {size}");
    // A test's label says more than its user.
    if let Some(whose) = fields.get("test").or_else(|| fields.get("user_id")).and_then(Value::as_str) {
        let _ = write!(line, " {}", plain(whose));
    }
    if let Some(fault) = fields.get("fault") {
        let _ = write!(line, " fault={}", plain(&fault.to_string()));
    }
    line
}

/// Returns `270us`, `1.2ms` or `3.4s`.
fn took(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        ..1000 => format!("{micros}us"),
        1000..1_000_000 => format!("{:.1}ms", time.as_secs_f64() * 1e3),
        _ => format!("{:.1}s", time.as_secs_f64()),
    }
}

/// Writes a line of JSON without what JSON may contain, and a terminal or a CI runner obeys.
fn escape_rest(out: &mut impl Write, line: &str) -> fmt::Result {
    for (at, character) in line.char_indices() {
        let is_harmful = match character {
            '[' => begins_command(&line[..at]),
            other => ('\u{7f}'..='\u{9f}').contains(&other),
        };
        if is_harmful {
            write!(out, "\\u{:04x}", u32::from(character))?;
        } else {
            out.write_char(character)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(target: &str) -> Fields {
        let mut fields = Fields { message: format!("PUT {target}"), ..Fields::default() };
        for (name, value) in
            [("status", 403), (DURATION, 1234), ("request_bytes", 5 << 20), ("response_bytes", 300_u64)]
        {
            fields.others.push((name, value.into()));
        }
        fields.others.push(("operation", "put".into()));
        fields.others.push(("user_id", "651eb6e11d156e0d7a42c59d".into()));
        fields
    }

    fn shown(fields: &Fields, is_coloured: bool, is_verbose: bool) -> String {
        let mut line = String::new();
        text(&mut line, Timestamp::UNIX_EPOCH, Level::INFO, fields, is_coloured, is_verbose).unwrap();
        line
    }

    #[test]
    fn line_for_people_fits_a_terminal() {
        let long = format!("/alloy-user-files/{}.pdf?X-Amz-Signature=***", "a".repeat(200));
        let line = shown(&exchange(&long), false, false);
        let expected = "… 403 1.2ms 5.0MiB 651eb6e11d156e0d7a42c59d\n";
        assert!(
            line.starts_with("00:00:00.000 PUT /alloy-user-files/aaa") && line.ends_with(expected),
            "{line}"
        );
        assert!(line.chars().count() < 120, "{line}");
        assert!(shown(&exchange(&long), false, true).contains("X-Amz-Signature=*** "));
        assert!(shown(&exchange("/"), true, false).contains(" \u{1b}[31m403\u{1b}[0m "));
    }

    #[test]
    fn finding_has_severity_message_and_hint() {
        let mut fields = exchange("/");
        let (severity, message) = (Severity::Warning, "It is missing.".to_owned());
        fields.findings.push(Found { rule: "contract-header", severity, message });
        let hint = Rule::find("contract-header").unwrap().hint;
        let block = format!("\n    warning[contract-header]: It is missing.\n      hint: {hint}\n");
        assert!(shown(&fields, false, false).ends_with(&block));
        let coloured = "\n    \u{1b}[1;33mwarning[contract-header]\u{1b}[0m: It is missing.\n";
        assert!(shown(&fields, true, false).contains(coloured));
    }

    #[test]
    fn input_does_not_move_the_terminal() {
        let message = "`a\u{1b}[2J\r\n\u{9b}31mb\u{202e}c\u{7f}` is ä, `##[error]a ##vso[b]`".to_owned();
        let mut fields = exchange("/");
        fields.findings.push(Found { rule: "contract-header", severity: Severity::Error, message });
        let line = shown(&fields, false, false);
        assert!(line.contains(r"`a\u{1b}[2J\r\n\u{9b}31mb\u{202e}c\u{7f}` is ä"), "{line:?}");
        assert!(line.contains(r"`##\u{5b}error]a ##vso\u{5b}b]`"), "{line:?}");
        let mut json = String::new();
        escape_rest(&mut json, "{\"a\":[\"##[error]\u{9b}31mä\u{7f}\"]}\n").unwrap();
        assert_eq!(json, "{\"a\":[\"##\\u005berror]\\u009b31mä\\u007f\"]}\n");
    }
}
