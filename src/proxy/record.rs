//! Records exchanges as HAR while they happen. The file is whole after each of them, however the run ends.

use std::{
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

use crate::{
    exchange::Exchange,
    report::{HAR_END, begin_har, har_entry},
};

/// Writes a HAR file.
#[derive(Debug)]
pub struct Recorder(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    /// Position of the next entry.
    end: u64,
    is_first: bool,
    has_failed: bool,
}

impl Recorder {
    /// Creates a file, or replaces an existing one.
    ///
    /// # Errors
    ///
    /// The system's error, or the path is not a file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        let begin = begin_har();
        file.write_all(format!("{begin}{HAR_END}").as_bytes())?;
        let inner = Inner { file, end: begin.len() as u64, is_first: true, has_failed: false };
        Ok(Self(Mutex::new(inner)))
    }

    /// Adds an exchange, which is masked.
    pub(super) fn write(&self, exchange: &Exchange) {
        let entry = har_entry(exchange).to_string();
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let separator = if std::mem::take(&mut inner.is_first) { "" } else { ",\n" };
        let text = format!("{separator}{entry}{HAR_END}");
        let at = inner.end;
        let written =
            inner.file.seek(SeekFrom::Start(at)).and_then(|_| inner.file.write_all(text.as_bytes()));
        match written {
            Ok(()) => inner.end += (text.len() - HAR_END.len()) as u64,
            Err(error) if !inner.has_failed => {
                inner.has_failed = true;
                tracing::error!("--record: cannot write: {error}");
            }
            Err(_) => {}
        }
    }
}
