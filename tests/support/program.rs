//! The program itself, started and ended.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Output, Stdio},
};

use super::{
    Client, agent,
    raw::{Answer, Connection},
};

/// The program with these arguments.
pub fn assay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command.args(arguments).env_remove("RUST_BACKTRACE");
    // Hides the developer's own settings.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ASSAY_")) {
        command.env_remove(name);
    }
    command
}

/// Returns the program's stdout; asserts that it succeeds.
pub fn printed(arguments: &[&str]) -> String {
    let output = assay(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Holds that a text fits a terminal: no line is long, and none ends in blanks.
#[track_caller]
pub fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line:?}");
    }
}

/// A text however it was broken into lines.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A served emulator; ended when dropped.
pub struct Served {
    child: Child,
    pub address: String,
}

impl Served {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("assay listening on http://").unwrap_or_else(|| panic!("{line:?}"));
        Self { address: address.trim_end().to_owned(), child }
    }

    /// Like [`Self::start`], with nobody reading its stderr.
    pub fn start_deaf(command: &mut Command) -> Self {
        let mut served = Self::start(command);
        drop(served.child.stderr.take());
        served
    }

    pub fn get(&self, path: &str, headers: &str) -> Answer {
        let mut connection = Connection::to(&self.address);
        let host = &self.address;
        connection.write(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n").as_bytes());
        connection.read_answer()
    }

    /// Waits for its end, without reading its output.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Writes to its standard input, which was piped.
    pub fn write_stdin(&mut self, bytes: &[u8]) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(bytes).and_then(|()| stdin.flush()).unwrap();
    }

    /// Closes its standard input.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A client of one API key.
    pub fn client(&self, key: &str) -> Client {
        Client { base: format!("http://{}", self.address), key: key.to_owned(), agent: agent() }
    }

    /// Ends it; returns its stderr.
    #[cfg(unix)]
    pub fn into_stderr(self) -> String {
        self.end("-TERM").0
    }

    /// Ends it with a signal; returns its stderr and its exit code.
    #[cfg(unix)]
    pub fn end(mut self, signal: &str) -> (String, Option<i32>) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (log, self.child.wait().unwrap().code())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `assay serve` on a free port.
pub fn serve(arguments: &[&str]) -> Command {
    let mut command = assay(&["serve", "--listen", "127.0.0.1:0"]);
    command.args(arguments);
    command
}

/// The one message of a mistake.
pub fn mistake(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    stderr
}
