//! How many files the process may have open. `serve` raises it at its start, `run` once its command has the limit
//! that it would have without us.

/// Every connection is an open file, and so is every stored object above `--spill-over`: the usual soft limit of
/// 1,024 is too few, so as many are taken as this user may have.
#[cfg(unix)]
pub fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// Where the system sets no limit.
    const MANY: u64 = 1 << 20;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(MANY);
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn allow_many_files() {}
