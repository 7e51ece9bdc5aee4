//! How a connection ends where HTTP has no words for it.

use std::{fmt, pin::Pin};

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

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "Reset",
            Self::Close => "Close",
            Self::Hang(_) => "Hang",
        })
    }
}
