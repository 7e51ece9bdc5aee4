//! `assay rules`: lists the rules that findings come from, or describes one.

use std::process::ExitCode;

use clap::Args;

use super::{
    mistake,
    wrap::{line, wrapped},
};
use crate::{
    exchange::{Rule, Severity},
    text::{nearest, quoted},
};

/// Options of `assay rules`.
#[derive(Args)]
pub(super) struct Options {
    /// Rule to describe [default: list all]
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

/// Lists the rules, or describes one. Returns exit code 2 for an unknown rule.
pub(super) fn run(options: &Options) -> ExitCode {
    let Some(id) = &options.rule else { return super::print(list().as_bytes()) };
    match Rule::find(id) {
        Some(rule) => super::print(describe(rule).as_bytes()),
        None => mistake(unknown(id)),
    }
}

/// Writes one line for each rule, in groups.
fn list() -> String {
    let width = Rule::all().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (group, themes) in Rule::groups() {
        text.push_str(if text.is_empty() { "" } else { "\n" });
        line(&mut text, format_args!("{group}:"));
        for rule in themes.iter().copied().flatten() {
            line(
                &mut text,
                format_args!("  {:<width$}  {:<7}  {}", rule.id, name(rule.severity), rule.title),
            );
        }
    }
    line(&mut text, format_args!("\n`assay rules RULE` describes one, with right and wrong traffic."));
    text
}

/// Writes the page of one rule.
fn describe(rule: &Rule) -> String {
    let mut text = String::new();
    wrapped(&mut text, &format!("{} ({}): ", rule.id, name(rule.severity)), rule.title);
    text.push('\n');
    for (label, value) in [
        ("Means", meaning(rule.severity)),
        ("Wrong", rule.wrong),
        ("Right", rule.right),
        ("Fix", rule.hint),
        ("Source", rule.source),
    ] {
        wrapped(&mut text, &format!("{label:<8}"), value);
    }
    text
}

/// Describes what a severity means for the run.
fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "The request breaks the contract, or S3 refuses it. Fails `assay run`.",
        Severity::Warning => {
            "The request goes against the guide's advice. Fails `assay run --fail-on warning`."
        }
        Severity::Note => "The request may be intended. Never fails a run.",
    }
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn unknown(id: &str) -> String {
    let fix = match nearest(id, Rule::all().map(|rule| rule.id)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`assay rules` lists them".to_owned(),
    };
    format!("unknown rule {} ({fix})", quoted(id))
}
