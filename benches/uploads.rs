//! Uploads: how fast a large one is taken, as a share of the speed at which the `md-5` crate hashes the same
//! bytes, since hashing is the only thing that should cost; how many small ones a second, as a share of what a
//! bare server does that reads the body; what memory a large one takes at its peak; and that the largest one
//! that S3 takes completes. `ASSAY_BENCH_ROUNDS` (5) says how often; the figures are medians.
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

use md5::{Digest, Md5};
use support::{
    client::{Connection, HEALTH, Small, get, put_rate},
    figures::{bytes, line, median, note, ratio, time},
    large::Large,
    server::Server,
    turns::{print, take_turns},
};
use tokio::task::LocalSet;

const MIB: u64 = 1 << 20;

fn main() {
    if !support::begin("uploads") {
        return;
    }
    let rounds = support::rounds(5);
    support::block_on(async {
        large_ones(rounds).await;
        small_ones(rounds).await;
        memory().await;
        largest().await;
    });
}

async fn large_ones(rounds: usize) {
    let (one, four) = (Large::new("one.bin", 256 * MIB), parts());
    let (mut limits, mut alone, mut together, mut on_disk) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        limits.push(hashed_alone(256 * MIB));
        // What was stored before is let go: a server of its own for each.
        let server = Server::assay(&["-q", "--spill-over", "1GiB"]);
        alone.push(timed(one.put_to(server.address())).await);
        drop(server);
        let server = Server::assay(&["-q", "--spill-over", "1GiB"]);
        together.push(timed(all(&server, &four)).await);
        drop(server);
        let server = Server::assay(&["-q"]);
        on_disk.push(timed(one.put_to(server.address())).await);
    }
    let limit = median(&limits);
    for (name, times, aim) in [
        ("PUT of 256 MiB, into a temporary file", &on_disk, "0.90"),
        ("PUT of 256 MiB, into memory", &alone, "0.90"),
        ("4 PUTs of 64 MiB at once, into memory", &together, "-"),
    ] {
        line(name, speed(median(times)), speed(limit), ratio(&limits, times), aim);
    }
}

fn parts() -> Vec<Large> {
    (0..4).map(|number| Large::new(&format!("part-{number}.bin"), 64 * MIB)).collect()
}

async fn all(server: &Server, files: &[Large]) {
    let (address, local) = (server.address(), LocalSet::new());
    for file in files {
        let file = file.clone();
        local.spawn_local(async move { file.put_to(address).await });
    }
    local.await;
}

/// How many seconds something takes.
async fn timed<F: Future>(work: F) -> f64 {
    let started = Instant::now();
    work.await;
    started.elapsed().as_secs_f64()
}

/// How many seconds the digest of so many bytes takes, with nothing beside it.
fn hashed_alone(length: u64) -> f64 {
    let (started, mut md5) = (Instant::now(), Md5::new());
    for _ in 0..length / MIB {
        md5.update(support::large::content());
    }
    std::hint::black_box(md5.finalize());
    started.elapsed().as_secs_f64()
}

/// 256 MiB in so many seconds.
fn speed(seconds: f64) -> String {
    format!("{:.0} MB/s", (256 * MIB) as f64 / 1e6 / seconds)
}

async fn small_ones(rounds: usize) {
    let servers: Vec<Server> =
        [Server::bare(0), Server::this(&["-q"])].into_iter().chain(Server::other(&["-q"])).collect();
    let mut requests = Vec::new();
    for server in &servers {
        // The bare one takes what is meant for another.
        let of = if requests.is_empty() { &servers[1] } else { server };
        requests.push(Small::new(of.address()).await);
    }
    let ask = async |at: usize, turn| put_rate(servers[at].address(), &requests[at], turn).await;
    let turns = take_turns(&servers, rounds, ask).await;
    print("PUTs of 1 KiB, 16 connections", &turns[1], &turns[0], "0.50");
    if let Some(other) = turns.get(2) {
        print("  beside the other build", &turns[1], other, "0.97");
    }
}

async fn memory() {
    let server = Server::assay(&["-q"]);
    Connection::open(server.address()).await.ask(&get(server.address(), HEALTH)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let Some(idle) = server.resident() else { return };
    let seconds = timed(Large::new("one.bin", 1024 * MIB).put_to(server.address())).await;
    let Some(peak) = server.peak() else { return };
    let remark =
        format!("over {} idle, in {}; aim 16 MiB", bytes(idle), time(Duration::from_secs_f64(seconds)));
    note("memory, peak of a PUT of 1 GiB", bytes(peak - idle), &remark);
}

async fn largest() {
    let server = Server::assay(&["-q"]);
    let seconds = timed(Large::new("largest.bin", 5120 * MIB).put_to(server.address())).await;
    let remark = format!("{:.0} MB/s, completed", (5120 * MIB) as f64 / 1e6 / seconds);
    note("PUT of 5 GiB", time(Duration::from_secs_f64(seconds)), &remark);
}
