//! Real clients against the emulator: the scripts beside this file, which are also examples of how to upload
//! with Node, curl, and Python. A client that is not installed is skipped, with a word on stderr, except
//! where `CI=true`: there it is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a client that hangs is given up in real time"
)]

mod browser;
mod curl;
mod early;
mod inspector;
#[cfg(unix)]
mod intercept;
mod moves;
mod oracle;
mod reference_clients;
mod refused;
mod session;
#[path = "../support/mod.rs"]
mod support;

use support::installed::{Need, Program};

const NODE: Program = Program {
    runner: "node",
    script: "clients/upload.mjs",
    needs: &[Need("node (18 or newer)", "node", &["-e", "fetch"])],
};

const CURL: Program = Program {
    runner: "sh",
    script: "clients/upload.sh",
    needs: &[
        Need("sh with base64", "sh", &["-c", "base64 </dev/null"]),
        Need("curl (7.76 or newer)", "curl", &["--fail-with-body", "--version"]),
        Need("jq (1.6 or newer)", "jq", &["--null-input", "$ARGS"]),
        Need("openssl", "openssl", &["version"]),
    ],
};

const URLLIB: Program = Program {
    runner: "python3",
    script: "clients/upload_urllib.py",
    needs: &[Need("python3 (3.10 or newer)", "python3", &["-c", "match 1:\n case 1: pass"])],
};

const REQUESTS: Program = Program {
    runner: "python3",
    script: "clients/upload_requests.py",
    needs: &[
        Need("python3 (3.10 or newer)", "python3", &["-c", "match 1:\n case 1: pass"]),
        Need("requests for python3", "python3", &["-c", "import requests"]),
    ],
};

/// Defines the tests that every client must pass.
macro_rules! every_client {
    ($($name:ident: $program:ident;)*) => {$(
        mod $name {
            use super::{$program, moves, refused};

            #[test]
            fn moves_real_files_behind_the_version_prefix() {
                moves::real_files(&$program, "/2025-09");
            }

            #[test]
            fn moves_files_of_any_name() {
                moves::names(&$program, "");
            }

            #[test]
            fn moves_a_large_file() {
                moves::large(&$program, "");
            }

            #[test]
            fn reads_why_a_large_upload_is_refused() {
                refused::expired(&$program);
            }
        }
    )*};
}

every_client! {
    node: NODE;
    sh: CURL;
    urllib: URLLIB;
    requests: REQUESTS;
}

#[cfg(unix)]
#[test]
#[should_panic(expected = "took longer than 100ms")]
fn a_client_that_hangs_is_ended_with_all_that_it_started() {
    // Waits for the pipes of the inner shell too: were it not ended, this test would not end.
    support::installed::run_within(
        std::time::Duration::from_millis(100),
        std::process::Command::new("sh").args(["-c", "sh -c 'tail -f /dev/null'; true"]),
    );
}
