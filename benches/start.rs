//! Start: from the spawn of a process to its first answered request. `ASSAY_BENCH_STARTS` (31) says how often
//! each is started; the figure is the median.
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

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use support::{
    client::{HEALTH, LIST, get},
    figures::{line, median, time, times},
    server::Server,
};

fn main() {
    if !support::begin("start: spawn to first answer") {
        return;
    }
    let starts = std::env::var("ASSAY_BENCH_STARTS").map_or(31, |starts| starts.parse().unwrap());
    let (mut bare, mut health, mut list) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..starts {
        bare.push(first_answer(|| Server::bare(40), HEALTH));
        health.push(first_answer(|| Server::assay(&["-q"]), HEALTH));
        list.push(first_answer(|| Server::assay(&["-q"]), LIST));
    }
    let limit = median(&bare);
    for (name, figures) in
        [("start, first answer is health", &health), ("start, first answer is a list", &list)]
    {
        let figure = median(figures);
        line(name, time(figure), time(limit), times(figure, limit), "5 ms");
    }
}

/// How long it takes from here until a server that is started now has answered.
fn first_answer(start: impl Fn() -> Server, path: &str) -> Duration {
    let started = Instant::now();
    let server = start();
    ask(server.address(), path);
    started.elapsed()
}

/// Blocking, since a runtime that wakes up would be measured too.
fn ask(address: SocketAddr, path: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&get(address, path)).unwrap();
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).unwrap();
    assert!(buffer[..read].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..read]));
}
