//! Memory: what the server holds when nothing happens, with a full journal, for each file without content, and
//! after a long run of which every tenth exchange has findings. `ASSAY_BENCH_EMPTY_FILES` (50000) says how many
//! files are stored, `ASSAY_BENCH_EXCHANGES` (1000000) how long the run is. Linux alone tells, in
//! `/proc/PID/status`.
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

use support::{
    client::{Connection, Counter, Files, HEALTH, LIST, Numbered, get, presign_and_mistake, upload},
    figures::{bytes, line, note, thousands},
    server::Server,
};

/// More exchanges than the journal keeps.
const FILLS_THE_JOURNAL: u64 = 12_000;

fn main() {
    if !support::begin("memory: resident") {
        return;
    }
    let files = std::env::var("ASSAY_BENCH_EMPTY_FILES").map_or(50_000, |files| files.parse().unwrap());
    support::block_on(async {
        // The files are all alike, and each is to be stored.
        let (server, bare) = (Server::assay(&["-q", "--dedup", "key"]), Server::bare(40));
        for server in [&server, &bare] {
            Connection::open(server.address()).await.ask(&get(server.address(), HEALTH)).await;
        }
        let Some(limit) = settled(&bare).await else {
            println!("  not told by this system");
            return;
        };
        let idle = settled(&server).await.unwrap();
        line("memory, idle", bytes(idle), bytes(limit), idle / limit, "8 MiB");
        if let (Some(own), Some(limit)) = (server.own_memory(), bare.own_memory()) {
            line("  without the program's file", bytes(own), bytes(limit), own / limit, "-");
        }
        fill_journal(&server).await;
        let before = settled(&server).await.unwrap();
        note("memory, journal full", bytes(before), &format!("after {FILLS_THE_JOURNAL} presign requests"));
        upload(server.address(), Files::Empty, 0..files).await;
        let after = settled(&server).await.unwrap();
        let per_file = (after - before) / files as f64;
        let least = least_per_file(files);
        line("memory, a stored file without content", bytes(per_file), bytes(least), per_file / least, "-");
        let mut connection = Connection::open(server.address()).await;
        let list = connection.ask(&get(server.address(), LIST)).await.len() as f64;
        drop(connection);
        let listed = settled(&server).await.unwrap() - after;
        note("memory, kept after a list of them all", bytes(listed), &format!("of {}", bytes(list)));
        drop(server);
        long_run().await;
    });
}

/// What the server holds at each quarter of a long run, and at the end: the journal is full long before.
async fn long_run() {
    let exchanges =
        std::env::var("ASSAY_BENCH_EXCHANGES").map_or(1_000_000, |number| number.parse().unwrap());
    let server = Server::assay(&["-q"]);
    fill_journal(&server).await;
    let full = settled(&server).await.unwrap();
    note("memory, before a long run", bytes(full), "journal full");
    let (counter, started) = (Counter::default(), Instant::now());
    for quarter in 1..=4 {
        presign_and_mistake(server.address(), &counter, exchanges * quarter / 4).await;
        let held = settled(&server).await.unwrap();
        let after = format!("{} exchanges", thousands((exchanges * quarter / 4) as f64));
        line(&format!("memory, after {after}"), bytes(held), bytes(full), held / full, "1.0 (bounded)");
    }
    let peak = server.peak().map_or_else(|| "not told".to_owned(), bytes);
    let pace = exchanges as f64 / started.elapsed().as_secs_f64();
    note("memory, peak of a long run", peak, &format!("{} exchanges/s", thousands(pace)));
}

async fn settled(server: &Server) -> Option<f64> {
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.resident()
}

async fn fill_journal(server: &Server) {
    let mut connection = Connection::open(server.address()).await;
    let mut request = Numbered::presign(server.address());
    for number in 0..FILLS_THE_JOURNAL {
        connection.ask(request.with(9_000_000_000 + number)).await;
    }
}

/// What a plain list of keys with a digest, a size and a time would take a file, as the allocator of this
/// process has it.
fn least_per_file(files: u64) -> f64 {
    let before = own_resident();
    let list: Vec<(Box<str>, [u8; 16], u64, i64)> = (0..files)
        .map(|number| {
            (format!("64f0c2a9be17d3508e6a91c4_quarterly-report-{number:010}.pdf").into(), [1; 16], 0, 1)
        })
        .collect();
    let after = own_resident();
    std::hint::black_box(list);
    (after - before) / files as f64
}

fn own_resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0
}
