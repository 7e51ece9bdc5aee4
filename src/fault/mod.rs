//! What goes wrong on purpose: rules, as data and as text, and which of them strikes an exchange. `emulator` lays
//! faults around both sides and does what they say; no handler knows of them.

mod corrupt;
mod effect;
mod garbage;
mod rule;

pub use corrupt::Corrupt;
pub use effect::{Effect, Failure};
pub use garbage::garbage;
pub use rule::Fault;
