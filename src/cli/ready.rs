//! `assay ready [URL]`: whether an emulator answers, for health checks and scripts.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Args;

use super::{mistake, say};
use crate::config::Timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it takes to ask again.
const PAUSE: Duration = Duration::from_millis(50);

/// The most of an answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// The options.
#[derive(Args)]
#[command(after_help = "\
Example:  assay serve --listen 127.0.0.1:0 & assay ready --wait 10s

Exit code: 0 the emulator answers; 1 it does not; 2 a mistake in these options.")]
pub(super) struct Options {
    /// Emulator to ask
    #[arg(value_name = "URL", env = "ASSAY_URL", default_value = "http://127.0.0.1:7979")]
    url: String,
    /// How long to wait for an emulator that does not answer yet [default: not at all]
    #[arg(long, value_name = "DURATION")]
    wait: Option<Timeout>,
}

/// Asks until the emulator answers, or the time is over.
#[expect(clippy::disallowed_methods, reason = "waits for another process, in real time")]
pub(super) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let url = &options.url;
    let Some(authority) = url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or(rest))
    else {
        return Ok(mistake(format_args!("invalid URL `{url}`: expected one such as http://127.0.0.1:7979")));
    };
    let end = options.wait.as_ref().map(|wait| Instant::now().checked_add(wait.0));
    loop {
        let error = match ask(authority) {
            Ok(()) => return Ok(ExitCode::SUCCESS),
            Err(error) => error,
        };
        // A time beyond what the clock can show never comes.
        if end.is_none_or(|end| end.is_some_and(|end| Instant::now() >= end)) {
            say(&format!("assay: no emulator answers at {url}: {error}\n"));
            return Ok(ExitCode::FAILURE);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Asks the control API for its health.
fn ask(authority: &str) -> io::Result<()> {
    let is_port_given = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let address = if is_port_given { authority.to_owned() } else { format!("{authority}:80") };
    let mut stream = connect(&address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one write: a server may answer and close after the first bytes.
    let request = format!("GET /_assay/health HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let is_healthy = answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"status\"");
    let status = answer.lines().next().unwrap_or("nothing");
    if is_healthy { Ok(()) } else { Err(io::Error::other(format!("answered {status:?} to /_assay/health"))) }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
