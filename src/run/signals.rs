//! The signals that are meant for the command: whoever sends one to us means what we run. We stay, to tell what
//! there is to tell.

use std::io;

#[cfg(unix)]
pub(super) use unix::Signals;
#[cfg(not(unix))]
pub(super) use windows::Signals;

#[cfg(unix)]
mod unix {
    use std::task::Poll;

    use rustix::process::Signal;
    use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

    use super::io;

    /// Those that end or tell a program, as numbers and as what is sent on.
    const KINDS: [(fn() -> SignalKind, Signal); 4] = [
        (SignalKind::interrupt, Signal::INT),
        (SignalKind::terminate, Signal::TERM),
        (SignalKind::hangup, Signal::HUP),
        (SignalKind::quit, Signal::QUIT),
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
