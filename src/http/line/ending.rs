//! How a connection ends where HTTP has no words for it. The connection's task carries it out, on what hyper leaves.

use std::{fmt, future::poll_fn, pin::Pin};

use tokio::io::AsyncWriteExt;

use crate::http::{linger::Lingering, server::Stop};

/// How a connection ends without another word of HTTP.
pub enum Ending {
    /// It is reset: the client's next read or write fails, and what was on its way is lost.
    Reset,
    /// It is closed without an answer. What the client still sends is taken, so that it reads a clean end.
    Close,
    /// It is held without an answer until this future ends, the client closes its half or the server stops; then
    /// it is closed. What still comes is thrown away, so that an upload completes.
    Hang(Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl Ending {
    /// Ends the connection this way.
    pub(in crate::http) async fn carry_out(self, mut stream: Lingering, mut stop: Stop) {
        match self {
            Self::Reset => return stream.reset(),
            Self::Close => {}
            Self::Hang(until) => tokio::select! {
                () = until => {}
                () = stop.told() => {}
                () = async { while poll_fn(|cx| stream.poll_discard(cx)).await > 0 {} } => {}
            },
        }
        // Whoever is gone needs no end.
        let _ = stream.shutdown().await;
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "Reset",
            Self::Close => "Close",
            Self::Hang(_) => "Hang",
        })
    }
}
