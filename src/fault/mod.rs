//! What goes wrong on purpose: rules, as data and as text, and which of them strikes an exchange. `emulator` lays
//! faults around both sides and does what they say; no handler knows of them.

mod build;
mod check;
mod corrupt;
mod dead;
mod draws;
mod effect;
mod faults;
mod field;
mod garbage;
mod index;
mod kind;
mod mistake;
pub mod parse;
mod rule;
mod scenario;
mod selector;
mod set;
mod write;

pub use corrupt::Corrupt;
pub use dead::DeadUrl;
pub use effect::{Effect, Failure};
pub use faults::{CannotSet, Faults, MOST, Strike, Subject};
pub use field::{Field, Takes};
pub use garbage::garbage;
pub use kind::Kind;
pub use mistake::{Mistake, Mistakes};
pub use rule::Fault;
pub use scenario::Scenario;
pub use selector::selectors;
pub use set::SetFault;
