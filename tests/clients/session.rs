//! A client at work with one emulator.

use std::{collections::BTreeMap, path::Path, process::Command};

use alloy_assay::Emulator;

use super::support::installed::{Program, Run, run};

/// A client that talks to an emulator.
#[derive(Debug)]
pub struct Session<'a> {
    program: &'a Program,
    base_url: String,
}

/// A file to upload.
#[derive(Debug)]
pub struct File<'a> {
    pub path: &'a Path,
    /// Announced name, if it differs from the file's.
    pub filename: Option<&'a str>,
    pub mime_type: &'a str,
}

/// Output of a client about an upload.
#[derive(Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub r#type: String,
    pub key: String,
}

impl<'a> Session<'a> {
    /// A client that calls Alloy's paths behind `prefix`.
    pub fn new(program: &'a Program, emulator: &Emulator, prefix: &str) -> Self {
        Self { program, base_url: format!("{}{prefix}", emulator.base_url()) }
    }

    fn command(&self) -> Command {
        let mut command = self.program.command();
        command.env("ALLOY_BASE_URL", &self.base_url).env("ALLOY_API_KEY", "alice-key");
        for optional in ["ALLOY_USER_ID", "ALLOY_FILENAME", "ALLOY_MIME_TYPE"] {
            command.env_remove(optional);
        }
        command
    }

    /// Uploads a file.
    #[track_caller]
    pub fn upload(&self, file: &File<'_>) -> Uploaded {
        let mut command = self.command();
        command.arg(file.path).env("ALLOY_MIME_TYPE", file.mime_type);
        if let Some(filename) = file.filename {
            command.env("ALLOY_FILENAME", filename);
        }
        let printed = run(&mut command).expect_success();
        let (r#type, key) = printed.trim_end().split_once('\n').expect(&printed);
        Uploaded { r#type: r#type.trim_end().to_owned(), key: key.to_owned() }
    }

    /// PUTs a file to a given URL.
    #[track_caller]
    pub fn put(&self, url: &str, file: &Path) -> Run {
        run(self.command().args(["--put", url]).arg(file))
    }

    /// The keys that are listed, with their sizes.
    #[track_caller]
    pub fn list(&self) -> BTreeMap<String, u64> {
        let printed = run(self.command().arg("--list")).expect_success();
        let file = |line: &str| {
            let (key, size) = line.split_once(' ').expect(line);
            (key.to_owned(), size.parse().expect(line))
        };
        printed.lines().map(file).collect()
    }

    /// Deletes a file.
    #[track_caller]
    pub fn delete(&self, key: &str) {
        run(self.command().args(["--delete", key])).expect_success();
    }
}
