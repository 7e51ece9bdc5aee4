//! Ways to be wrong on purpose. `assay serve --defect NAME` makes the emulator wrong in one named way, which proves that
//! a test suite notices. A defect stands behind what the right code takes anyway: [`files::Ownership`], the policy
//! of whose files are whose; [`alloy::Hooks`] and [`s3::Hooks`], which may be laid around the two sides. No
//! handler asks whether one is on.
//!
//! One file a theme, with its defects as data and below them what each does. The composition root is the one place
//! that hands them in, `config` reads their names.
//!
//! [`files::Ownership`]: crate::files::Ownership
//! [`alloy::Hooks`]: crate::alloy::Hooks
//! [`s3::Hooks`]: crate::s3::Hooks

mod answer;
mod dedup;
mod defects;
mod delete;
mod expiry;
mod isolation;
mod issued;
mod list;
mod mutation;
mod presign;
mod recent;
mod retry;
#[cfg(test)]
mod testing;
mod upload;
mod world;

use std::{fmt, str::FromStr};

use crate::exchange::nearest;

pub use defects::Defects;

use mutation::Mutation;

/// How many characters of a name that is none are shown.
const SHOWN: usize = 100;

/// One way to be wrong.
#[derive(Debug)]
pub struct Defect {
    /// Its name.
    pub id: &'static str,
    /// What is wrong, in a line.
    pub title: &'static str,
    /// Traffic of a server without the defect.
    pub right: &'static str,
    /// The same traffic with the defect, from where it differs.
    pub wrong: &'static str,
    /// The conformance check that has to notice.
    pub check: &'static str,
    /// Makes it.
    mutation: fn() -> Box<dyn Mutation>,
}

/// A name that is no defect's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` is no defect; {remedy}")]
pub struct UnknownDefect {
    name: String,
    remedy: String,
}

impl Defect {
    /// All of them, by theme.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        let themes: [&'static [Self]; 9] = [
            &presign::DEFECTS,
            &upload::BODIES,
            &upload::HEADS,
            &upload::STORES,
            &dedup::DEFECTS,
            &list::DEFECTS,
            &delete::DEFECTS,
            &expiry::DEFECTS,
            &isolation::DEFECTS,
        ];
        themes.into_iter().flatten()
    }

    /// The theme of the check that has to notice: what is behind the slash is the check's own.
    #[must_use]
    pub fn theme(&self) -> &'static str {
        self.check.split('/').next().unwrap_or_default()
    }

    /// The one of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownDefect`] with the name that was meant.
    pub fn named(name: &str) -> Result<&'static Self, UnknownDefect> {
        Self::all().find(|defect| defect.id == name).ok_or_else(|| {
            let ids = Self::all().map(|defect| defect.id);
            let remedy = match nearest(&name.to_lowercase().replace('_', "-"), ids, 4) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`assay defects` lists them".to_owned(),
            };
            let name = name.chars().take(SHOWN).collect::<String>().escape_debug().to_string();
            UnknownDefect { name, remedy }
        })
    }
}

impl FromStr for &'static Defect {
    type Err = UnknownDefect;

    fn from_str(name: &str) -> Result<Self, UnknownDefect> {
        Defect::named(name)
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_defect_has_a_name_of_its_own_and_is_found_by_it() {
        let mut ids = HashSet::new();
        for defect in Defect::all() {
            assert!(ids.insert(defect.id), "{defect}");
            assert_eq!(Defect::named(defect.id).map(|found| found.title), Ok(defect.title));
            assert!(!defect.title.ends_with('.') && !defect.title.contains('|'), "{defect}");
        }
        assert!(ids.len() >= 30);
    }

    #[test]
    fn every_check_has_a_theme_and_a_name() {
        const THEMES: [&str; 7] = ["presign", "upload", "dedup", "list", "delete", "expiry", "isolation"];
        for defect in Defect::all() {
            let (theme, name) = defect.check.split_once('/').unwrap();
            assert!(THEMES.contains(&theme) && theme == defect.theme() && !name.is_empty(), "{defect}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_told_with_what_is_near() {
        let told = |name: &str| Defect::named(name).unwrap_err().to_string();
        assert_eq!(told("lives_two_hour"), "`lives_two_hour` is no defect; did you mean `lives-two-hours`?");
        let unlike = "is no defect; `assay defects` lists them";
        assert_eq!(told("frobnicate"), format!("`frobnicate` {unlike}"));
        assert_eq!(told("\u{1b}["), format!("`\\u{{1b}}[` {unlike}"));
        assert_eq!(told(&"x".repeat(1000)), format!("`{}` {unlike}", "x".repeat(SHOWN)));
    }
}
