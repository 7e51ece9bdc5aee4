//! The reference clients: the correct ones of `fixtures/clients/` and `examples/upload.rs`; and the broken ones of
//! `fixtures/clients/broken.toml`, each one change away from a correct one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use toml::de::{DeTable, DeValue};

use super::installed::{Need, are_here, run};

/// A client: its file's name, its interpreter, and its requirements.
#[derive(Debug)]
pub struct Reference {
    pub file: &'static str,
    runner: Option<&'static str>,
    needs: &'static [Need],
}

pub const BASH: Reference = Reference {
    file: "upload.sh",
    runner: Some("bash"),
    needs: &[
        Need("bash (4.4 or newer)", "bash", &["-c", "mapfile -t -d '' </dev/null"]),
        Need("curl (7.55 or newer)", "curl", &["--header", "@/dev/null", "--version"]),
        Need("jq (1.6 or newer)", "jq", &["--null-input", "$ARGS"]),
        Need("openssl", "openssl", &["version"]),
    ],
};

pub const NODE: Reference = Reference {
    file: "upload.mjs",
    runner: Some("node"),
    needs: &[Need(
        "node (20 or newer)",
        "node",
        &["-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"],
    )],
};

pub const PYTHON: Reference = Reference {
    file: "upload.py",
    runner: Some("python3"),
    needs: &[Need(
        "python3 (3.9 or newer)",
        "python3",
        &["-c", "import sys; sys.exit(sys.version_info < (3, 9))"],
    )],
};

pub const RUST: Reference = Reference { file: "upload.rs", runner: None, needs: &[] };

/// The folder of those that are scripts.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clients")
}

impl Reference {
    /// The one of a file's name.
    #[track_caller]
    pub fn of(file: &str) -> &'static Self {
        let all = [&BASH, &NODE, &PYTHON, &RUST];
        all.into_iter()
            .find(|client| client.file == file)
            .unwrap_or_else(|| panic!("there is no client {file}"))
    }

    /// Whether it can be run here, as [`are_here`] has it.
    #[track_caller]
    pub fn is_here(&self) -> bool {
        are_here(self.file, self.needs)
    }

    /// The command that runs it.
    pub fn command(&self) -> Command {
        self.command_of(&folder().join(self.file))
    }

    /// The command that runs a script in its place.
    fn command_of(&self, script: &Path) -> Command {
        let mut command = match self.runner {
            None => return Command::new(&*EXAMPLE),
            Some("python3") => Command::new(&*PYTHON3),
            Some(runner) => Command::new(runner),
        };
        command.arg(script);
        command
    }
}

/// The program of `examples/upload.rs`. Cargo does not build it for a single test binary.
static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = Path::new(env!("CARGO_BIN_EXE_assay")).parent().unwrap();
    let profile = built.file_name().unwrap().to_str().unwrap();
    let profile = if profile == "debug" { "dev" } else { profile };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--offline",
        "--example",
        "upload",
        "--profile",
        profile,
        "--target-dir",
    ]);
    cargo.arg(built.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(cargo.status().unwrap().success(), "{cargo:?} failed");
    built.join("examples").join(format!("upload{}", std::env::consts::EXE_SUFFIX))
});

/// The real Python: `python3` may be a slow shim.
static PYTHON3: LazyLock<String> = LazyLock::new(|| {
    let path =
        run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"])).expect_success();
    path.trim_end().to_owned()
});

/// A client that does one thing wrong; `broken.toml` says what its fields are.
#[derive(Clone, Debug)]
pub struct Broken {
    pub id: String,
    pub base: String,
    pub from: String,
    pub to: String,
    pub breaks: String,
    pub caught_by: String,
    pub says: Option<String>,
    pub mode: Option<String>,
}

impl Broken {
    /// The one of this name.
    #[track_caller]
    pub fn named(id: &str) -> Self {
        let found = Self::all().into_iter().find(|broken| broken.id == id);
        found.unwrap_or_else(|| panic!("there is no broken client {id}"))
    }

    /// All of them.
    pub fn all() -> Vec<Self> {
        let text = fs::read_to_string(folder().join("broken.toml")).unwrap();
        let root = DeTable::parse(&text).unwrap_or_else(|error| panic!("{error}")).into_inner();
        let clients = root.get("client").and_then(|clients| clients.get_ref().as_array()).unwrap();
        clients.iter().map(|client| Self::of(client.get_ref())).collect()
    }

    fn of(client: &DeValue<'_>) -> Self {
        let table = client.as_table().unwrap();
        let known = ["id", "base", "from", "to", "breaks", "caught_by", "says", "mode"];
        let unknown = table.keys().find(|key| !known.contains(&key.get_ref().as_ref()));
        assert!(unknown.is_none(), "{unknown:?} in {client:?}");
        let given = |name: &str| Some(table.get(name)?.get_ref().as_str().unwrap().to_owned());
        let needed = |name: &str| given(name).unwrap_or_else(|| panic!("no `{name}` in {client:?}"));
        Self {
            id: needed("id"),
            base: needed("base"),
            from: needed("from"),
            to: needed("to"),
            breaks: needed("breaks"),
            caught_by: needed("caught_by"),
            says: given("says"),
            mode: given("mode"),
        }
    }

    /// The client that it changes.
    #[track_caller]
    pub fn reference(&self) -> &'static Reference {
        Reference::of(&self.base)
    }

    /// The text of it: that of its base with the change.
    #[track_caller]
    pub fn text(&self) -> String {
        let base = fs::read_to_string(folder().join(&self.base)).unwrap();
        assert_eq!(base.matches(&self.from).count(), 1, "{}: `from` does not stand there once", self.id);
        let text = base.replace(&self.from, &self.to);
        assert_ne!(text, base, "{} changes nothing", self.id);
        text
    }

    /// The command that runs it, which is written to `folder` for that.
    #[track_caller]
    pub fn command(&self, folder: &Path) -> Command {
        let script = folder.join(format!("{}-{}", self.id, self.base));
        fs::write(&script, self.text()).unwrap();
        self.reference().command_of(&script)
    }
}
