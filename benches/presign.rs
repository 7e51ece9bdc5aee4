//! Throughput: presign requests a second on 16 kept-alive connections, contract checks and signing on, each
//! for a file of its own, as a share of what a bare server does that answers with as many bytes. The servers
//! take turns, `ASSAY_BENCH_ROUNDS` (9) times for half a second each; the figures are medians, the ratio is
//! the median of the rounds' own. The generator runs beside the server: on a machine of few cores both rates
//! contain its work, and the server's own processor time a request is the better figure.
//!
//! With `ASSAY_BENCH_PROGRAM` the build that it names takes turns too, beside this one.
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

use std::time::Duration;

use support::{
    client::{Connection, Counter, Numbered, presign_rate},
    figures::{line, median, rate, time},
    server::Server,
};

/// How long a server is asked at a time.
const TURN: Duration = Duration::from_millis(500);

/// What one server did in its turns.
#[derive(Default)]
struct Turns {
    rates: Vec<f64>,
    processor_times: Vec<f64>,
}

fn main() {
    if !support::begin("presign: requests a second") {
        return;
    }
    let rounds = std::env::var("ASSAY_BENCH_ROUNDS").map_or(9, |rounds| rounds.parse().unwrap());
    support::block_on(async {
        let quiet = Server::this(&["-q"]);
        let mut servers = vec![Server::bare(length_of_an_answer(&quiet).await), quiet, Server::this(&[])];
        servers.extend(Server::other(&["-q"]));
        servers.extend(Server::other(&[]));
        let counter = Counter::default();
        for server in &servers {
            presign_rate(server.address(), &counter, TURN).await;
        }
        let mut turns: Vec<Turns> = servers.iter().map(|_| Turns::default()).collect();
        for _ in 0..rounds {
            for (server, turns) in servers.iter().zip(&mut turns) {
                take_turn(server, turns, &counter).await;
            }
        }
        let [bare, quiet, logging, others @ ..] = &turns[..] else { return };
        print("presign, 16 connections, -q", quiet, bare, "0.70");
        print("presign, 16 connections, a log line each", logging, bare, "0.70");
        if let [other_quiet, other_logging] = others {
            print("  beside the other build, -q", quiet, other_quiet, "0.97");
            print("  beside the other build, a log line each", logging, other_logging, "0.97");
        }
    });
}

async fn length_of_an_answer(server: &Server) -> usize {
    let mut connection = Connection::open(server.address()).await;
    let mut request = Numbered::presign(server.address(), "9e107d9d372bb6826bd81d3542a419d6");
    connection.ask(request.with(0)).await.len()
}

async fn take_turn(server: &Server, turns: &mut Turns, counter: &Counter) {
    let before = server.processor_time();
    let (requests, rate) = presign_rate(server.address(), counter, TURN).await;
    turns.rates.push(rate);
    if let (Some(before), Some(after)) = (before, server.processor_time()) {
        turns.processor_times.push(after.saturating_sub(before).as_secs_f64() / requests as f64);
    }
}

fn print(name: &str, turns: &Turns, bare: &Turns, aim: &str) {
    let ratios: Vec<f64> = turns.rates.iter().zip(&bare.rates).map(|(rate, limit)| rate / limit).collect();
    line(name, rate(median(&turns.rates)), rate(median(&bare.rates)), median(&ratios), aim);
    if !turns.processor_times.is_empty() {
        let (figure, limit) = (median(&turns.processor_times), median(&bare.processor_times));
        let [shown, limit_shown] = [figure, limit].map(|seconds| time(Duration::from_secs_f64(seconds)));
        line("  processor time of the server a request", shown, limit_shown, figure / limit, "-");
    }
}
