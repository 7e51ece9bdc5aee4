//! `assay conformance client`: tests an upload client, in any language, with the failures of production.

use std::{
    ffi::OsString,
    io,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use clap::Args;

use super::suite::{Suite, SuiteOptions, with_all};
use crate::{
    cli::{Given, mistake},
    config::{ClientSettings, LogSettings, Settings, SuiteSettings},
    conformance::{self, CannotRun, Client, Interrupt},
    run,
};

/// Options of both suites, and of the client.
#[derive(Args)]
#[group(skip)]
#[command(
    mut_arg("cases", |arg| arg.help("Cases per check [default: 10]")),
    mut_arg("timeout", |arg| arg.help("Time limit for one file, in real time [default: 30s]")),
    after_help = "\
Example:  assay conformance client -- node upload.mjs
          assay conformance client --persistent --only 'recovery/*' -- python3 upload.py --persistent

CMD runs once for each case, with the file's path in place of {file} (or as its last argument) and ALLOY_BASE_URL, \
ALLOY_API_KEY, ALLOY_USER_ID, ALLOY_FILENAME and ALLOY_MIME_TYPE in its environment. It uploads the file, prints the \
s3Key as its last line on stdout and exits with 0, or with another code if it cannot. With --persistent one process \
serves all cases: it reads a JSON object from each line of stdin, {\"case\", \"baseUrl\", \"apiKey\", \"userId\", \"file\", \"filename\", \
\"mimeType\"}, and writes one to a line of stdout, {\"case\", \"s3Key\"} or {\"case\", \"error\"}.

Exit codes: 0 success; 1 a `must` check failed and is not in --known-failing, a check could not run, or \
--known-failing is out of date; 2 invalid options, or a client that cannot be started."
)]
pub(super) struct Options {
    #[command(flatten)]
    client: ClientSettings,
    #[command(flatten)]
    suite: SuiteSettings,
    #[command(flatten)]
    log: LogSettings,
    /// List the checks, or describe the one that --only selects
    #[arg(long)]
    list: bool,
    /// Client to test, with its arguments
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    words: Vec<OsString>,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        let Settings { client, suite, log, .. } = settings;
        Self { client, suite, log, list: false, words: Vec::new() }
    }
}

impl SuiteOptions for Options {
    fn suite(&self) -> (&SuiteSettings, &LogSettings) {
        (&self.suite, &self.log)
    }
}

/// Runs the suite, or lists its checks.
pub(super) fn run(given: &Given<Options>) -> ExitCode {
    let suite = match Suite::prepare(given, conformance::client_checks()) {
        Ok(suite) => suite,
        Err(message) => return mistake(message),
    };
    if suite.options.list {
        return suite.list();
    }
    let client = client(&suite.options);
    let interrupt = Interrupt::default();
    let signal = match listen(interrupt.clone()) {
        Ok(signal) => signal,
        Err(error) => return mistake(CannotRun::System(error)),
    };
    let mut is_interrupted = false;
    let code = suite.run(|watch| {
        let ran = client.run_until(&interrupt, watch);
        is_interrupted = matches!(ran, Err(CannotRun::Interrupted));
        ran
    });
    signal.get().filter(|_| is_interrupted).map_or(code, |code| ExitCode::from(*code))
}

/// Lets a signal interrupt the suite from now on. Returns the cell that gets the signal's exit code.
fn listen(interrupt: Interrupt) -> io::Result<Arc<OnceLock<u8>>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signal = {
        let _inside = runtime.enter();
        run::interruption()?
    };
    let came = Arc::new(OnceLock::new());
    let reported = Arc::clone(&came);
    std::thread::Builder::new().name("assay-signals".to_owned()).spawn(move || {
        let code = runtime.block_on(signal);
        // Set before the suite ends, which reads it.
        let _ = reported.set(code);
        interrupt.now();
    })?;
    Ok(came)
}

/// Returns the configured suite.
fn client(options: &Options) -> Client {
    let client = with_all(conformance::client(&options.words), &options.suite);
    let client = if options.client.persistent.0 { client.persistent() } else { client };
    if options.client.intercept.0 { client.intercepted() } else { client }
}
