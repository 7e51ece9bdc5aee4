//! Known server bugs. `assay serve --defect NAME` introduces one, to check that a test suite detects it. Defects are
//! hooks around the correct code: [`files::Ownership`] decides the owner of files, [`alloy::Hooks`] and [`s3::Hooks`]
//! wrap the two APIs. No handler checks for defects.
//!
//! Each theme is a file with a table: a row describes a defect and has the closures that it consists of.
//!
//! [`files::Ownership`]: crate::files::Ownership
//! [`alloy::Hooks`]: crate::alloy::Hooks
//! [`s3::Hooks`]: crate::s3::Hooks

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
mod upload;
mod world;

use std::{fmt, str::FromStr};

use crate::text;

pub use defects::Defects;

use mutation::Mutation;

/// A server bug that can be switched on.
#[derive(Debug)]
pub struct Defect {
    /// Its name.
    pub id: &'static str,
    /// The bug, in a line.
    pub title: &'static str,
    /// Traffic of a server without the defect.
    pub right: &'static str,
    /// The same traffic with the defect, from where it differs.
    pub wrong: &'static str,
    /// The conformance check that detects it.
    pub check: &'static str,
    /// Makes its mutations, with nothing remembered.
    mutations: fn() -> Vec<Mutation>,
}

/// An unknown defect's name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown defect {name}{remedy}")]
pub struct UnknownDefect {
    name: String,
    remedy: String,
}

impl Defect {
    /// Returns all defects, by theme.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        let themes = [
            presign::DEFECTS,
            upload::DEFECTS,
            dedup::DEFECTS,
            list::DEFECTS,
            delete::DEFECTS,
            expiry::DEFECTS,
            isolation::DEFECTS,
        ];
        themes.into_iter().flatten()
    }

    /// Returns the theme of the check that detects it: the part before the slash.
    pub fn theme(&self) -> &'static str {
        self.check.split('/').next().unwrap_or_default()
    }

    /// Finds a defect by its name.
    ///
    /// # Errors
    ///
    /// [`UnknownDefect`], which suggests the name that was meant.
    pub fn named(name: &str) -> Result<&'static Self, UnknownDefect> {
        Self::all().find(|defect| defect.id == name).ok_or_else(|| {
            let remedy = match text::did_you_mean(name, Self::all().map(|defect| defect.id)) {
                unknown if unknown.is_empty() => "; `assay defects` lists them".to_owned(),
                near => near,
            };
            UnknownDefect { name: text::quoted(name), remedy }
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
    fn suggests_a_near_name_for_an_unknown_one() {
        let error = |name: &str| Defect::named(name).unwrap_err().to_string();
        assert_eq!(
            error("lives_two_hour"),
            "unknown defect `lives_two_hour` (did you mean `lives-two-hours`?)"
        );
        assert_eq!(error("\u{1b}["), "unknown defect `\\u{1b}[`; `assay defects` lists them");
        let long = format!("unknown defect `{}…`; `assay defects` lists them", "x".repeat(80));
        assert_eq!(error(&"x".repeat(1000)), long);
    }
}
