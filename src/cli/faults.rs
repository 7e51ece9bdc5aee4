//! `assay faults`: lists what can be made to go wrong, and explains one scenario or one kind of fault.

use std::process::ExitCode;

use clap::Args;

use super::{
    mistake,
    wrap::{line, wrapped},
};
use crate::{
    exchange::{Operation, nearest},
    fault::{Fault, Field, Kind, Scenario, selectors},
};

/// How a rule is written, and one of each sort.
const GRAMMAR: [&str; 5] = [
    "OPERATION[:SELECTOR=VALUE]...:KIND[=VALUE[,FIELD=VALUE]...]",
    "put:nth=1:error=SlowDown",
    "presign:times=2:error=429,retry_after=1s",
    "any:probability=0.05:delay=200ms",
    "put:filename=\"a:b, c*.pdf\":reset=64KiB",
];

const COUNTING: &str = "All that is said must hold. A rule counts every exchange that it selects, also one that an \
    earlier rule took; of the rules that would strike, the first does.";

const QUOTES: &str = "A value with a colon, a comma or a quote in it stands in double quotes. Files have the same \
    names, in TOML and JSON: `assay faults KIND` shows how.";

/// The option.
#[derive(Args)]
pub(super) struct Options {
    /// The scenario or the kind of fault to explain [default: all are listed]
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Lists the faults, or explains one; exit code 2 where there is none of the name.
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

/// Kinds, selectors, how rules are written, and scenarios.
fn list() -> String {
    let mut text = String::new();
    line(&mut text, format_args!("Kinds:"));
    let width = Kind::all().map(|kind| kind.name.len()).max().unwrap_or_default();
    for kind in Kind::all() {
        let fields = match kind.fields {
            [] => String::new(),
            fields => format!(" ({})", fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")),
        };
        wrapped(&mut text, &format!("  {:<width$}  ", kind.name), &format!("{}{fields}", kind.met));
    }
    line(&mut text, format_args!("\nSelectors:"));
    let width = selectors().iter().map(|selector| selector.name.len()).max().unwrap_or_default();
    for selector in selectors() {
        wrapped(&mut text, &format!("  {:<width$}  ", selector.name), selector.meaning);
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
        wrapped(&mut text, &format!("  {scenario:<width$}  "), scenario.title);
    }
    line(&mut text, format_args!("\n`assay faults NAME` explains a scenario or a kind."));
    text
}

/// All that there is to say of a scenario.
fn explain(scenario: &Scenario) -> String {
    let mut text = String::new();
    wrapped(&mut text, &format!("{scenario}: "), scenario.title);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "What happens   ", scenario.production);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "A good client  ", scenario.client);
    line(&mut text, format_args!(""));
    for (at, rule) in scenario.rules.iter().enumerate() {
        line(&mut text, format_args!("{:<15}{rule}", if at == 0 { "Rules" } else { "" }));
    }
    line(&mut text, format_args!("Start it       assay serve --scenario {scenario}"));
    text
}

/// All that there is to say of a kind.
fn explain_kind(kind: &Kind) -> String {
    let mut text = String::new();
    wrapped(&mut text, &format!("{}: ", kind.name), kind.met);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "Strikes      ", &operations(kind));
    let named = |field: &Field| format!("{}={}", field.name, field.example);
    let width = kind.fields.iter().map(|field| named(field).len()).max().unwrap_or_default();
    for (at, field) in kind.fields.iter().enumerate() {
        let head = format!("{:<13}{:<width$}  ", if at == 0 { "Fields" } else { "" }, named(field));
        wrapped(&mut text, &head, &meaning(field));
    }
    line(&mut text, format_args!("In short     {}", kind.example));
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
    let needed = if field.is_required { "; required" } else { "" };
    format!("{}{needed}", field.meaning)
}

fn unknown(name: &str) -> String {
    let known = Scenario::all().map(|scenario| scenario.name).chain(Kind::all().map(|kind| kind.name));
    let remedy = match nearest(&name.to_lowercase().replace('_', "-"), known, 4) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`assay faults` lists them".to_owned(),
    };
    let name = name.chars().take(100).collect::<String>();
    format!("`{}` is no scenario and no kind of fault; {remedy}", name.escape_debug())
}
