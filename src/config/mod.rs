//! How an emulator is set up: one value for all of it, read from settings that know where they come from,
//! so that a mistake can be named where it was made. `cli` gathers settings, `emulator` takes the result.
//!
//! A flag goes before the environment, the environment before the file. What can be given several times is
//! replaced whole: one `--api-key` stands for all of the file's.

mod conformance;
mod cors;
mod error;
mod faults;
mod file;
mod logging;
mod names;
mod network;
mod parse;
mod preset;
mod public_url;
mod report;
mod run;
mod setting;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use self::faults::Faults;
use crate::{
    defect::Defect,
    fault::Fault,
    files::{ApiKey, Dedup},
    journal::Bounds,
};

pub use conformance::{ConformanceSettings, Selection};
pub use cors::{AllowedOrigin, Cors};
pub use error::{ConfigError, Problem};
pub use file::ConfigFile;
pub use logging::{LogFormat, Logging};
pub use network::NetworkSettings;
pub use preset::{ConfiguredFile, ConfiguredUser};
pub use public_url::PublicUrl;
pub use report::ReportFile;
pub use run::RunSettings;
pub use setting::{Origin, Setting};

/// Where the emulator listens unless told otherwise: on this machine alone.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7979";

/// AWS's documented example key, which is nobody's.
const EXAMPLE_ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const EXAMPLE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// All that can be set.
#[derive(Clone)]
pub struct Config {
    /// `ADDR:PORT`; port 0 takes a free one.
    pub listen: String,
    /// The keys that are good; with none, all are.
    pub api_keys: Vec<ApiKey>,
    /// Further users of their accounts, there from the start.
    pub users: Vec<ConfiguredUser>,
    /// Files that are there from the start.
    pub files: Vec<ConfiguredFile>,
    /// OpenAPI documents that replace the built-in one; with none, that one.
    pub specs: Vec<PathBuf>,
    /// What presigned URLs begin with; without it, what the client called.
    pub public_url: Option<PublicUrl>,
    /// Further names under which the control side answers.
    pub control_hosts: Vec<String>,
    /// TLS and the forward proxy.
    pub network: NetworkSettings,
    /// How long a presigned URL lives: whole seconds, from 1 s to 7 days (S3's bounds).
    pub url_expiry: Duration,
    /// The largest upload, in bytes.
    pub max_object_size: u64,
    /// The largest upload that is kept in memory, in bytes; larger ones go to temporary files.
    pub spill_over: u64,
    /// How long an upload may send nothing, in real time.
    pub idle_timeout: Duration,
    /// What counts as a duplicate.
    pub dedup: Dedup,
    /// Whether presigned URLs sign `content-type` too.
    pub sign_content_type: bool,
    /// Whose web pages may use presigned URLs from a browser; everybody's unless said otherwise.
    pub cors: Option<Cors>,
    /// The region that presigned URLs are signed for.
    pub region: String,
    /// The access key that presigned URLs are signed with.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The seed of all chance; random without one.
    pub seed: Option<u64>,
    /// How much the journal keeps.
    pub journal: Bounds,
    /// What goes wrong on purpose, in the order in which the rules are tried.
    pub faults: Vec<Fault>,
    /// The ways in which the emulator is wrong on purpose, each once.
    pub defects: Vec<&'static Defect>,
    /// How the program logs.
    pub logging: Logging,
    /// How long `run`'s command may take, or an answer to `conformance`, in real time.
    pub timeout: Option<Duration>,
    /// What is written once it is over.
    pub reports: Vec<ReportFile>,
    /// What `run` makes of the findings.
    pub run: RunSettings,
    /// What `conformance` asks, and whom.
    pub conformance: ConformanceSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN.to_owned(),
            api_keys: Vec::new(),
            users: Vec::new(),
            files: Vec::new(),
            specs: Vec::new(),
            public_url: None,
            control_hosts: Vec::new(),
            network: NetworkSettings::default(),
            url_expiry: Duration::from_hours(1),
            max_object_size: 5 << 30,
            spill_over: 8 << 20,
            idle_timeout: Duration::from_secs(20),
            dedup: Dedup::default(),
            sign_content_type: false,
            cors: None,
            region: "us-east-1".to_owned(),
            access_key_id: EXAMPLE_ACCESS_KEY_ID.to_owned(),
            secret_access_key: EXAMPLE_SECRET.to_owned(),
            seed: None,
            journal: Bounds::default(),
            faults: Vec::new(),
            defects: Vec::new(),
            logging: Logging::default(),
            timeout: None,
            reports: Vec::new(),
            run: RunSettings::default(),
            conformance: ConformanceSettings::default(),
        }
    }
}

impl Config {
    /// Reads settings over the file's, and those over the defaults. Names that are no setting of an emulator
    /// (`config` itself, say) are left to others.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first setting that cannot be used. One of the file is a mistake even where a
    /// flag stands over it.
    pub fn read(settings: &[Setting], file: Option<&ConfigFile>) -> Result<Self, ConfigError> {
        let mut config = Self::read_without_people(settings, file)?;
        if let Some(file) = file {
            file.fill_people(&mut config)?;
        }
        Ok(config)
    }

    /// As [`Self::read`], for who starts no emulator: the file's users and files are not there, and may well belong
    /// to keys that others stand over.
    ///
    /// # Errors
    ///
    /// See [`Self::read`].
    pub fn read_without_people(settings: &[Setting], file: Option<&ConfigFile>) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let mut faults = Faults::default();
        if let Some(file) = file {
            file.fill(&mut config)?;
            faults = file.faults()?;
            config.make_room_for(settings);
        }
        for setting in settings {
            config
                .take(&setting.name, &setting.value, Path::new(""))
                .map_err(|problem| ConfigError::new(setting, problem))?;
        }
        faults.take(settings)?;
        config.faults = faults.in_order();
        Ok(config)
    }

    /// Forgets what `settings` do not add to but replace.
    fn make_room_for(&mut self, settings: &[Setting]) {
        for setting in settings {
            match setting.name.as_str() {
                "api_key" => self.api_keys.clear(),
                "control_host" => self.control_hosts.clear(),
                "cors" => self.cors = None,
                "defect" => self.defects.clear(),
                "spec" => self.specs.clear(),
                // The two answer one question: with the file's `quiet`, `-v` would say nothing.
                "quiet" | "verbose" => self.logging.forget_how_much(),
                "ignore" => self.run.ignore.clear(),
                "report" => self.reports.clear(),
                "only" => self.conformance.selection.only.clear(),
                "skip" => self.conformance.selection.skip.clear(),
                name => self.network.make_room_for(name),
            }
        }
    }

    /// Takes one setting; a relative path in it is relative to `folder`.
    fn take(&mut self, name: &str, value: &str, folder: &Path) -> Result<(), Problem> {
        match name {
            "listen" => self.listen = parse::listen(value)?,
            "api_key" => {
                let key = parse::api_key(value)?;
                self.add_api_key(key)?;
            }
            "spec" => self.specs.push(parse::path(value, folder)?),
            "public_url" => self.public_url = Some(value.parse()?),
            "control_host" => self.control_hosts.push(parse::host_name(value)?),
            "url_expiry" => self.url_expiry = parse::url_expiry(value)?,
            "max_object_size" => self.max_object_size = parse::size(value)?,
            "spill_over" => self.spill_over = parse::size(value)?,
            "idle_timeout" => self.idle_timeout = parse::positive_duration(value)?,
            "dedup" => self.dedup = parse::dedup(value)?,
            "sign_content_type" => self.sign_content_type = parse::switch(value)?,
            "cors" => self.cors = Some(parse::cors(self.cors.take(), value)?),
            "region" => self.region = parse::region(value)?,
            "access_key_id" => self.access_key_id = parse::access_key_id(value)?,
            "secret_access_key" => self.secret_access_key = parse::secret_access_key(value)?,
            "defect" => self.add_defect(parse::defect(value)?),
            "seed" => self.seed = Some(parse::seed(value)?),
            "log" => self.logging.format = parse::log(value)?,
            "quiet" => self.logging.quiet = parse::switch(value)?,
            "verbose" => self.logging.verbose = parse::switch(value)?,
            "report" => report::add(&mut self.reports, value, folder)?,
            "timeout" => self.timeout = Some(parse::positive_duration(value)?),
            _ => {
                self.network.take(name, value, folder)?;
                self.run.take(name, value)?;
                self.conformance.take(name, value, folder)?;
            }
        }
        Ok(())
    }

    /// Adds a way to be wrong, unless it is there already.
    pub fn add_defect(&mut self, defect: &'static Defect) {
        if self.defects.iter().all(|known| known.id != defect.id) {
            self.defects.push(defect);
        }
    }

    /// Adds a key that is good, unless it, or its user, is there already.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that does not tell the key.
    pub fn add_api_key(&mut self, key: ApiKey) -> Result<(), Problem> {
        if key.key.is_empty() {
            return Err(Problem::new("the key is empty", "give a key, or none, so that every key is good"));
        }
        if self.api_keys.iter().any(|known| known.key == key.key) {
            return Err(Problem::new("the same key is given twice", "give each key once"));
        }
        if self.api_keys.iter().any(|known| known.user == key.user) {
            let what = format!("user {} belongs to another key already", key.user);
            return Err(Problem::new(what, "give each key a user of its own"));
        }
        self.api_keys.push(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
