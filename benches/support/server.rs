//! A server as a process of its own, ended when it is dropped: the release build of `assay serve`, or the
//! bare one. What it costs is read from `/proc`, where there is one.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::bare;

/// A running server.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// `assay serve` on a free port, with these options besides: of this build, or the program that
    /// `ASSAY_BENCH_PROGRAM` names. What it logs goes nowhere.
    pub fn assay(options: &[&str]) -> Self {
        Self::other(options).unwrap_or_else(|| Self::this(options))
    }

    /// As [`Self::assay`], and always of this build.
    pub fn this(options: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_assay").as_ref(), options)
    }

    /// As [`Self::assay`], of the program that `ASSAY_BENCH_PROGRAM` names, where it does.
    pub fn other(options: &[&str]) -> Option<Self> {
        std::env::var_os("ASSAY_BENCH_PROGRAM").map(|program| Self::of(&program, options))
    }

    /// `assay proxy` of this build before an upstream.
    pub fn proxy(upstream: SocketAddr, options: &[&str]) -> Self {
        let upstream = format!("http://{upstream}");
        let command = ["proxy", "--upstream", &upstream];
        Self::of_command(env!("CARGO_BIN_EXE_assay").as_ref(), &command, options)
    }

    fn of(program: &OsStr, options: &[&str]) -> Self {
        Self::of_command(program, &["serve"], options)
    }

    fn of_command(program: &OsStr, command: &[&str], options: &[&str]) -> Self {
        let words = command;
        let mut command = Command::new(program);
        command.args(words).args(["--listen", "127.0.0.1:0"]).args(options);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ASSAY_") {
                command.env_remove(name);
            }
        }
        Self::start(&mut command)
    }

    /// The bare server, whose answers have this many bytes.
    pub fn bare(length: usize) -> Self {
        Self::start(Command::new(std::env::current_exe().unwrap()).env(bare::LENGTH, length.to_string()))
    }

    /// Starts a server that tells its address at the end of its first line.
    fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().rsplit('/').next().unwrap().parse().unwrap();
        Self { child, address }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long all of its threads have run so far; `None` where the system does not tell.
    pub fn processor_time(&self) -> Option<Duration> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let nanoseconds = tasks.filter_map(|task| {
            let times = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            times.split_whitespace().next()?.parse::<u64>().ok()
        });
        Some(Duration::from_nanos(nanoseconds.sum()))
    }

    /// Its resident memory in bytes; `None` where the system does not tell.
    pub fn resident(&self) -> Option<f64> {
        self.status("VmRSS:")
    }

    /// The most that it has been.
    pub fn peak(&self) -> Option<f64> {
        self.status("VmHWM:")
    }

    /// As much of it as is the process's own, without the program's file, which is in the page cache anyway.
    pub fn own_memory(&self) -> Option<f64> {
        self.status("RssAnon:")
    }

    fn status(&self, name: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes * 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
