//! Which checks of a suite are run: by patterns for their ids, of which each is for at least one.

use super::{CannotRun, runner::Check};
use crate::exchange::{Glob, nearest};

/// The checks that are to be run, of the suite for this subject.
///
/// # Errors
///
/// [`CannotRun::NoSuchCheck`] for a pattern that is for none, [`CannotRun::NothingLeft`] where none is left.
pub(super) fn choose<S>(
    checks: Vec<Check<S>>,
    only: &[String],
    skip: &[String],
    subject: &str,
) -> Result<Vec<Check<S>>, CannotRun> {
    let ids: Vec<&str> = checks.iter().map(|check| check.description.id).collect();
    let globs = |patterns: &[String]| -> Result<Vec<Glob>, CannotRun> {
        patterns.iter().map(|pattern| known(pattern, &ids, subject)).collect()
    };
    let (only, skip) = (globs(only)?, globs(skip)?);
    let is_of =
        |globs: &[Glob], check: &Check<S>| globs.iter().any(|glob| glob.matches(check.description.id));
    let mut chosen = checks;
    chosen.retain(|check| (only.is_empty() || is_of(&only, check)) && !is_of(&skip, check));
    if chosen.is_empty() { Err(CannotRun::NothingLeft) } else { Ok(chosen) }
}

/// A pattern that is for at least one check: one that is for none is a slip.
fn known(pattern: &str, ids: &[&'static str], subject: &str) -> Result<Glob, CannotRun> {
    let glob = Glob::new(pattern);
    if ids.iter().any(|id| glob.matches(id)) {
        return Ok(glob);
    }
    let near = nearest(pattern, ids.iter().copied(), 4);
    let remedy = near.map_or_else(
        || format!("`assay conformance {subject} --list` lists them"),
        |near| format!("did you mean `{near}`?"),
    );
    Err(CannotRun::NoSuchCheck { pattern: pattern.to_owned(), remedy })
}
