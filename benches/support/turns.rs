//! Servers that answer presigns by turns, so that what else the machine does meets all of them.

use std::time::Duration;

use super::{
    client::{Connection, Counter, Numbered, presign_rate},
    figures::{line, median, rate, time},
    server::Server,
};

/// How long a server is asked at a time.
const TURN: Duration = Duration::from_millis(500);

/// What one server did in its turns.
#[derive(Default)]
pub struct Turns {
    rates: Vec<f64>,
    processor_times: Vec<f64>,
}

/// What each server did, after a turn to warm up, in `ASSAY_BENCH_ROUNDS` (9) rounds.
pub async fn take_turns(servers: &[Server]) -> Vec<Turns> {
    let rounds = std::env::var("ASSAY_BENCH_ROUNDS").map_or(9, |rounds| rounds.parse().unwrap());
    let counter = Counter::default();
    for server in servers {
        presign_rate(server.address(), &counter, TURN).await;
    }
    let mut turns: Vec<Turns> = servers.iter().map(|_| Turns::default()).collect();
    for _ in 0..rounds {
        for (server, turns) in servers.iter().zip(&mut turns) {
            take_turn(server, turns, &counter).await;
        }
    }
    turns
}

/// How many bytes a presign is answered with.
pub async fn length_of_an_answer(server: &Server) -> usize {
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

/// Prints what a server did beside another.
pub fn print(name: &str, turns: &Turns, bare: &Turns, aim: &str) {
    let ratios: Vec<f64> = turns.rates.iter().zip(&bare.rates).map(|(rate, limit)| rate / limit).collect();
    line(name, rate(median(&turns.rates)), rate(median(&bare.rates)), median(&ratios), aim);
    if !turns.processor_times.is_empty() {
        let (figure, limit) = (median(&turns.processor_times), median(&bare.processor_times));
        let [shown, limit_shown] = [figure, limit].map(|seconds| time(Duration::from_secs_f64(seconds)));
        line("  processor time of the server a request", shown, limit_shown, figure / limit, "-");
    }
}
