//! The faults of an emulator, as a test holds them.

use std::fmt::Display;

use crate::fault::{CannotSet, Fault, Faults, Scenario, SetFault};

/// The faults of an emulator, for tests: a mistake in one panics.
#[derive(Clone, Copy, Debug)]
pub struct EmulatorFaults<'a>(pub(super) &'a Faults);

impl EmulatorFaults<'_> {
    /// Adds a fault, in short form or as a [`Fault`], after those that are there. Returns its id, which the journal and
    /// `x-assay-fault` name.
    ///
    /// ```
    /// use alloy_assay::{Emulator, Fault};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let first = emulator.faults().add("put:nth=1:error=SlowDown");
    /// emulator.faults().add(Fault::put().lost_response());
    /// emulator.faults().remove(&first);
    /// assert_eq!(emulator.faults().list().len(), 1);
    /// # Ok::<(), alloy_assay::StartError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If it cannot be read, or can never strike.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test with a mistake in its fault is wrong, and says so")]
    pub fn add<R>(&self, rule: R) -> String
    where
        R: TryInto<Fault>,
        R::Error: Display,
    {
        let fault = rule.try_into().unwrap_or_else(|error| panic!("{error}"));
        added(self.0.set(vec![fault])).concat()
    }

    /// Adds the faults of a scenario, such as `slow-down`; `assay faults` lists them. Returns their ids.
    ///
    /// ```
    /// let emulator = alloy_assay::Emulator::start_blocking()?;
    /// let ids = emulator.faults().scenario("slow-down");
    /// assert_eq!(emulator.faults().list().len(), ids.len());
    /// # Ok::<(), alloy_assay::StartError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no such scenario.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test that asks for an unknown scenario is wrong, and says so")]
    pub fn scenario(&self, name: &str) -> Vec<String> {
        let scenario = Scenario::named(name).unwrap_or_else(|error| panic!("{error}"));
        added(self.0.set(scenario.faults()))
    }

    /// Returns the faults in their order, with how often each struck.
    pub fn list(&self) -> Vec<SetFault> {
        self.0.list(None)
    }

    /// Removes a fault; `false` if none has this id.
    pub fn remove(&self, id: &str) -> bool {
        self.0.remove(id)
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.0.clear();
    }
}

/// The ids of faults that were added.
#[track_caller]
#[expect(clippy::panic, reason = "a test whose fault can never strike is wrong, and says so")]
fn added(result: Result<Vec<SetFault>, CannotSet>) -> Vec<String> {
    let added = result.unwrap_or_else(|error| panic!("{error}"));
    added.iter().map(|fault| fault.id.to_string()).collect()
}
