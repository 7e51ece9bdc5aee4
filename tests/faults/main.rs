//! Faults: the effect of each kind on the wire and on stored objects, rules over the control API, and repeatable
//! randomness.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a client that hangs is given up in real time"
)]

mod calls;
mod clients;
mod defects;
mod errors;
mod kinds;
mod listed;
mod patterns;
mod repeatable;
mod rules;
mod scenarios;
#[path = "../support/mod.rs"]
mod support;
mod time;
