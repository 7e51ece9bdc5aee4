//! `assay defects`: lists the server bugs that `--defect` switches on, or describes one.

use std::process::ExitCode;

use clap::Args;

use super::{
    mistake,
    wrap::{line, wrapped},
};
use crate::defect::Defect;

/// Options of `assay defects`.
#[derive(Args)]
pub(super) struct Options {
    /// Defect to describe [default: list all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Lists the defects, or describes one. Returns exit code 2 for an unknown name.
pub(super) fn run(options: &Options) -> ExitCode {
    match options.name.as_deref().map(Defect::named) {
        None => super::print(list().as_bytes()),
        Some(Ok(defect)) => super::print(describe(defect).as_bytes()),
        Some(Err(error)) => mistake(error),
    }
}

/// Writes a line for each defect, grouped by the theme of the check that detects it.
fn list() -> String {
    let width = Defect::all().map(|defect| defect.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    let mut theme = "";
    for defect in Defect::all() {
        if defect.theme() != theme {
            let gap = if theme.is_empty() { "" } else { "\n" };
            theme = defect.theme();
            line(&mut text, format_args!("{gap}{theme}:"));
        }
        line(&mut text, format_args!("  {:<width$}  {}", defect.id, defect.title));
    }
    line(&mut text, format_args!("\n`assay defects NAME` describes one, with right and wrong traffic."));
    text
}

fn describe(defect: &Defect) -> String {
    let Defect { id, title, check, .. } = defect;
    let mut text = String::new();
    wrapped(&mut text, &format!("{id}: "), title);
    line(&mut text, format_args!(""));
    wrapped(&mut text, "Right     ", defect.right);
    wrapped(&mut text, "Wrong     ", defect.wrong);
    line(&mut text, format_args!("\nStart it  assay serve --defect {id}"));
    line(
        &mut text,
        format_args!("Find it   assay conformance server --url http://127.0.0.1:7979 --only {check}"),
    );
    text
}
