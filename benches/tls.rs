//! TLS: what it costs a presign on a kept-alive connection, a connection with one presign, and a PUT of 256 MiB, each
//! beside the same in the clear, by turns; and how long a start takes until the first answer over TLS, for which the
//! authority is made. `benches/start.rs` has the start without TLS, which makes none. The generator encrypts beside the
//! server. `ASSAY_BENCH_ROUNDS` (5) says how often; the figures are medians.
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
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use support::{
    client::{Connection, HEALTH, Numbered, get},
    figures::{line, median, note, rate, ratio, time},
    large::Large,
    server::Server,
};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

const MIB: u64 = 1 << 20;

/// How long a server is asked at a time.
const TURN: Duration = Duration::from_millis(300);

fn main() {
    if !support::begin("tls: beside the same in the clear") {
        return;
    }
    support::block_on(async {
        let rounds = support::rounds(5);
        presigns(rounds).await;
        uploads(rounds).await;
        starts(rounds).await;
    });
}

/// Trusts the authority of a server.
async fn trusting(address: SocketAddr) -> TlsConnector {
    let mut plain = Connection::open(address).await;
    let pem = plain.ask(&get(address, "/_assay/ca.pem")).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

async fn open(address: SocketAddr, tls: Option<&TlsConnector>) -> Connection {
    let Some(tls) = tls else { return Connection::open(address).await };
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    Connection::over(tls.connect(ServerName::from(address.ip()), stream).await.unwrap())
}

/// How many presigns a second: on one connection, or each on its own.
async fn presigned(address: SocketAddr, tls: Option<&TlsConnector>, number: &mut u64, is_kept: bool) -> f64 {
    let mut request = Numbered::presign(address);
    let mut connection = open(address, tls).await;
    let (started, from) = (Instant::now(), *number);
    while started.elapsed() < TURN {
        if !is_kept {
            connection = open(address, tls).await;
        }
        connection.ask(request.with(*number)).await;
        *number += 1;
    }
    (*number - from) as f64 / started.elapsed().as_secs_f64()
}

async fn presigns(rounds: usize) {
    let server = Server::assay(&["-q"]);
    let (address, tls) = (server.address(), trusting(server.address()).await);
    let mut number = 0;
    for (name, is_kept) in [("presign, one connection", true), ("presign, a connection each", false)] {
        let (mut clear, mut secret) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            clear.push(presigned(address, None, &mut number, is_kept).await);
            secret.push(presigned(address, Some(&tls), &mut number, is_kept).await);
        }
        line(name, rate(median(&secret)), rate(median(&clear)), ratio(&secret, &clear), "-");
    }
}

async fn uploads(rounds: usize) {
    let file = Large::new("one.bin", 256 * MIB);
    let (mut clear, mut secret) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for (is_tls, times) in [(false, &mut clear), (true, &mut secret)] {
            // What was stored before is let go: a server of its own for each.
            let server = Server::assay(&["-q", "--spill-over", "1GiB"]);
            let tls = trusting(server.address()).await;
            let connection = open(server.address(), is_tls.then_some(&tls)).await;
            let started = Instant::now();
            file.put_on(connection, server.address()).await;
            times.push(started.elapsed().as_secs_f64());
        }
    }
    let speed = |seconds: f64| format!("{:.0} MB/s", (256 * MIB) as f64 / 1e6 / seconds);
    let name = "PUT of 256 MiB, into memory";
    line(name, speed(median(&secret)), speed(median(&clear)), ratio(&clear, &secret), "-");
}

async fn starts(rounds: usize) {
    let mut times = Vec::new();
    for _ in 0..rounds * 3 {
        let started = Instant::now();
        let server = Server::assay(&["-q"]);
        let tls = trusting(server.address()).await;
        open(server.address(), Some(&tls)).await.ask(&get(server.address(), HEALTH)).await;
        times.push(started.elapsed());
    }
    note("start, first answer over TLS", time(median(&times)), "with ca.pem asked for in the clear before");
}
