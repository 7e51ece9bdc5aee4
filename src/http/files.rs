//! Limit of open files. `serve` raises it at the start, `run` once its command has inherited the original limit.

/// Every connection is an open file, and so is every stored object above `--spill-over`: the usual soft limit of
/// 1,024 is too few, so as many are taken as this user may have.
#[cfg(unix)]
pub fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// For systems without such a limit.
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

/// The system has no such limit.
#[cfg(not(unix))]
pub fn allow_many_files() {}
