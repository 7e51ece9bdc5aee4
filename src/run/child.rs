//! The command as a process: it has our standard streams and gets our signals; after a time limit, it is ended with its
//! child processes.
//!
//! On a terminal, the command stays in our process group, so that it can use the terminal. Ctrl-C and Ctrl-Z then reach
//! both of us, and are not passed on; signals to our process alone are. Without a terminal, the command leads its own
//! group, which gets our signals.

use std::{ffi::OsString, io, time::Duration};

use tokio::process::Command;

#[cfg(unix)]
use super::signals::Came;
use super::{RunError, Signals};
use crate::report::Ended;

/// Time for the command to end after SIGTERM.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(5);

/// A command that runs.
pub(super) struct Child {
    process: tokio::process::Child,
    /// Terminal shared with the command. Without one, the command leads its own group.
    #[cfg(unix)]
    terminal: Option<std::fs::File>,
}

impl Child {
    /// Starts a command with these variables, and ours without the hidden ones.
    pub(super) fn start(
        command: &super::Command<'_>,
        environment: Vec<(&'static str, OsString)>,
    ) -> Result<Self, RunError> {
        let (program, arguments) = command.words.split_first().ok_or_else(no_command)?;
        let hidden = &command.hidden;
        let mut command = Command::new(program);
        hidden.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.args(arguments).envs(environment);
        #[cfg(unix)]
        let terminal = terminal();
        #[cfg(unix)]
        if terminal.is_none() {
            command.process_group(0);
        }
        let process = command
            .spawn()
            .map_err(|source| RunError::Start { command: program.to_string_lossy().into_owned(), source })?;
        Ok(Self {
            process,
            #[cfg(unix)]
            terminal,
        })
    }

    /// Waits for its end, for as long as `limit` at the most.
    pub(super) async fn attend(
        &mut self,
        signals: &mut Signals,
        limit: Option<Duration>,
    ) -> io::Result<Ended> {
        let Some(limit) = limit else { return self.wait(signals).await };
        if let Ok(ended) = tokio::time::timeout(limit, self.wait(signals)).await {
            return ended;
        }
        self.end(signals).await;
        Ok(Ended::TimedOut(limit))
    }

    async fn wait(&mut self, signals: &mut Signals) -> io::Result<Ended> {
        loop {
            tokio::select! {
                status = self.process.wait() => return status.map(Ended::of),
                signal = signals.next() => self.pass_on(signal),
            }
        }
    }
}

#[cfg(unix)]
impl Child {
    /// Passes on a signal, unless the command has got it already.
    fn pass_on(&self, came: Came) {
        use rustix::process::{Signal, kill_process, kill_process_group};
        let Some(id) = self.id() else { return };
        let signal = came.signal;
        // It may be gone by now, and needs no signal then.
        let _ = match &self.terminal {
            // Other signals would end programs that do not expect them.
            None if !matches!(signal, Signal::USR1 | Signal::USR2) => kill_process_group(id, signal),
            Some(terminal) if has_it_too(came, is_foreground(terminal)) => Ok(()),
            _ => kill_process(id, signal),
        };
    }

    /// Ends the command and its children: SIGTERM first. Another signal skips the wait.
    async fn end(&mut self, signals: &mut Signals) {
        use rustix::process::Signal;
        let Some(id) = self.id() else { return };
        let mut processes = super::processes::Processes::of(id, self.terminal.is_none());
        processes.send(Signal::TERM);
        let are_gone = tokio::select! {
            gone = tokio::time::timeout(GRACE, self.gone(&mut processes)) => gone.is_ok(),
            _ = signals.next() => false,
        };
        if !are_gone {
            processes.send(Signal::KILL);
            let _ = tokio::time::timeout(GRACE, self.gone(&mut processes)).await;
        }
    }

    /// Waits until no process of it runs.
    async fn gone(&mut self, processes: &mut super::processes::Processes) {
        let _ = self.process.wait().await;
        while !processes.are_gone() {
            #[expect(clippy::disallowed_methods, reason = "nobody tells when somebody else's child ends")]
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn id(&self) -> Option<rustix::process::Pid> {
        self.process.id().and_then(|id| rustix::process::Pid::from_raw(id.try_into().ok()?))
    }
}

#[cfg(not(unix))]
impl Child {
    fn pass_on(&self, (): ()) {}

    async fn end(&mut self, _signals: &mut Signals) {
        let _ = self.process.kill().await;
    }
}

/// Returns the terminal, if Ctrl-C can come from it.
#[cfg(unix)]
fn terminal() -> Option<std::fs::File> {
    std::fs::File::open("/dev/tty").ok()
}

/// Returns whether our group is the one that the terminal's keys reach; `None` once the terminal is gone.
#[cfg(unix)]
fn is_foreground(terminal: &std::fs::File) -> Option<bool> {
    rustix::termios::tcgetpgrp(terminal).ok().map(|group| group == rustix::process::getpgrp())
}

/// Returns whether the command, which shares our group, may have got a signal as we did, from the terminal.
#[cfg(unix)]
fn has_it_too(came: Came, is_foreground: Option<bool>) -> bool {
    use rustix::process::Signal;
    match came.signal {
        Signal::INT | Signal::QUIT => !came.is_of_process && is_foreground == Some(true),
        // The terminal is gone. Its shell signals the group too.
        Signal::HUP => is_foreground.is_none(),
        _ => false,
    }
}

fn no_command() -> RunError {
    RunError::Start { command: String::new(), source: io::ErrorKind::InvalidInput.into() }
}
