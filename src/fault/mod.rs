//! Faults: rules, as data and as text, and which of them strikes an exchange. `server::fault`
//! applies them; no handler knows of them.

mod check;
mod dead;
mod draws;
mod effect;
mod faults;
mod field;
mod kind;
mod mistake;
pub mod parse;
mod rule;
mod scenario;
mod selector;
mod set;
mod write;

pub use dead::DeadUrl;
pub use effect::Effect;
pub use faults::{CannotSet, Faults, MAX_FAULTS, Strike, Subject};
pub use field::Field;
pub use kind::{Corrupt, EffectSpec, Failure, Kind, garbage};
pub use mistake::{Mistake, Mistakes};
pub use rule::Fault;
pub use scenario::Scenario;
pub use selector::selectors;
pub use set::SetFault;
