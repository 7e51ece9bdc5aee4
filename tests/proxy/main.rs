//! `assay proxy` and `assay drift`: emulators as upstreams, and servers that behave badly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and what hangs is given up in real time"
)]
#![cfg(unix)]

mod clients;
mod defects;
mod drift;
mod faults;
mod forward;
mod hostile;
mod recorded;
mod spec;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use serde_json::Value;
use support::{
    Client,
    program::{Served, assay},
};

/// A proxy before an upstream.
struct Proxy {
    served: Served,
    report: tempfile::TempDir,
}

impl Proxy {
    fn start(upstream: &str, arguments: &[&str]) -> Self {
        let report = tempfile::tempdir().unwrap();
        let file = format!("json={}", report.path().join("report.json").display());
        let mut command = assay(&["proxy", "--upstream", upstream, "--listen", "127.0.0.1:0", "-q"]);
        command.args(["--report", &file]).args(arguments);
        Self { served: Served::start(&mut command), report }
    }

    fn client(&self, key: &str) -> Client {
        self.served.client(key)
    }

    fn url(&self) -> String {
        format!("http://{}", self.served.address)
    }

    /// Ends it; its report, what it wrote to stderr, and its exit code.
    fn end(self) -> (Value, String, Option<i32>) {
        let (log, code) = self.served.end("-TERM");
        (report(&self.report.path().join("report.json")), log, code)
    }
}

fn report(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The ids of a report's differences.
fn drift(report: &Value) -> Vec<String> {
    let drift = report["drift"].as_array().unwrap();
    drift.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// The rules of a report's findings.
fn rules(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|one| one["rule"].as_str().unwrap().to_owned()).collect()
}
