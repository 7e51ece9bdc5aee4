//! Ends of a connection that HTTP cannot express. The connection's task carries them out on hyper's socket.

use std::{fmt, future::poll_fn, pin::Pin};

use bytes::Bytes;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::http::{
    linger::Lingering,
    server::Stop,
    stream::{Stream, Tunnel},
};

/// End of a connection without further HTTP.
pub enum Ending {
    /// Reset: the client's next read or write fails, and bytes on their way are lost.
    Reset,
    /// Closes without an answer. Reads the client's remaining bytes, so that the client sees a clean end.
    Close,
    /// It is held without an answer until this future ends, the client closes its half or the server stops; then
    /// it is closed. What still comes is thrown away, so that an upload completes.
    Hang(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// `CONNECT` is answered with 200, and the connection begins anew: in the clear or with TLS, for this target.
    Intercept(Tunnel),
    /// Tunnels to and from this stream. `announced`: answers `CONNECT` with 200 first.
    Tunnel {
        /// The connection to the target.
        target: TcpStream,
        /// Whether it is the answer to a `CONNECT`.
        announced: bool,
    },
}

/// The answer to `CONNECT`.
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 ConnectionHandle Established\r\n\r\n";

impl Ending {
    /// Ends the connection this way; `read` was read from it already. Gives back a connection that begins anew, with
    /// its `CONNECT`. TLS ends without a word: a fault acts on the socket.
    pub(in crate::http) async fn carry_out(
        self,
        mut stream: Stream,
        read: Bytes,
        mut stop: Stop,
    ) -> Option<(Lingering, Tunnel)> {
        if matches!(self, Self::Close) {
            // TLS may still buffer output. A disconnected client needs no end, here and below.
            let _ = stream.flush().await;
        }
        let mut socket = stream.into_socket();
        match self {
            Self::Reset => {
                socket.reset();
                return None;
            }
            Self::Close => {}
            Self::Hang(until) => tokio::select! {
                () = until => {}
                () = stop.requested() => {}
                () = async { while poll_fn(|cx| socket.poll_discard(cx)).await > 0 {} } => {}
            },
            Self::Intercept(tunnel) => {
                socket.write_all(ESTABLISHED).await.ok()?;
                socket.unread(read);
                return Some((socket, tunnel));
            }
            Self::Tunnel { mut target, announced } => {
                if announced {
                    socket.write_all(ESTABLISHED).await.ok()?;
                }
                let (mut client, _) = socket.into_tcp();
                tokio::select! {
                    _ = async {
                        target.write_all(&read).await?;
                        tokio::io::copy_bidirectional(&mut client, &mut target).await
                    } => {}
                    () = stop.requested() => {}
                }
                return None;
            }
        }
        let _ = socket.shutdown().await;
        None
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "Reset",
            Self::Close => "Close",
            Self::Hang(_) => "Hang",
            Self::Intercept(_) => "Intercept",
            Self::Tunnel { .. } => "Tunnel",
        })
    }
}
