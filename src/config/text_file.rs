//! Files that settings name.

use std::{
    fs,
    io::{ErrorKind, Read},
    path::Path,
};

use super::Problem;

/// More than anybody writes, and less than what `--config /dev/zero` would read.
const MAX_BYTES: u64 = 1 << 20;

/// Reads a file of text.
pub(super) fn read_text(path: &Path) -> Result<String, Problem> {
    let content = read_bytes(path)?;
    let problem = |_| Problem::new(format_args!("`{}` is not valid UTF-8; save it as UTF-8", path.display()));
    String::from_utf8(content).map_err(problem)
}

/// Reads a file.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut content = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut content));
    match read {
        Ok(_) if content.len() as u64 > MAX_BYTES => {
            Err(Problem::new(format_args!("`{}` is larger than 1 MiB", path.display())))
        }
        Ok(_) => Ok(content),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(no_such_file(path)),
        Err(error) => Err(Problem::new(format_args!("cannot read `{}`: {error}", path.display()))),
    }
}

fn no_such_file(path: &Path) -> Problem {
    Problem::new(format_args!("no such file: `{}`", path.display()))
}
