//! How the program logs: set like the rest, and taken by `cli`, which does it.

/// How, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logging {
    /// For people or for tools.
    pub format: LogFormat,
    /// Warnings and errors alone. Goes before `verbose`.
    pub quiet: bool,
    /// What helps to debug, too.
    pub verbose: bool,
}

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// An object a line.
    Json,
}

impl Logging {
    /// As much as by default.
    pub(super) fn forget_how_much(&mut self) {
        (self.quiet, self.verbose) = (false, false);
    }
}
