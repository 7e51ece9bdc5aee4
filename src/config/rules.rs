//! Fault rules from a file, and from an option.

use std::{ops::Range, path::Path, str::FromStr};

use toml::de::DeTable;

use super::{FilePath, Problem, RuleFile, excerpt, file, text_file};
use crate::fault::{Fault, Mistakes, parse};

impl FromStr for RuleFile {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        read(&text.parse::<FilePath>()?.0).map(Self)
    }
}

/// Reads a file of fault rules.
fn read(path: &Path) -> Result<Vec<Fault>, Problem> {
    let text = text_file::read_text(path)?;
    let error = |span: Range<usize>, hidden: &[Range<usize>], problem| -> Problem {
        excerpt::error(&path.display().to_string(), &text, &span, hidden, problem).into()
    };
    let of_rules = |mistakes: Mistakes| {
        let (span, problem) = first(&mistakes);
        error(span, mistakes.hidden(), problem)
    };
    if path.extension().is_some_and(|end| end == "json") || parse::is_json(&text) {
        return parse::json(&text).map_err(of_rules);
    }
    let root = DeTable::parse(&text).map_err(|mistake| {
        let span = mistake.span().unwrap_or_default();
        let hidden = excerpt::hidden(&text, span.start, Fault::has_part);
        error(span, &hidden, file::syntax(mistake.message()))
    })?;
    parse::toml(&root).map_err(of_rules)
}

/// Returns the first mistake of a rule that was given by an option, with the rule.
pub(super) fn in_option(rule: &str, mistakes: &Mistakes) -> Problem {
    let (span, problem) = first(mistakes);
    problem.with_excerpt(excerpt::excerpt(rule, &span, &[]).2)
}

/// Returns the first mistake, and where it is.
pub(super) fn first(mistakes: &Mistakes) -> (Range<usize>, Problem) {
    let first = mistakes.iter().next();
    let span = first.and_then(|mistake| mistake.span.clone()).unwrap_or_default();
    (span, Problem::new(first.map_or_else(String::new, ToString::to_string)))
}
