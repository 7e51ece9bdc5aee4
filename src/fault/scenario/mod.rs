//! Scenarios: built-in sets of rules, with a description of the incident and of a good client.

mod all;

use std::fmt;

use super::{
    Fault,
    mistake::{Mistake, and, quoted},
};
use crate::text::nearest;

/// Rules that belong together.
#[derive(Debug)]
pub struct Scenario {
    /// The name.
    pub name: &'static str,
    /// Title, in a line.
    pub title: &'static str,
    /// The incident in production.
    pub production: &'static str,
    /// Behaviour of a good client.
    pub client: &'static str,
    /// Traffic of a client that takes it badly.
    pub wrong: &'static str,
    /// Traffic of a client that takes it well.
    pub right: &'static str,
    /// The rules, in the short form.
    pub rules: &'static [&'static str],
}

impl Scenario {
    /// Iterates over all scenarios, in the order of the list.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        all::ALL.iter()
    }

    /// Finds a scenario by its name.
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|scenario| scenario.name == name)
    }

    /// Returns the rules.
    pub fn faults(&self) -> Vec<Fault> {
        // Each is read in a test.
        self.rules.iter().filter_map(|rule| rule.parse().ok()).collect()
    }

    /// Finds a scenario by its name.
    ///
    /// # Errors
    ///
    /// A message with the nearest name, or all of them.
    pub fn named(name: &str) -> Result<&'static Self, Mistake> {
        Self::find(name).ok_or_else(|| {
            let names = || Self::all().map(|scenario| scenario.name);
            let remedy = match nearest(name, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", and(names())),
            };
            Mistake::new("", format!("unknown scenario `{}`", quoted(name)), remedy)
        })
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_every_scenario_is_one_in_its_shortest_form() {
        for scenario in Scenario::all() {
            for rule in scenario.rules {
                let read: Fault = rule.parse().unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
                assert_eq!(read.to_string(), *rule, "{}", scenario.name);
            }
            assert_eq!(scenario.faults().len(), scenario.rules.len());
            assert_eq!(Scenario::find(scenario.name).map(|found| found.title), Some(scenario.title));
        }
    }

    #[test]
    fn suggests_the_nearest_name_for_an_unknown_one() {
        let reported = |name: &str| Scenario::named(name).unwrap_err().to_string();
        assert_eq!(reported("slow_down"), "unknown scenario `slow_down`; did you mean `slow-down`?");
        assert!(reported("frobnicate").starts_with("unknown scenario `frobnicate`; there are expired-url, "));
    }
}
