//! Results for people and for tools. [`Run`] (`assay run`, the control API, the library) and [`Conformance`] (the
//! suites) lower to one [`Suite`] of cases; each format is one file that formats a suite.

#[cfg(feature = "conformance")]
mod conformance;
mod drift;
mod ended;
mod github;
mod har;
mod html;
#[cfg(feature = "cli")]
mod junit;
mod kind;
mod markdown;
mod run;
mod story;
mod stream;
mod suite;
mod target;
mod text;
mod words;

pub use crate::exchange::Place;
#[cfg(feature = "conformance")]
pub use conformance::{CheckResult, Conformance, Level, Status, Subject, Summary};
pub use drift::{Coverage, Drift, Drifted, Gone};
pub use ended::Ended;
pub use har::{END as HAR_END, begin as begin_har, entry as har_entry, har};
pub use html::{Asset, asset, html};
pub use kind::{Kind, Report, UnknownKind};
pub use run::Run;
pub use stream::Stream;
pub use suite::Suite;
pub use target::{Target, Unwritable};
pub(crate) use words::{begins_command, name, plain};
