//! The emulator as one thing: the server put together, the way of one exchange through them, and the handle
//! that the library's users hold.

mod alloy_side;
mod builder;
mod compose;
mod date;
mod fault;
mod forward;
mod handle;
mod host;
mod initial;
mod log;
mod pipeline;
mod recorder;
mod reporter;
mod results;
mod s3_side;
mod sign;
mod stored;
mod surroundings;
mod tls;
mod unreadable;

pub use builder::Builder;
pub use compose::{Server, SetUpError};
pub use handle::{Emulator, EmulatorClock, StartError, StoredObject};
pub use initial::UnreadableFile;
pub use results::Results;

pub(crate) use compose::ca_pem;
pub(crate) use forward::PRODUCTION;
pub(crate) use handle::base_url;
pub(crate) use pipeline::serve;

/// How many threads hash uploads and read and write temporary files at the most. More would only take turns on
/// the same processors.
pub(crate) const BLOCKING_THREADS: usize = 16;
