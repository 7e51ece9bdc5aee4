//! A headless Chromium with a page, ended with all of its processes when dropped.

use std::{
    fs,
    io::Read,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::support::installed::{Need, are_here};

/// The names that it is installed under.
const NAMES: [Need; 4] = [
    Need("chromium", "chromium", &["--version"]),
    Need("chromium", "chromium-browser", &["--version"]),
    Need("chromium", "google-chrome", &["--version"]),
    Need("chromium", "google-chrome-stable", &["--version"]),
];

/// It connects only to the page's servers, and shows no prompts.
const QUIETLY: [&str; 10] = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    // Containers give little shared memory.
    "--disable-dev-shm-usage",
];

/// A browser that shows a page.
pub struct Chromium {
    child: Child,
    folder: TempDir,
}

impl Chromium {
    /// The program, where it is installed. Where it must be (`CI=true`) and is not, the test fails.
    #[track_caller]
    pub fn installed() -> Option<&'static str> {
        let found = NAMES.iter().find(|name| name.is_met());
        found.or_else(|| are_here("an upload from a browser", &NAMES[..1]).then_some(&NAMES[0])).map(|n| n.1)
    }

    /// Opens a page with a new profile.
    pub fn open(program: &str, url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(program);
        command.args(QUIETLY).arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
        // Its sandbox does not start for root, which is who tests are in a container.
        #[cfg(unix)]
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        let log = fs::File::create(folder.path().join("log.txt")).unwrap();
        // Files that remain after a kill are deleted with the folder.
        command.env("TMPDIR", folder.path());
        command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // A new process group: child processes end with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self { child: command.spawn().unwrap(), folder }
    }

    /// Returns its stderr.
    pub fn log(&self) -> String {
        let mut log = String::new();
        let file = fs::File::open(self.folder.path().join("log.txt"));
        let _ = file.and_then(|mut file| file.read_to_string(&mut log));
        log
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Not waited for yet, so that its id is still its own.
        #[cfg(unix)]
        crate::support::installed::kill_group(self.child.id());
        #[cfg(not(unix))]
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its other processes are as good as dead, and may still write for a moment.
        for _ in 0..100 {
            if fs::remove_dir_all(self.folder.path()).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}
