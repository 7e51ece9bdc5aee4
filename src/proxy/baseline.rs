//! Differences that are known already, kept in a file with the days on which they were first seen: a nightly job speaks
//! up only where something changed.

use std::{collections::BTreeMap, fs, io, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::report::{Drift, Gone, Target};

/// Known differences.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// When it was written.
    written: String,
    /// By their ids.
    drift: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    since: String,
    message: String,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The system does not give it.
    #[error("--baseline: cannot read `{file}`: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// It is not one.
    #[error("--baseline: `{file}` is not a baseline: {source}; delete it to have it written anew")]
    Invalid {
        /// The file.
        file: String,
        /// Content of the file.
        source: serde_json::Error,
    },
}

impl Baseline {
    /// Reads a file; returns `None` if it does not exist yet.
    ///
    /// # Errors
    ///
    /// [`BaselineError`] where it cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, BaselineError> {
        let file = || path.display().to_string();
        match fs::read(path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|source| BaselineError::Invalid { file: file(), source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(BaselineError::Unreadable { file: file(), source }),
        }
    }

    /// Creates a baseline from these differences.
    #[must_use]
    pub fn of(drift: &Drift, now: Timestamp) -> Self {
        let written = format!("{now:.0}");
        let day = written.split('T').next().unwrap_or_default().to_owned();
        let known = |message: &String| Known { since: day.clone(), message: message.clone() };
        let drift = drift.drift.iter().map(|one| (one.id.clone(), known(&one.message))).collect();
        Self { written, drift }
    }

    /// Writes it to a file that can be written.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn write(&self, target: Target) -> Result<(), crate::report::Unwritable> {
        // Serialising texts cannot fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        target.write(&text)
    }

    /// Returns the day on which a difference was first seen.
    pub(super) fn since(&self, id: &str) -> Option<&str> {
        self.drift.get(id).map(|known| known.since.as_str())
    }

    /// Returns those that did not occur.
    pub(super) fn gone(&self, occurs: impl Fn(&str) -> bool) -> Vec<Gone> {
        let gone = self.drift.iter().filter(|(id, _)| !occurs(id));
        gone.map(|(id, known)| Gone {
            id: id.clone(),
            since: known.since.clone(),
            message: known.message.clone(),
        })
        .collect()
    }
}
