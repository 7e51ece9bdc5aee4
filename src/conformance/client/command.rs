//! The client's command, with a placeholder for the file.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::Path,
    process::Stdio,
};

use tokio::process::Command;

/// The placeholder for the file's path.
const FILE: &str = "{file}";

/// A command that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum BadCommand {
    /// No command.
    #[error(
        "no client to test: add its command after `--`, as in: assay conformance client -- node upload.mjs"
    )]
    Missing,
    /// The program cannot be started.
    #[error(
        "`{program}` cannot be started: {source}; check its name, and pass each argument separately (a shell command as \
         sh -c '…' sh {{file}})"
    )]
    Start {
        /// The program.
        program: String,
        /// The system's error.
        source: io::Error,
    },
}

/// The words of a command, the program first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words(Vec<OsString>);

impl Words {
    pub(super) fn new(words: Vec<OsString>) -> Self {
        Self(words)
    }

    /// Fails if the program does not exist.
    pub(super) fn check(&self) -> Result<(), BadCommand> {
        if self.0.is_empty() { Err(BadCommand::Missing) } else { Ok(()) }
    }

    /// Returns the command as it would be typed.
    pub(super) fn text(&self) -> String {
        let words = self.0.iter().map(|word| {
            let word = word.to_string_lossy();
            let is_plain = !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./=:{}@%+,".contains(&b));
            if is_plain { word.into_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns the command for a file: its path replaces `{file}`, or is the last argument.
    pub(super) fn for_file(&self, path: &Path) -> Result<Command, BadCommand> {
        let has_place = self.0.iter().skip(1).any(|word| word.to_string_lossy().contains(FILE));
        let mut command = self.command(|word| replaced(word, path))?;
        if !has_place {
            command.arg(path);
        }
        Ok(command)
    }

    /// Returns the command for all files.
    pub(super) fn for_all(&self) -> Result<Command, BadCommand> {
        self.command(OsStr::to_owned)
    }

    /// Returns the command, with its own process group and streams.
    fn command(&self, argument: impl Fn(&OsStr) -> OsString) -> Result<Command, BadCommand> {
        let (program, arguments) = self.0.split_first().ok_or(BadCommand::Missing)?;
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|word| argument(word)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        // The settings of this program must not change an emulator that the client starts.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ASSAY_") {
                command.env_remove(name);
            }
        }
        Ok(command)
    }

    /// Returns the error for a command that did not start.
    pub(super) fn not_started(&self, source: io::Error) -> BadCommand {
        let program =
            self.0.first().map(|program| program.to_string_lossy().into_owned()).unwrap_or_default();
        BadCommand::Start { program, source }
    }
}

fn replaced(word: &OsStr, path: &Path) -> OsString {
    match word.to_str() {
        Some(text) if text == FILE => path.as_os_str().to_owned(),
        Some(text) if text.contains(FILE) => text.replace(FILE, &path.to_string_lossy()).into(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Words {
        Words::new(words.iter().map(OsString::from).collect())
    }

    #[test]
    fn puts_the_file_at_its_placeholder_or_last() {
        let arguments = |command: &Words| -> Vec<String> {
            let command = command.for_file(Path::new("/t/a b")).unwrap();
            command.as_std().get_args().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(arguments(&words(&["up", "--fast"])), ["--fast", "/t/a b"]);
        assert_eq!(arguments(&words(&["up", "{file}", "--in={file}"])), ["/t/a b", "--in=/t/a b"]);
        assert!(matches!(words(&[]).for_file(Path::new("/t")), Err(BadCommand::Missing)));
    }

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        assert_eq!(words(&["node", "a b.mjs", "{file}"]).text(), "node 'a b.mjs' {file}");
    }
}
