//! The conformance suites. That for clients against the reference client in Python: how long its default cases take,
//! and how much of that the client waits. That for servers against the emulator: how long its default cases take, how
//! many exchanges a second, what it holds in memory the longer it runs, and whether it ever raises a false alarm:
//! `ASSAY_BENCH_SEEDS` (3) seeds with `ASSAY_BENCH_CASES` (100) cases each; 20 with 1000 is what a nightly run
//! takes. `ASSAY_BENCH_LONG` (20000) cases of one check show what memory does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot measure stops"
)]
#![allow(clippy::disallowed_methods, reason = "what is measured is real time")]
#![allow(clippy::cast_precision_loss, reason = "figures are printed with few digits")]
#![allow(missing_docs, reason = "a program")]

mod support;

use std::time::{Duration, Instant};

use alloy_assay::conformance::{self, Conformance, Status};
use support::{
    client::{Connection, get},
    figures::{bytes, line, note, rate, time},
    server::Server,
};

fn main() {
    if !support::begin("conformance: the suites") {
        return;
    }
    let from_environment =
        |name: &str, usual: u32| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (seeds, cases) =
        (from_environment("ASSAY_BENCH_SEEDS", 3), from_environment("ASSAY_BENCH_CASES", 100));
    default_cases();
    false_alarms(seeds, cases);
    memory(from_environment("ASSAY_BENCH_LONG", 20_000));
    client();
}

/// One process for all cases; checks run beside each other, so that the client waits longer than the suite takes.
fn client() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/clients/upload.py");
    let suite = conformance::client(["python3", script, "--persistent"]).persistent();
    let came_to = match suite.seed(7).run() {
        Ok(came_to) => came_to,
        Err(error) => return note("conformance, a client", "not measured", &error.to_string()),
    };
    tell_failures(&came_to);
    let aim = Duration::from_secs(20);
    let ratio = came_to.took.as_secs_f64() / aim.as_secs_f64();
    let name = "conformance, a client in Python, default cases";
    line(name, time(came_to.took), time(aim), ratio, "20 s, or as it waits");
    note("  it waited", time(came_to.waited()), "in all checks");
    let longest = came_to.checks.iter().max_by_key(|check| check.took);
    let Some(check) = longest else { return };
    note(
        "  the longest check",
        time(check.took),
        &format!("{}, in which it waited {}", check.id, time(check.waited.unwrap_or_default())),
    );
}

/// An emulator with two accounts.
fn emulator() -> Server {
    Server::assay(&["-q", "--api-key", "alice-key", "--api-key", "bob-key"])
}

fn suite(server: &Server) -> conformance::Server {
    let suite = conformance::server(format!("http://{}", server.address()));
    suite.api_key("alice-key").other_api_key("bob-key")
}

fn default_cases() {
    let server = emulator();
    let began = Instant::now();
    let came_to = suite(&server).seed(7).run().unwrap();
    let took = began.elapsed();
    let exchanges = exchanges(&server) as f64;
    tell_failures(&came_to);
    let aim = Duration::from_secs(10);
    let ratio = took.as_secs_f64() / aim.as_secs_f64();
    line("conformance, all checks, default cases", time(took), time(aim), ratio, "10 s at most");
    let pace = exchanges / took.as_secs_f64();
    line("  exchanges", rate(pace), rate(1000.0), pace / 1000.0, "1,000/s at least");
}

/// Nothing but what passes is right here.
fn false_alarms(seeds: u32, cases: u32) {
    let server = emulator();
    let failed: usize = (0..seeds)
        .map(|seed| {
            let came_to = suite(&server).seed(seed.into()).cases(cases).run().unwrap();
            tell_failures(&came_to);
            came_to.summary.failed + came_to.summary.error + came_to.summary.skipped
        })
        .sum();
    note("conformance, false alarms", failed, &format!("{seeds} seeds, {cases} cases a check"));
}

/// What this process holds after a tenth of a long run, and after all of it.
fn memory(cases: u32) {
    let server = emulator();
    let mut held = Vec::new();
    for cases in [cases / 10, cases] {
        let came_to = suite(&server).only("upload/etag").cases(cases).run().unwrap();
        tell_failures(&came_to);
        held.push(own_resident());
    }
    let [tenth, whole] = held[..] else { return };
    line("conformance, memory of the suite", bytes(whole), bytes(tenth), whole / tenth, "1.0 (flat)");
    if let Some(resident) = server.resident() {
        note("  of the emulator, meanwhile", bytes(resident), &format!("{cases} cases of one check"));
    }
}

fn tell_failures(came_to: &Conformance) {
    for check in came_to.checks.iter().filter(|check| check.status != Status::Passed) {
        println!("  {:?} {}: {:?} {:?}", check.status, check.id, check.reason, check.replay);
    }
}

/// How many exchanges a server has had.
fn exchanges(server: &Server) -> u64 {
    let report = support::block_on(async {
        let mut connection = Connection::open(server.address()).await;
        connection.ask(&get(server.address(), "/_assay/report.json")).await.to_vec()
    });
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    report["exchanges"].as_u64().unwrap()
}

fn own_resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0
}
