//! HTTP/1.1 on sockets: the accept loop, limits, bodies that may stop, the lingering close, the graceful shutdown, and
//! deliberate effects on a connection. Independent of operations: `server` passes in a handler.

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
