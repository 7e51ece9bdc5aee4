//! A running emulator, as a test holds it.

mod faults;

#[cfg(feature = "tls")]
use std::{ffi::OsString, sync::OnceLock};
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use jiff::Timestamp;

pub use self::faults::EmulatorFaults;
use super::{Builder, SetUpError, compose::Server, path};
#[cfg(feature = "tls")]
use crate::intercept::Interception;
use crate::{
    config::{Config, Problem},
    defect::UnknownDefect,
    exchange::{Exchange, Expectation, Expected, Finding, Severity},
    fault::Fault,
    files::{ApiKey, Clock, ClockError, ClockReading, Object, UserId},
    http::{Stopper, stopper},
    journal::Query,
    report::{Report as _, Run},
};

/// A running emulator. It has its own port and thread, so that a test may block, and shares nothing with other
/// emulators. Dropping it stops it.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let emulator = alloy_assay::Emulator::builder().api_key("alice-key").start().await?;
/// assert!(emulator.base_url().starts_with("http://127.0.0.1:"));
/// emulator.clock().advance(std::time::Duration::from_secs(3601));
/// assert!(emulator.files().is_empty());
/// # Ok::<(), alloy_assay::StartError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Emulator {
    server: Arc<Server>,
    base_url: String,
    proxy_url: String,
    /// What clients are to use.
    client: ApiKey,
    runtime: tokio::runtime::Handle,
    #[cfg(feature = "tls")]
    interception: OnceLock<Interception>,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

/// Why an emulator cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// A key is empty, or it or its user is given twice.
    #[error("an API key cannot be used: {0}")]
    ApiKey(#[from] Problem),
    /// An unknown defect.
    #[error(transparent)]
    Defect(#[from] UnknownDefect),
    /// The system gives no thread or no event queue.
    #[error("no runtime could be started")]
    Runtime(#[from] std::io::Error),
    /// The server cannot be made.
    #[error(transparent)]
    SetUp(#[from] SetUpError),
}

/// A stored file.
#[derive(Clone, Debug)]
pub struct StoredFile(Arc<Object>);

/// The emulator's clock, for tests. Panics on invalid changes.
#[derive(Clone, Copy, Debug)]
pub struct EmulatorClock<'a>(&'a Clock);

impl Emulator {
    /// Sets up an emulator; `Emulator::builder().start().await` is the shortest way to one.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts an emulator with everything at its default, for tests without a runtime.
    ///
    /// ```
    /// let emulator = alloy_assay::Emulator::start_blocking()?;
    /// assert!(emulator.exchanges().is_empty());
    /// # Ok::<(), alloy_assay::StartError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StartError`] if the system gives no port or thread.
    pub fn start_blocking() -> Result<Self, StartError> {
        Self::builder().start_blocking()
    }

    pub(super) fn start(config: &Config, is_tls: bool) -> Result<Self, StartError> {
        let listen = |source| StartError::Listen { address: config.listen.0.clone(), source };
        let listener = TcpListener::bind(&config.listen.0).map_err(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let server = Arc::new(Server::new(config, address)?);
        #[cfg(feature = "tls")]
        if is_tls {
            server.tls.config().map_err(SetUpError::from)?;
        }
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().max_blocking_threads(super::BLOCKING_THREADS).build()?;
        let handle = runtime.handle().clone();
        let (stopper, mut stop) = stopper();
        let serving = Arc::clone(&server);
        let run = move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                // A finished test does not wait for the shutdown.
                let until = stop.clone();
                tokio::select! {
                    () = path::serve_shared(serving, listener, until) => {}
                    () = stop.requested() => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name(format!("assay-{}", address.port())).spawn(run)?;
        let proxy_url = base_url(address);
        let base_url = if is_tls { proxy_url.replacen("http:", "https:", 1) } else { proxy_url.clone() };
        Ok(Self {
            server,
            base_url,
            proxy_url,
            client: config.client_key(),
            runtime: handle,
            #[cfg(feature = "tls")]
            interception: OnceLock::new(),
            stopper,
            thread: Some(thread),
        })
    }

    /// Returns the base URL for clients, such as `http://127.0.0.1:53124`. The control API is under
    /// `/_assay/`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the API key for clients: the first one of the builder, or a made-up one, since every key works then.
    pub fn api_key(&self) -> &str {
        &self.client.key
    }

    /// Returns the user of [`Self::api_key`].
    pub fn user_id(&self) -> UserId {
        self.client.user
    }

    /// Returns the variables that tell a client in another process where to go, as `assay run` gives them to its
    /// command.
    ///
    /// ```
    /// let emulator = alloy_assay::Emulator::start_blocking()?;
    /// let mut client = std::process::Command::new("npm");
    /// client.arg("test").envs(emulator.env());
    /// assert_eq!(emulator.env()[0], ("ALLOY_BASE_URL", emulator.base_url().to_owned()));
    /// # Ok::<(), alloy_assay::StartError>(())
    /// ```
    pub fn env(&self) -> [(&'static str, String); 4] {
        [
            ("ALLOY_BASE_URL", self.base_url.clone()),
            ("ALLOY_API_KEY", self.client.key.clone()),
            ("ALLOY_USER_ID", self.client.user.to_string()),
            ("ASSAY_URL", self.proxy_url.clone()),
        ]
    }

    /// Returns the certificate of the local authority that signs for TLS, as PEM, for clients to trust. The port also
    /// accepts `https`.
    ///
    /// # Panics
    ///
    /// If the system has no randomness for the key.
    #[cfg(feature = "tls")]
    #[expect(clippy::panic, reason = "a test without its certificate cannot go on, and says why")]
    pub fn ca_pem(&self) -> String {
        self.server.tls.ca_pem().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the URL of the HTTP proxy by which clients reach the emulator under production's
    /// names.
    pub fn proxy_url(&self) -> &str {
        &self.proxy_url
    }

    /// Returns the variables with which a command with hard-coded production URLs reaches this emulator, as in `assay
    /// run --intercept`. Their files are deleted when the emulator is dropped.
    ///
    /// ```no_run
    /// # use alloy_assay::Emulator;
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let emulator = Emulator::builder().start().await?;
    /// std::process::Command::new("npm").arg("test").envs(emulator.intercept_env()).status()?;
    /// emulator.assert_clean();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the files cannot be written.
    #[cfg(feature = "tls")]
    #[expect(clippy::panic, reason = "a test without its variables cannot go on, and says why")]
    pub fn intercept_env(&self) -> Vec<(&'static str, OsString)> {
        let made = || self.server.intercept(None).unwrap_or_else(|error| panic!("{error}"));
        let environment = self.interception.get_or_init(made).environment();
        environment.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns the emulator's clock.
    pub fn clock(&self) -> EmulatorClock<'_> {
        EmulatorClock(&self.server.clock)
    }

    /// Returns the seed that repeats this run.
    pub fn seed(&self) -> u64 {
        self.server.seed()
    }

    /// The emulator's faults.
    pub fn faults(&self) -> EmulatorFaults<'_> {
        EmulatorFaults(&self.server.faults.faults)
    }

    /// Adds a fault, as [`EmulatorFaults::add`] does.
    ///
    /// ```
    /// # use alloy_assay::{Emulator, Fault};
    /// # let emulator = Emulator::start_blocking()?;
    /// emulator.inject(Fault::put().error("SlowDown").times(2));
    /// assert_eq!(emulator.faults().list()[0].hits, 0);
    /// # Ok::<(), alloy_assay::StartError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If it can never strike.
    #[track_caller]
    pub fn inject(&self, fault: Fault) -> String {
        self.faults().add(fault)
    }

    /// Expects findings: no failure if they come, one if they do not. Those that came since the last reset count too.
    ///
    /// ```no_run
    /// # use alloy_assay::{Emulator, Expected};
    /// # fn test(emulator: &Emulator) {
    /// emulator.expect("s3-url-expired");
    /// emulator.expect(Expected::rule("s3-md5-*").times(2));
    /// // Run the client that makes these mistakes.
    /// emulator.assert_clean();
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If no rule matches, none are expected, or too many expectations are set.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test that expects what cannot come is wrong, and says so")]
    pub fn expect(&self, expected: impl Into<Expected>) {
        let set = self.server.records.journal.expect(expected.into());
        set.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Returns the expected findings, with how often each came.
    pub fn expectations(&self) -> Vec<Expectation> {
        self.server.control.advice.settle();
        self.server.records.journal.expectations(None)
    }

    /// Expects nothing any more.
    pub fn clear_expectations(&self) {
        self.server.records.journal.clear_expected(None);
    }

    /// Names the test that the exchanges of [`Self::user_id`] belong to, in log, inspector and reports.
    ///
    /// ```
    /// let emulator = alloy_assay::Emulator::start_blocking()?;
    /// emulator.label("uploads::survives_slow_down");
    /// # Ok::<(), alloy_assay::StartError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the name is empty or longer than 500 bytes.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test with such a name is wrong, and says so")]
    pub fn label(&self, name: &str) {
        let labelled = self.server.records.journal.label(self.user_id(), name);
        labelled.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Returns everything to the start: files, users, faults, expectations, exchanges, findings and clock. The label
    /// stays.
    pub fn reset(&self) {
        let label = self.server.records.journal.labels.of(Some(&self.user_id().to_string()));
        self.server.control.reset();
        if let Some(label) = label {
            self.label(&label);
        }
    }

    /// Returns the stored files, by key.
    pub fn files(&self) -> Vec<StoredFile> {
        self.server.state.objects().into_iter().map(StoredFile).collect()
    }

    /// Returns the content of the file with this key, or `None` if nothing is stored there.
    ///
    /// # Panics
    ///
    /// If it is in a temporary file that the system can no longer read.
    pub fn content(&self, s3_key: &str) -> Option<Vec<u8>> {
        self.files().iter().find(|file| file.s3_key() == s3_key).map(StoredFile::content)
    }

    /// Returns the exchanges so far, oldest first, as far as the journal's bounds reach.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.server.records.journal.exchanges(&Query::default())
    }

    /// Returns the exchanges once there are `count` of them, or once `within` of real time is over. An exchange is
    /// recorded when its last byte is sent, which may be after the client has read it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let emulator = alloy_assay::Emulator::start_blocking()?;
    /// assert!(emulator.wait_for_exchanges(1, Duration::from_millis(1)).is_empty());
    /// # Ok::<(), alloy_assay::StartError>(())
    /// ```
    pub fn wait_for_exchanges(&self, count: usize, within: Duration) -> Vec<Exchange> {
        let (enough, waiting) = std::sync::mpsc::channel();
        let journal = Arc::clone(&self.server.records.journal);
        self.runtime.spawn(async move {
            journal.wait(&Query::default(), count, within).await;
            let _ = enough.send(());
        });
        // It fails where the emulator has stopped: then nothing more comes.
        let _ = waiting.recv();
        self.exchanges()
    }

    /// Returns the findings, oldest first.
    pub fn findings(&self) -> Vec<Finding> {
        self.server.control.advice.settle();
        self.server.records.journal.findings(None)
    }

    /// Returns the results so far, for a report as text, JSON, `JUnit` XML or Markdown.
    pub fn report(&self) -> Run {
        self.server.results().so_far(None)
    }

    /// Asserts that clients made no errors so far, as `assay run` does. Unused URLs do not count before they expire on
    /// the emulator's clock.
    ///
    /// # Panics
    ///
    /// With the report, if there is an error or an expected finding is missing.
    #[track_caller]
    pub fn assert_clean(&self) {
        self.assert_clean_with(Severity::Error);
    }

    /// Like [`Self::assert_clean`], for findings of at least this severity.
    ///
    /// # Panics
    ///
    /// With the report, if there is a finding of this severity or an expected finding is missing.
    #[track_caller]
    pub fn assert_clean_with(&self, least: Severity) {
        let report = self.report();
        let is_clean = !report.fails(Some(least));
        assert!(is_clean, "clients did something wrong:\n\n{}", report.text(false, Some(least)));
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Emulator({})", self.base_url)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            // It ends by itself; where it panicked, its message is on stderr already.
            let _ = thread.join();
        }
    }
}

/// Returns an address that clients can call: 0.0.0.0 is not one on every system.
pub(crate) fn base_url(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => format!("http://127.0.0.1:{}", v4.port()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => format!("http://[::1]:{}", v6.port()),
        other => format!("http://{other}"),
    }
}

impl StoredFile {
    /// Returns the key.
    pub fn s3_key(&self) -> &str {
        self.0.key.as_str()
    }

    /// Returns the user who uploaded it, if the key names one.
    pub fn user_id(&self) -> Option<UserId> {
        self.0.key.owner()
    }

    /// Returns the filename of the presign.
    pub fn filename(&self) -> &str {
        self.0.key.filename()
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        self.0.blob.size()
    }

    /// Returns the `Content-Type` of the upload.
    pub fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    /// Returns the MD5 of the content, as base64.
    pub fn md5(&self) -> String {
        self.0.md5.to_base64()
    }

    /// Returns the end of the upload, by the emulator's clock.
    pub fn last_modified(&self) -> Timestamp {
        self.0.last_modified
    }

    /// Returns the content, copied.
    ///
    /// # Panics
    ///
    /// If it is in a temporary file that the system can no longer read.
    #[expect(clippy::panic, reason = "a test without its file cannot go on, and says why")]
    pub fn content(&self) -> Vec<u8> {
        self.0.blob.read().unwrap_or_else(|error| panic!("{} cannot be read: {error}", self.s3_key()))
    }
}

impl EmulatorClock<'_> {
    /// Returns the emulator's time.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// Moves it ahead.
    ///
    /// # Panics
    ///
    /// If it would pass 9999-01-01T00:00:00Z.
    pub fn advance(&self, by: Duration) {
        moved(self.0.advance(by));
    }

    /// Sets it.
    ///
    /// # Panics
    ///
    /// Before 1970 and after 9999-01-01T00:00:00Z.
    pub fn set(&self, to: Timestamp) {
        moved(self.0.set(to));
    }

    /// Stops it where it is.
    pub fn freeze(&self) {
        self.0.freeze();
    }

    /// Lets the clock run on from its current time.
    pub fn unfreeze(&self) {
        self.0.unfreeze();
    }

    /// Shows real time again.
    pub fn reset(&self) {
        self.0.reset();
    }
}

#[expect(clippy::panic, reason = "a test that asks for an impossible time is wrong, and says so")]
fn moved(result: Result<ClockReading, ClockError>) {
    if let Err(error) = result {
        panic!("{error}");
    }
}
