//! Servers that are asked by turns, so that what else the machine does meets all of them: short turns, each round begun
//! by another server. Of two builds that differ by a few per cent, long turns in one order tell more of the machine.

use std::time::Duration;

use super::{
    client::{Counter, presign_rate},
    figures::{line, median, rate, ratio, time},
    server::Server,
};

/// How long a server is asked at a time.
const TURN: Duration = Duration::from_millis(100);

/// How many turns each server has in a round.
const TURNS: usize = 5;

/// What one server did in its turns.
#[derive(Default)]
pub struct Turns {
    rates: Vec<f64>,
    processor_times: Vec<f64>,
}

/// What each server did in so many rounds, after a turn to warm up. `ask` asks the one at this place for so long; it
/// gives how many requests it answered, and how many a second.
pub async fn take_turns(
    servers: &[Server],
    rounds: usize,
    ask: impl AsyncFn(usize, Duration) -> (u64, f64),
) -> Vec<Turns> {
    for at in 0..servers.len() {
        ask(at, TURN).await;
    }
    let mut turns: Vec<Turns> = servers.iter().map(|_| Turns::default()).collect();
    for first in 0..rounds * TURNS {
        for at in (first..first + servers.len()).map(|at| at % servers.len()) {
            let before = servers[at].processor_time();
            let (requests, rate) = ask(at, TURN).await;
            turns[at].rates.push(rate);
            if let (Some(before), Some(after)) = (before, servers[at].processor_time()) {
                let seconds = after.saturating_sub(before).as_secs_f64();
                turns[at].processor_times.push(seconds / requests as f64);
            }
        }
    }
    turns
}

/// What each server did where it was asked for URLs, in `ASSAY_BENCH_ROUNDS` (9) rounds.
pub async fn presign_turns(servers: &[Server]) -> Vec<Turns> {
    let counter = Counter::default();
    let ask = async |at: usize, turn| presign_rate(servers[at].address(), &counter, turn).await;
    take_turns(servers, super::rounds(9), ask).await
}

/// Prints what a server did beside another.
pub fn print(name: &str, turns: &Turns, bare: &Turns, aim: &str) {
    let (rates, limits) = (&turns.rates, &bare.rates);
    line(name, rate(median(rates)), rate(median(limits)), ratio(rates, limits), aim);
    let (times, limits) = (&turns.processor_times, &bare.processor_times);
    if !times.is_empty() {
        let [shown, limit] = [times, limits].map(|times| time(Duration::from_secs_f64(median(times))));
        line("  processor time of the server a request", shown, limit, ratio(times, limits), "-");
    }
}
