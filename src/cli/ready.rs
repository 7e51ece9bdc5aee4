//! `assay ready [URL]`: waits until an emulator answers, for health checks and scripts.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Args, ValueHint};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{mistake, say};
use crate::{
    config::{FilePath, Timeout},
    http::{Connector, HttpUrl, Origin},
};

/// Time limit for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pause between attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// Limit on the answer, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// The options.
#[derive(Args)]
#[command(after_help = "\
Example:  assay serve --listen 127.0.0.1:0 & assay ready --wait 10s

Exit codes: 0 the emulator answers; 1 it does not; 2 invalid options.")]
pub(super) struct Options {
    /// Address of the emulator
    #[arg(value_name = "URL", env = "ASSAY_URL", default_value = "http://127.0.0.1:7979")]
    url: String,
    /// How long to retry until the emulator answers [default: one attempt]
    #[arg(long, value_name = "DURATION")]
    wait: Option<Timeout>,
    /// Certificates to trust in addition to the system's, PEM: for an https URL
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ca: Option<FilePath>,
}

/// Retries until the emulator answers or the time is up.
pub(super) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let url = &options.url;
    let origin = match url.parse::<HttpUrl>() {
        Ok(url) => url.origin,
        Err(error) => return Ok(mistake(format_args!("invalid URL `{url}`: {error}"))),
    };
    let connector = options.ca.as_ref().map(|file| Connector::trusting(&file.0)).transpose();
    let connector = match connector {
        Ok(connector) => connector.unwrap_or_default(),
        Err(error) => return Ok(mistake(error)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = options.wait.as_ref().map(|wait| wait.0);
    Ok(match runtime.block_on(ask_for(wait, &connector, &origin)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            say(&format!("assay: no emulator answers at {url}: {problem}\n"));
            ExitCode::FAILURE
        }
    })
}

/// Asks once, or again until the time is over.
#[expect(clippy::disallowed_methods, reason = "waits for another process, in real time")]
async fn ask_for(wait: Option<Duration>, connector: &Connector, origin: &Origin) -> Result<(), String> {
    // A deadline beyond the clock's range never comes.
    let end = wait.map(|wait| Instant::now().checked_add(wait));
    loop {
        let asked = tokio::time::timeout(PATIENCE, ask(connector, origin)).await;
        let Err(problem) = asked.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}"))) else {
            return Ok(());
        };
        if end.is_none_or(|end| end.is_some_and(|end| Instant::now() >= end)) {
            return Err(problem);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks the control API for its health.
async fn ask(connector: &Connector, origin: &Origin) -> Result<(), String> {
    let mut connection = connector.connect(origin).await.map_err(|error| error.to_string())?;
    let host = origin.authority();
    // In one write: a server may answer and close after the first bytes.
    let request = format!("GET /_assay/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let mut answer = Vec::new();
    let asked = async {
        connection.write_all(request.as_bytes()).await?;
        connection.take(MAX_ANSWER).read_to_end(&mut answer).await
    };
    let asked = asked.await;
    let answer = String::from_utf8_lossy(&answer);
    if answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"status\"") {
        return Ok(());
    }
    match (answer.lines().next(), asked) {
        (None, Err(error)) => Err(error.to_string()),
        (status, _) => Err(format!("answered {:?} to /_assay/health", status.unwrap_or("nothing"))),
    }
}
