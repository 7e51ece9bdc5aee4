//! A reference client at work: a process a file, or one for many.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use alloy_assay::Emulator;
use serde_json::{Value, json};

use crate::support::installed::{kill_group, run};

/// Time limit for a file.
const LIMIT: Duration = Duration::from_secs(60);

/// A file to upload.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    pub base_url: &'a str,
    pub user: &'a str,
    pub file: &'a Path,
    pub filename: &'a str,
    pub mime_type: &'a str,
}

impl<'a> Job<'a> {
    /// A text, for the key's own user.
    pub fn of(emulator: &'a Emulator, file: &'a Path, filename: &'a str) -> Self {
        Self { base_url: emulator.base_url(), user: "", file, filename, mime_type: "text/plain" }
    }

    /// Lets a client upload it in a new process; returns the key, or the reason.
    #[track_caller]
    pub fn once(&self, command: &mut Command) -> Result<String, String> {
        command.arg(self.file).env("ALLOY_BASE_URL", self.base_url).env("ALLOY_API_KEY", "alice-key");
        command.env("ALLOY_USER_ID", self.user).env("ALLOY_FILENAME", self.filename);
        let run = run(command.env("ALLOY_MIME_TYPE", self.mime_type));
        if run.code == Some(0) {
            return Ok(run.stdout.lines().last().unwrap().to_owned());
        }
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
        Err(run.stderr)
    }

    fn line(&self, case: u64) -> Value {
        json!({
            "case": case, "baseUrl": self.base_url, "apiKey": "alice-key", "userId": self.user,
            "file": self.file, "filename": self.filename, "mimeType": self.mime_type,
        })
    }
}

/// A client with `--persistent`, which is ended where it is dropped.
pub struct Persistent {
    child: Child,
    stdin: Option<ChildStdin>,
    answers: Receiver<String>,
    case: u64,
}

impl Persistent {
    pub fn start(command: &mut Command) -> Self {
        command.arg("--persistent").env("no_proxy", "*").env("NO_PROXY", "*");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // A new process group, so that children of a shell end with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { stdin: child.stdin.take(), child, answers, case: 6 }
    }

    /// Lets it upload a file; returns the key, or the reason.
    #[track_caller]
    pub fn upload(&mut self, job: &Job<'_>) -> Result<String, String> {
        self.case += 1;
        writeln!(self.stdin.as_ref().unwrap(), "{}", job.line(self.case)).unwrap();
        let answer = self.answers.recv_timeout(LIMIT).unwrap_or_else(|error| panic!("no answer: {error}"));
        let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert_eq!(answer["case"], self.case, "{answer}");
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        match (text("s3Key"), text("error")) {
            (Some(key), None) => Ok(key),
            (None, Some(why)) => Err(why),
            _ => panic!("neither a key nor an error: {answer}"),
        }
    }

    /// Asserts that it exits with 0 after its input ends.
    #[track_caller]
    pub fn end(mut self) {
        self.stdin = None;
        let ended = self.answers.recv_timeout(LIMIT);
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected), "it does not end with its input");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Persistent {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            kill_group(self.child.id());
            let _ = self.child.wait();
        }
    }
}
