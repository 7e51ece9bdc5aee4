//! The emulator put together: the composition root, the path of one exchange through the layers (`path`), and the
//! handle that the library's users hold.

mod builder;
mod call;
mod compose;
mod explain;
mod fault;
mod forward;
mod handle;
mod host;
mod initial;
mod log;
#[cfg(feature = "cli")]
mod pass;
mod path;
mod records;
#[cfg(feature = "cli")]
mod replay;
mod sign;
mod stored;
mod surroundings;
#[cfg(feature = "tls")]
mod tls;
mod unreadable;

pub use builder::Builder;
#[cfg(feature = "tls")]
pub use compose::InterceptError;
pub use compose::{Server, SetUpError};
pub use handle::{Emulator, EmulatorClock, EmulatorFaults, StartError, StoredFile};
pub use records::Records;
#[cfg(feature = "cli")]
pub use replay::{Replayed, replay};

#[cfg(feature = "cli")]
pub(crate) use compose::ca_pem;
pub(crate) use handle::base_url;
pub(crate) use log::{Findings, Found};
pub(crate) use path::serve;

/// Limit on the threads that hash uploads and access temporary files. More would only share the same processors.
pub(crate) const BLOCKING_THREADS: usize = 16;
