//! Throughput: presign requests a second on 16 kept-alive connections, contract checks and signing on, each
//! for a file of its own, as a share of what a bare server does that answers with as many bytes. The servers
//! take turns for `ASSAY_BENCH_ROUNDS` (9) rounds of half a second each; the figures are medians, the ratio is
//! the median of the turns' own. The generator runs beside the server: on a machine of few cores both rates
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

use support::{
    client::{Connection, Numbered},
    server::Server,
    turns::{presign_turns, print},
};

fn main() {
    if !support::begin("presign: requests a second") {
        return;
    }
    support::block_on(async {
        let quiet = Server::this(&["-q"]);
        let mut servers = vec![Server::bare(length_of_an_answer(&quiet).await), quiet, Server::this(&[])];
        servers.extend(Server::other(&["-q"]));
        servers.extend(Server::other(&[]));
        let turns = presign_turns(&servers).await;
        let [bare, quiet, logging, others @ ..] = &turns[..] else { return };
        print("presign, 16 connections, -q", quiet, bare, "0.70");
        print("presign, 16 connections, a log line each", logging, bare, "0.70");
        if let [other_quiet, other_logging] = others {
            print("  beside the other build, -q", quiet, other_quiet, "0.97");
            print("  beside the other build, a log line each", logging, other_logging, "0.97");
        }
    });
}

/// How many bytes a presign is answered with.
async fn length_of_an_answer(server: &Server) -> usize {
    let mut request = Numbered::presign(server.address());
    Connection::open(server.address()).await.ask(request.with(0)).await.len()
}
