//! Signals for the command: one that is sent to `assay` is meant for it. `assay` stays, to report.

use std::{future::Future, io};

#[cfg(unix)]
pub(super) use unix::{Came, Signals};
#[cfg(not(unix))]
pub(super) use windows::Signals;

/// Waits for a signal after the command has ended, which ends `assay` itself; returns the exit
/// code. Earlier signals do not count.
///
/// # Errors
///
/// If the system cannot report signals.
pub fn interruption() -> io::Result<impl Future<Output = u8> + Send> {
    let mut signals = Signals::listen()?;
    Ok(async move { code(signals.next().await) })
}

#[cfg(unix)]
fn code(came: Came) -> u8 {
    u8::try_from(came.signal.as_raw()).map_or(1, |signal| signal.saturating_add(128))
}

#[cfg(not(unix))]
fn code((): ()) -> u8 {
    130
}

#[cfg(unix)]
mod unix {
    use std::{pin::Pin, task::Poll};

    use rustix::process::Signal;
    use signal_hook::iterator::{
        backend::{PollResult, SignalDelivery, SignalIterator},
        exfiltrator::WithRawSiginfo,
    };
    use tokio::{
        io::{AsyncRead, ReadBuf},
        net::UnixStream,
    };

    use super::io;

    /// Signals that end or notify a program.
    const KINDS: [Signal; 6] =
        [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2];

    /// A signal that came.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::run) struct Came {
        pub(in crate::run) signal: Signal,
        /// Whether a process sent it, and not a terminal, where the system says so (Linux).
        pub(in crate::run) is_of_process: bool,
    }

    /// Signals for the command. tokio's listener does not know their senders.
    pub(in crate::run) struct Signals(
        SignalIterator<SignalDelivery<UnixStream, WithRawSiginfo>, WithRawSiginfo>,
    );

    impl Signals {
        /// From here on they are ours. One that was ignored when we were started (by `nohup`, say) stays so, for
        /// the command too.
        pub(in crate::run) fn listen() -> io::Result<Self> {
            let ignored = ignored();
            let ours = KINDS.map(Signal::as_raw).into_iter().filter(|one| ignored & (1 << (one - 1)) == 0);
            let (read, write) = std::os::unix::net::UnixStream::pair()?;
            read.set_nonblocking(true)?;
            let read = UnixStream::from_std(read)?;
            let delivery = SignalDelivery::with_pipe(read, write, WithRawSiginfo, ours)?;
            Ok(Self(SignalIterator::new(delivery)))
        }

        /// Returns the next signal.
        pub(in crate::run) async fn next(&mut self) -> Came {
            std::future::poll_fn(|cx| {
                let mut woken = |read: &mut UnixStream| {
                    let is_read = Pin::new(read).poll_read(cx, &mut ReadBuf::new(&mut [0]));
                    if let Poll::Ready(read) = is_read { read.map(|()| true) } else { Ok(false) }
                };
                let PollResult::Signal(info) = self.0.poll_signal(&mut woken) else { return Poll::Pending };
                // Other signals are not registered.
                let Some(signal) = Signal::from_named_raw(info.si_signo) else { return Poll::Pending };
                // The kernel's own, a terminal's among them, have a code above 0.
                let is_of_process = cfg!(target_os = "linux") && info.si_code <= 0;
                Poll::Ready(Came { signal, is_of_process })
            })
            .await
        }
    }

    /// Returns a bit for each ignored signal, if the system has them (Linux).
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }
}

#[cfg(not(unix))]
mod windows {
    use super::io;

    /// Ctrl-C, which reaches the command by itself; we outlive it.
    pub(in crate::run) struct Signals;

    impl Signals {
        #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
        pub(in crate::run) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in crate::run) async fn next(&mut self) {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
