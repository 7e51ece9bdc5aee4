//! The proxy, as a share of what its upstream gives directly: presigns on 16 connections, and a PUT of 256 MiB.
//! `ASSAY_BENCH_ROUNDS` (5) says how often; the figures are medians.
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

use std::time::Instant;

use support::{
    figures::{line, median, ratio},
    large::Large,
    server::Server,
    turns::{presign_turns, print},
};

fn main() {
    if !support::begin("proxy: a share of its upstream") {
        return;
    }
    let rounds = support::rounds(5);
    support::block_on(async {
        let upstream = Server::this(&["-q"]);
        let proxy = Server::proxy(upstream.address(), &["-q"]);
        let servers = [upstream, proxy];
        let turns = presign_turns(&servers).await;
        print("presign by way of the proxy, 16 connections", &turns[1], &turns[0], "0.50");
        let file = Large::new("one.bin", 256 << 20);
        let (mut direct, mut by_proxy) = (vec![], vec![]);
        for _ in 0..rounds {
            for (server, times) in servers.iter().zip([&mut direct, &mut by_proxy]) {
                let started = Instant::now();
                file.put_to(server.address()).await;
                times.push(started.elapsed().as_secs_f64());
            }
        }
        let shown = |times: &[f64]| format!("{:.0} ms", median(times) * 1000.0);
        let name = "PUT of 256 MiB by way of the proxy";
        line(name, shown(&by_proxy), shown(&direct), ratio(&direct, &by_proxy), "0.80");
    });
}
