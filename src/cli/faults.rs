//! `assay faults`: lists kinds of faults and scenarios, or describes one.

use std::process::ExitCode;

use clap::Args;

use super::{
    mistake,
    wrap::{line, wrapped},
};
use crate::{
    exchange::Operation,
    fault::{Fault, Field, Kind, Scenario, selectors},
    text::{nearest, quoted},
};

/// Grammar of a rule, and examples.
const GRAMMAR: [&str; 5] = [
    "OPERATION[:SELECTOR=VALUE]...:KIND[=VALUE[,FIELD=VALUE]...]",
    "put:nth=1:error=SlowDown",
    "presign:times=2:error=429,retry_after=1s",
    "any:probability=0.05:delay=200ms",
    "put:filename=\"a:b, c*.pdf\":reset=64KiB",
];

const COUNTING: &str = "All selectors of a rule must match. A rule counts every request that it selects, also one that \
    an earlier rule strikes; of several rules that fire, the first strikes.";

const QUOTES: &str = "Put a value with a colon, a comma or a quote in double quotes. Files in TOML and JSON have the \
    same names: `assay faults KIND` shows how.";

/// Options of `assay faults`.
#[derive(Args)]
pub(super) struct Options {
    /// Kind or scenario to describe [default: list all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Lists the faults, or describes one. Returns exit code 2 for an unknown name.
pub(super) fn run(options: &Options) -> ExitCode {
    let Some(name) = &options.name else { return super::print(list().as_bytes()) };
    match (Scenario::find(name), Kind::find(name)) {
        // `lost-response` is both.
        (Some(scenario), kind) => {
            let mut text = explain(scenario);
            if let Some(kind) = kind {
                text.push('\n');
                text.push_str(&explain_kind(kind));
            }
            super::print(text.as_bytes())
        }
        (None, Some(kind)) => super::print(explain_kind(kind).as_bytes()),
        (None, None) => mistake(unknown(name)),
    }
}

/// Lists kinds, selectors, operations, examples of rules, and scenarios.
fn list() -> String {
    let mut text = String::new();
    line(&mut text, format_args!("Kinds:"));
    let width = Kind::all().map(|kind| kind.name.len()).max().unwrap_or_default();
    for kind in Kind::all() {
        line(&mut text, format_args!("  {:<width$}  {}", kind.name, kind.summary));
    }
    line(&mut text, format_args!("\nSelectors:"));
    let width = selectors().iter().map(|selector| selector.name.len()).max().unwrap_or_default();
    for selector in selectors() {
        line(&mut text, format_args!("  {:<width$}  {}", selector.name, selector.meaning));
    }
    wrapped(&mut text, "  ", COUNTING);
    line(&mut text, format_args!("\nOperations:"));
    let names = Operation::ALL.map(Operation::name).join(", ");
    wrapped(&mut text, "  ", &format!("{names}, and any"));
    line(&mut text, format_args!("\nRules, on the command line:"));
    for example in GRAMMAR {
        line(&mut text, format_args!("  {example}"));
    }
    wrapped(&mut text, "  ", QUOTES);
    line(&mut text, format_args!("\nScenarios:"));
    let width = Scenario::all().map(|scenario| scenario.name.len()).max().unwrap_or_default();
    for scenario in Scenario::all() {
        line(&mut text, format_args!("  {scenario:<width$}  {}", scenario.title));
    }
    line(&mut text, format_args!("\n`assay faults NAME` describes a kind or a scenario."));
    text
}

/// Describes a scenario.
fn explain(scenario: &Scenario) -> String {
    let mut text = String::new();
    wrapped(&mut text, &format!("{scenario}: "), scenario.title);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "What happens   ", scenario.production);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "A good client  ", scenario.client);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "Wrong          ", scenario.wrong);
    wrapped(&mut text, "Right          ", scenario.right);
    line(&mut text, format_args!(""));
    for (at, rule) in scenario.rules.iter().enumerate() {
        line(&mut text, format_args!("{:<15}{rule}", if at == 0 { "Rules" } else { "" }));
    }
    line(&mut text, format_args!("Start it       assay serve --scenario {scenario}"));
    text
}

/// Describes a kind.
fn explain_kind(kind: &Kind) -> String {
    let mut text = String::new();
    wrapped(&mut text, &format!("{}: ", kind.name), kind.summary);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "Client gets  ", kind.met);
    wrapped(&mut text, "Strikes      ", &operations(kind));
    let named = |field: &Field| format!("{}={}", field.name, field.example);
    let width = kind.fields.iter().map(|field| named(field).len()).max().unwrap_or_default();
    for (at, field) in kind.fields.iter().enumerate() {
        let head = format!("{:<13}{:<width$}  ", if at == 0 { "Fields" } else { "" }, named(field));
        wrapped(&mut text, &head, &meaning(field));
    }
    line(&mut text, format_args!("In short     {}", kind.example));
    wrapped(&mut text, "Wrong        ", kind.wrong);
    wrapped(&mut text, "Right        ", kind.right);
    if let Ok(rule) = kind.example.parse::<Fault>() {
        for (at, row) in rule.to_toml().lines().enumerate() {
            line(&mut text, format_args!("{:<13}{row}", if at == 0 { "In TOML" } else { "" }));
        }
    }
    text
}

fn operations(kind: &Kind) -> String {
    let all = Operation::ALL;
    let missing: Vec<&str> =
        all.iter().filter(|one| !kind.operations.contains(one)).map(|operation| operation.name()).collect();
    match missing.as_slice() {
        [] => "every operation".to_owned(),
        [one] => format!("every operation but {one}"),
        _ => kind.operations.iter().map(|operation| operation.name()).collect::<Vec<_>>().join(", "),
    }
}

fn meaning(field: &Field) -> String {
    let needed = if field.required { "; required" } else { "" };
    format!("{}{needed}", field.meaning)
}

fn unknown(name: &str) -> String {
    let known = Scenario::all().map(|scenario| scenario.name).chain(Kind::all().map(|kind| kind.name));
    let fix = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`assay faults` lists them".to_owned(),
    };
    format!("unknown fault or scenario {} ({fix})", quoted(name))
}
