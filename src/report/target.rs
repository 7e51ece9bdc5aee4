//! Writes a report whole or not at all, and checks before the run whether it can be written.

use std::{
    fs::{self, File, Metadata},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::Stream;

/// A place for one report, which can be written.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// A temporary file next to the target, renamed when it is complete. Permissions of an existing file stay.
    Beside { file: PathBuf, there: Option<Metadata> },
    /// Straight to it: one of our own streams.
    Stream,
    /// The target itself: a terminal, a pipe or a device, opened in advance.
    Straight(File),
}

/// A report that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be written: {source}; {}", path.display(), remedy(source))]
pub struct Unwritable {
    path: PathBuf,
    source: io::Error,
}

impl Target {
    /// Checks that `path` can be written. Does not change an existing file.
    ///
    /// # Errors
    ///
    /// [`Unwritable`] if it cannot.
    pub fn open(path: &Path) -> Result<Self, Unwritable> {
        let way = way(path).map_err(|source| Unwritable { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), way })
    }

    /// Returns whether both would replace the same file, however it is written: one of them would be lost.
    pub fn is_same_file(&self, other: &Self) -> bool {
        let name = |target: &Self| match &target.way {
            Way::Beside { file, .. } => {
                Some((fs::canonicalize(folder(file)).ok()?, file.file_name()?.to_owned()))
            }
            Way::Stream | Way::Straight(_) => None,
        };
        name(self).is_some_and(|ours| name(other) == Some(ours))
    }

    /// Returns the path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// [`Unwritable`], for example on a full disk. An existing file is still there.
    pub fn write(self, text: &str) -> Result<(), Unwritable> {
        let Self { path, way } = self;
        let written = match way {
            Way::Beside { file, there } => replace(&file, there.as_ref(), text),
            Way::Stream => stream(&path, text),
            Way::Straight(file) => Stream::new(file).write(text.as_bytes()),
        };
        written.map_err(|source| Unwritable { path, source })
    }
}

fn way(path: &Path) -> io::Result<Way> {
    // Also if it leads to a file: its other content must stay.
    if path.starts_with("/dev") || path.starts_with("/proc") {
        fs::metadata(path)?;
        return if is_stream(path) { Ok(Way::Stream) } else { straight(path).map(Way::Straight) };
    }
    let there = match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => return straight(path).map(Way::Straight),
        Ok(there) => {
            // Writes nothing, but shows whether it may.
            File::options().append(true).open(path)?;
            Some(there)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // Behind a link, the file is replaced and not the link.
    let path = if there.is_some() { fs::canonicalize(path)? } else { behind_links(path)? };
    fs::metadata(folder(&path))?;
    // It goes at once: nothing lies about while the command runs, which may even clear the folder.
    beside(&path, there.as_ref())?;
    Ok(Way::Beside { file: path, there })
}

/// Returns where a link leads that leads to no file yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many as Linux follows; the system has reported loops already.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = folder(&path).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Temporary file next to `path`, deleted on drop.
fn beside(path: &Path, there: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new();
    file.prefix(".assay-").suffix(".part");
    permit(&mut file, there);
    // Its own message would name the temporary file.
    file.tempfile_in(folder(path)).map_err(|error| io::Error::from(error.kind()))
}

/// Permissions: those of the existing file, or the default.
#[cfg(unix)]
fn permit(file: &mut tempfile::Builder<'_, '_>, there: Option<&Metadata>) {
    use std::os::unix::fs::PermissionsExt;
    let usual = || fs::Permissions::from_mode(0o666);
    file.permissions(there.map_or_else(usual, Metadata::permissions));
}

#[cfg(not(unix))]
fn permit(_file: &mut tempfile::Builder<'_, '_>, _there: Option<&Metadata>) {}

fn replace(path: &Path, there: Option<&Metadata>, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder(path))?;
    let mut file = beside(path, there)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn stream(path: &Path, text: &str) -> io::Result<()> {
    let stream = if path == Path::new("/dev/stdout") { Stream::stdout() } else { Stream::stderr() };
    stream.write(text.as_bytes())
}

fn is_stream(path: &Path) -> bool {
    path == Path::new("/dev/stdout") || path == Path::new("/dev/stderr")
}

/// Opens a special file without waiting for a pipe's reader.
#[cfg(unix)]
fn straight(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::{
        fs::{OFlags, fcntl_getfl, fcntl_setfl},
        io::Errno,
    };
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let opened = File::options().append(true).custom_flags(flags).open(path);
    let file = opened.map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::NXIO) => io::Error::new(io::ErrorKind::NotConnected, "it has no reader"),
        _ => error,
    })?;
    // From here on it may wait: a reader takes its time, and a signal ends us.
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

#[cfg(not(unix))]
fn straight(path: &Path) -> io::Result<File> {
    File::options().append(true).open(path)
}

fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotConnected => "start its reader first",
        _ => "name a file in a folder that is there and can be written to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_report_replaces_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "before").unwrap();
        let target = Target::open(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        target.write("after").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn nothing_lies_about_until_then_and_the_folder_may_be_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("build");
        fs::create_dir(&below).unwrap();
        let target = Target::open(&below.join("report.json")).unwrap();
        fs::remove_dir(&below).unwrap();
        target.write("whole").unwrap();
        assert_eq!(fs::read_to_string(below.join("report.json")).unwrap(), "whole");
    }

    #[test]
    fn reports_an_unwritable_file_before_writing() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("nowhere/report.json")] {
            let error = Target::open(&path).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn behind_a_link_the_file_is_replaced_and_keeps_who_may_read_it() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "before").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        Target::open(&link).unwrap().write("after").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "after");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        let (dangling, behind) = (folder.path().join("dangling"), folder.path().join("behind"));
        symlink("behind", &dangling).unwrap();
        let [one, other] = [&dangling, &behind].map(|path| Target::open(path).unwrap());
        assert!(one.is_same_file(&other));
        one.write("made").unwrap();
        assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&behind).unwrap(), "made");
        let new = folder.path().join("new");
        Target::open(&new).unwrap().write("new").unwrap();
        assert_ne!(fs::metadata(&new).unwrap().permissions().mode() & 0o044, 0, "others may read it");
        let pipe = Target::open(Path::new("/dev/null")).unwrap();
        pipe.write("gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
