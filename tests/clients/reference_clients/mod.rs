//! The reference clients of `fixtures/clients/` and `examples/upload.rs` against the emulator: they move files of any
//! name, survive what a good client survives, and fail as a good client fails; and the broken ones made of them can be
//! run. A client whose interpreter is not installed is skipped, with a word on stderr, except where `CI=true`: there it
//! is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a client that hangs is given up in real time"
)]

mod broken;
mod faults;
mod files;
mod given_up;
mod refused;
mod session;

use crate::support;

/// Defines the tests that every client must pass.
macro_rules! every_client {
    ($($name:ident: $client:ident;)*) => {$(
        mod $name {
            use super::{faults, files, given_up, refused, support::reference::$client};

            #[test]
            fn uploads_files_of_any_name_one_by_one() {
                files::once(&$client);
            }

            #[test]
            fn uploads_files_of_any_name_in_one_process() {
                files::persistently(&$client);
            }

            #[test]
            fn survives_what_passes() {
                faults::survived(&$client);
            }

            #[test]
            fn fails_at_once_where_it_is_refused() {
                refused::at_once(&$client);
            }

            #[test]
            fn says_in_a_line_why_it_fails() {
                refused::in_a_line(&$client);
            }

            #[test]
            fn gives_up_what_does_not_pass() {
                given_up::after_a_while(&$client);
            }
        }
    )*};
}

every_client! {
    bash: BASH;
    node: NODE;
    python: PYTHON;
    rust: RUST;
}
