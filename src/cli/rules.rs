//! `assay rules`: lists what can be found wrong with a client, and explains one rule.

use std::process::ExitCode;

use clap::Args;

use super::{
    mistake,
    wrap::{line, wrapped},
};
use crate::exchange::{Rule, Severity, nearest};

/// The option.
#[derive(Args)]
pub(super) struct Options {
    /// The rule to explain [default: all are listed]
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

/// Lists the rules, or explains one; exit code 2 where there is none of the name.
pub(super) fn run(options: &Options) -> ExitCode {
    let Some(id) = &options.rule else { return super::print(list().as_bytes()) };
    match Rule::find(id) {
        Some(rule) => super::print(explain(rule).as_bytes()),
        None => mistake(unknown(id)),
    }
}

/// A line for each rule, below whose it is.
fn list() -> String {
    let width = Rule::all().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (whose, themes) in Rule::groups() {
        text.push_str(if text.is_empty() { "" } else { "\n" });
        line(&mut text, format_args!("{whose}:"));
        for rule in themes.iter().copied().flatten() {
            let head = format!("  {:<width$}  {:<7}  ", rule.id, name(rule.severity));
            wrapped(&mut text, &head, rule.title);
        }
    }
    text
}

/// All that there is to say of one rule.
fn explain(rule: &Rule) -> String {
    let mut text = String::new();
    wrapped(&mut text, &format!("{} ({}): ", rule.id, name(rule.severity)), rule.title);
    text.push('\n');
    for (what, told) in [
        ("Meaning", meaning(rule.severity)),
        ("Hint", rule.hint),
        ("Mistake", rule.mistake),
        ("Mend", rule.mend),
        ("Source", rule.source),
    ] {
        wrapped(&mut text, &format!("{what:<9}"), told);
    }
    text
}

/// What a severity says of a finding.
fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "An error: the contract is broken, or S3 refuses the request.",
        Severity::Warning => "A warning: it goes against the guide's advice.",
        Severity::Note => "A note: it may well be meant.",
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
    let nearest = nearest(&id.to_lowercase(), Rule::all().map(|rule| rule.id), 4);
    let remedy = match nearest {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`assay rules` lists them".to_owned(),
    };
    format!("`{}` is no rule; {remedy}", id.chars().take(100).collect::<String>().escape_debug())
}
