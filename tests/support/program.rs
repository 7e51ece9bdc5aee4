//! The program itself, `assay serve`, on a free port.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

use super::{Client, agent};

/// A running program; dropping it kills it.
pub struct Program {
    child: Child,
    pub base: String,
}

impl Program {
    /// Starts it with these options besides `--listen`, and waits for the line that says where it is.
    pub fn serve(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_assay"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("assay listening on ").map(str::to_owned);
        let base = base.unwrap_or_else(|| panic!("it said {line:?}"));
        Self { child, base }
    }

    pub fn client(&self, key: &str) -> Client {
        Client { base: self.base.clone(), key: key.to_owned(), agent: agent() }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.base.strip_prefix("http://").unwrap()
    }

    /// Kills it; gives what it wrote to stderr, which must fit into a pipe.
    pub fn into_stderr(mut self) -> String {
        self.child.kill().unwrap();
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
