//! Programs of others: whether they are installed, and running them with a limit.

use std::{
    env,
    io::{self, Write},
    process::{Command, Output, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

/// Time limit for a child process.
const LIMIT: Duration = Duration::from_secs(60);

/// A program: a script in `tests/`, its interpreter, and its requirements.
#[derive(Debug)]
pub struct Program {
    pub runner: &'static str,
    pub script: &'static str,
    pub needs: &'static [Need],
}

/// Something that must be installed: its name, and a command that succeeds where it is.
#[derive(Debug)]
pub struct Need(pub &'static str, pub &'static str, pub &'static [&'static str]);

/// Result of a child process.
#[derive(Debug)]
pub struct Run {
    pub succeeded: bool,
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Number of skipped tests in this binary.
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Whether all is installed that a test of `what` needs. If something is missing, the test fails where `CI=true`, and is
/// reported as skipped elsewhere.
#[track_caller]
pub fn are_here(what: &str, needs: &[Need]) -> bool {
    let missing: Vec<&str> = needs.iter().filter(|need| !need.is_met()).map(|need| need.0).collect();
    if missing.is_empty() {
        return true;
    }
    let message = format!("{what} cannot be tested without {}", missing.join(" and "));
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{message}");
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // `eprintln!` is captured in passing tests, which would hide it.
    let _ = writeln!(io::stderr(), "\nskipped {test} ({count} so far): {message}");
    false
}

impl Program {
    /// Whether it can be run here, as [`are_here`] has it.
    #[track_caller]
    pub fn is_here(&self) -> bool {
        are_here(self.script, self.needs)
    }

    /// The command that runs the script.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.runner);
        command.arg(format!("{}/tests/{}", env!("CARGO_MANIFEST_DIR"), self.script));
        command
    }
}

impl Need {
    /// Whether it is installed.
    pub fn is_met(&self) -> bool {
        let mut command = Command::new(self.1);
        command.args(self.2).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

/// Runs a command to its end, and ends it after [`LIMIT`].
#[track_caller]
pub fn run(command: &mut Command) -> Run {
    run_within(LIMIT, command)
}

/// Runs a command to its end, and ends it after `limit`.
#[track_caller]
pub fn run_within(limit: Duration, command: &mut Command) -> Run {
    // Nothing leaves this machine, whatever proxy its user has.
    command.env("no_proxy", "*").env("NO_PROXY", "*");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A new process group, so that children of a shell end with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let id = child.id();
    let (sender, output) = mpsc::channel();
    let waiting = thread::spawn(move || sender.send(child.wait_with_output()));
    let output = output.recv_timeout(limit).unwrap_or_else(|_| {
        kill_group(id);
        let _ = waiting.join();
        let said = output.try_recv().map(|output| output.map(|output| Run::of(&output)));
        panic!("{command:?} took longer than {limit:?}: {said:#?}");
    });
    Run::of(&output.unwrap())
}

/// Kills a child, and its process group if it leads one.
#[cfg(unix)]
pub fn kill_group(id: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = Pid::from_raw(id.try_into().unwrap()).unwrap();
    kill_process_group(group, Signal::KILL).unwrap();
}

#[cfg(not(unix))]
pub fn kill_group(id: u32) {
    panic!("process {id} took too long and still runs");
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            succeeded: output.status.success(),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Returns its output; asserts that it succeeded.
    #[track_caller]
    pub fn expect_success(self) -> String {
        assert!(self.succeeded, "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }
}
