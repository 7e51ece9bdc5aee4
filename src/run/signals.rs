//! The signals that are meant for the command: whoever sends one to us means what we run. We stay, to tell what
//! there is to tell.

use std::{future::Future, io};

#[cfg(unix)]
pub(super) use unix::Signals;
#[cfg(not(unix))]
pub(super) use windows::Signals;

/// From now on, waits for a signal that is meant for ourselves, since the command has ended: gives the exit code of
/// who is ended by it. Those that came before are over.
///
/// # Errors
///
/// Where the system gives no word of signals.
pub fn interruption() -> io::Result<impl Future<Output = u8> + Send> {
    let mut signals = Signals::listen()?;
    Ok(async move { code(signals.next().await) })
}

#[cfg(unix)]
fn code(signal: rustix::process::Signal) -> u8 {
    u8::try_from(signal.as_raw()).map_or(1, |signal| signal.saturating_add(128))
}

#[cfg(not(unix))]
fn code((): ()) -> u8 {
    130
}

#[cfg(unix)]
mod unix {
    use std::task::Poll;

    use rustix::process::Signal;
    use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

    use super::io;

    /// Those that end or tell a program, as numbers and as what is sent on.
    const KINDS: [(fn() -> SignalKind, Signal); 6] = [
        (SignalKind::interrupt, Signal::INT),
        (SignalKind::terminate, Signal::TERM),
        (SignalKind::hangup, Signal::HUP),
        (SignalKind::quit, Signal::QUIT),
        (SignalKind::user_defined1, Signal::USR1),
        (SignalKind::user_defined2, Signal::USR2),
    ];

    /// Signals on their way to the command.
    pub(in crate::run) struct Signals(Vec<(Listener, Signal)>);

    impl Signals {
        /// From here on they are ours. One that was ignored when we were started (by `nohup`, say) stays so, for
        /// the command too.
        pub(in crate::run) fn listen() -> io::Result<Self> {
            let ignored = ignored();
            let ours = KINDS.iter().filter(|(_, signal)| ignored & (1 << (signal.as_raw() - 1)) == 0);
            ours.map(|(kind, it)| Ok((signal(kind())?, *it))).collect::<io::Result<_>>().map(Self)
        }

        /// The next one.
        pub(in crate::run) async fn next(&mut self) -> Signal {
            std::future::poll_fn(|cx| {
                let mut came = self.0.iter_mut().filter_map(|(listener, signal)| {
                    matches!(listener.poll_recv(cx), Poll::Ready(Some(()))).then_some(*signal)
                });
                came.next().map_or(Poll::Pending, Poll::Ready)
            })
            .await
        }
    }

    /// A bit for each signal that is ignored, where the system tells (Linux does).
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
