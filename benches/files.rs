//! Latency by the number of files that a user has: of a presign request, which must not depend on it, and of
//! a list, beside the time to serialise the same list and to fetch as many bytes from a bare server. The files
//! are uploaded over HTTP, 1,000 and then 100,000 of them; `ASSAY_BENCH_FILES=1000000` adds a third size,
//! which takes some minutes to fill.
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

use serde::{Deserialize, Serialize};
use support::{
    client::{Connection, Files, LIST, Numbered, get, upload},
    figures::{at, bytes, line, median, note, thousands, time, times},
    server::Server,
};

#[derive(Deserialize, Serialize)]
struct List {
    files: Vec<File>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    s3_key: String,
    filename: String,
    size: u64,
    last_modified: String,
}

fn main() {
    if !support::begin("files: latency by how many there are") {
        return;
    }
    let most = std::env::var("ASSAY_BENCH_FILES").ok().map(|most| most.parse().unwrap());
    let sizes = [1_000, 100_000].into_iter().chain(most.filter(|most| *most > 100_000));
    support::block_on(async {
        let server = Server::assay(&["-q"]);
        let empty = presign(&server).await;
        note("presign, no files", time(median(&empty)), &percentile(&empty));
        let mut filled = 0;
        for size in sizes {
            let started = Instant::now();
            upload(server.address(), Files::Distinct, filled..size).await;
            let uploads = (size - filled) as f64 / started.elapsed().as_secs_f64();
            filled = size;
            let name = |what| format!("{what}, {} files", thousands(size as f64));
            note(&name("filled to"), time(started.elapsed()), &format!("{} uploads/s", thousands(uploads)));
            let figures = presign(&server).await;
            let (figure, limit) = (median(&figures), median(&empty));
            line(&name("presign"), time(figure), time(limit), times(figure, limit), "1.0 (flat)");
            list(&server, &name("list")).await;
        }
    });
}

/// How long each of a thousand presign requests takes, one after the other.
async fn presign(server: &Server) -> Vec<Duration> {
    let mut connection = Connection::open(server.address()).await;
    let mut request = Numbered::presign(server.address());
    let mut times = Vec::new();
    for number in 0..1200 {
        let started = Instant::now();
        connection.ask(request.with(9_000_000_000 + number)).await;
        times.push(started.elapsed());
    }
    times.split_off(200)
}

fn percentile(times: &[Duration]) -> String {
    format!("99 of 100 within {}", time(at(times, 0.99)))
}

/// The list as the server answers it, beside the least that such an answer takes.
async fn list(server: &Server, name: &str) {
    const TIMES: usize = 9;
    let (figures, content) = fetch(server, TIMES).await;
    let files: List = serde_json::from_slice(&content).unwrap();
    let serialising: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let started = Instant::now();
            std::hint::black_box(serde_json::to_vec(&files).unwrap());
            started.elapsed()
        })
        .collect();
    let (fetching, _) = fetch(&Server::bare(content.len()), TIMES).await;
    let (figure, limit) = (median(&figures), median(&serialising) + median(&fetching));
    line(name, time(figure), time(limit), times(figure, limit), "-");
    let parts = format!("{} to serialise, {} to fetch", time(median(&serialising)), time(median(&fetching)));
    note("  its limit, of which", bytes(content.len() as f64), &parts);
}

async fn fetch(server: &Server, times: usize) -> (Vec<Duration>, Vec<u8>) {
    let mut connection = Connection::open(server.address()).await;
    let request = get(server.address(), LIST);
    let mut content = connection.ask(&request).await.to_vec();
    let mut figures = Vec::new();
    for _ in 0..times {
        let started = Instant::now();
        let answer = connection.ask(&request).await;
        figures.push(started.elapsed());
        if answer.len() != content.len() {
            content = answer.to_vec();
        }
    }
    (figures, content)
}
