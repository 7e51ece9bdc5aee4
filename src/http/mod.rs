//! HTTP/1.1 on sockets: the accept loop, the bounds, bodies that may stop, the lingering close, the
//! graceful end, and what can be done to a connection on purpose. Knows no operation: `emulator` hands it a handler.

mod body;
#[cfg(feature = "tls")]
mod connect;
mod connection;
mod files;
mod linger;
mod patience;
mod server;
mod stream;
mod unreadable;
mod url;

pub use body::RequestBody;
#[cfg(feature = "tls")]
pub use connect::{CaError, ConnectError, Connection, Connector, crypto_provider};
pub use connection::{ConnectionHandle, Ending};
pub use files::allow_many_files;
pub use patience::Patience;
pub use server::{Limits, Service, Stop, Stopper, serve, stopper};
pub use stream::{Handshake, Tunnel, Via};
pub use unreadable::Unreadable;
pub use url::{HttpUrl, InvalidUrl, Origin};
