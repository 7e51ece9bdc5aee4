//! The settings of the commands, as those of an emulator: a field is an option, a variable and a name in the file. To
//! add a setting, add a field here or in `emulator`, and use it.

#![allow(clippy::doc_markdown, reason = "they are texts of --help")]

use std::time::Duration;

use clap::{Args, ValueHint};
use serde::Deserialize;

use super::{
    CaseNumber, CheckPattern, Config, Count, FailOn, FailOnDrift, FilePath, Key, LogFormat, NamePrefix,
    ReportFile, RulePattern, Seed, ServerUrl, Switch, Timeout, sources::one_or_more,
};
use crate::{exchange::Glob, files::ApiKey};

pub(super) const SERVER: &str = "Server";
pub(super) const CONTRACT: &str = "Contract";
pub(super) const S3: &str = "S3";
pub(super) const FAULTS: &str = "Faults";
const OUTPUT: &str = "Output";

/// The settings of all commands.
#[derive(Args, Clone, Default)]
pub struct Settings {
    /// Of the log.
    #[command(flatten)]
    pub log: LogSettings,
    /// Of an emulator.
    #[command(flatten)]
    pub emulator: Config,
    /// Only of `assay serve`.
    #[command(flatten)]
    pub serve: ServeSettings,
    /// Only of `assay run`.
    #[command(flatten)]
    pub run: RunSettings,
    /// Of both conformance suites.
    #[command(flatten)]
    pub suite: SuiteSettings,
    /// Of `assay conformance server`.
    #[command(flatten)]
    pub server: ServerSettings,
    /// Of `assay conformance client`.
    #[command(flatten)]
    pub client: ClientSettings,
}

/// Settings of the log, and the path of the settings file.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct LogSettings {
    /// Settings file [default: assay.toml, if it exists]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[serde(skip)]
    pub config: Option<FilePath>,
    /// Log format: text or json [default: text]
    #[arg(long = "log", value_name = "FORMAT", help_heading = OUTPUT)]
    #[serde(rename = "log")]
    pub format: LogFormat,
    /// Log only warnings and errors
    #[arg(short, long, help_heading = OUTPUT)]
    pub quiet: Switch,
    /// Log more
    #[arg(short, long, help_heading = OUTPUT)]
    pub verbose: Switch,
}

/// Settings of only `assay serve`.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct ServeSettings {
    /// End when standard input closes, so that no emulator outlives its test runner
    #[arg(long, help_heading = SERVER)]
    pub until_stdin_closes: Switch,
    /// New directory for the files of an intercepted client: certificates, preloads, env.json; removed at the end
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = SERVER)]
    pub intercept_dir: Option<FilePath>,
}

/// Settings of only `assay run`.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct RunSettings {
    /// Least severe finding that fails the run: error, warning or never [default: error]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Finding rule to ignore, or a pattern such as contract-*; repeatable
    #[arg(long, value_name = "RULE")]
    #[serde(deserialize_with = "one_or_more")]
    pub ignore: Vec<RulePattern>,
    /// Redirect CMD's connections to Alloy's and S3's hosts to the emulator, over TLS
    #[arg(long)]
    pub intercept: Switch,
    /// Time limit for CMD and all it started, in real time
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<Timeout>,
    /// Pass even if CMD sends no request
    #[arg(long)]
    pub pass_with_no_requests: Switch,
    /// Report to write: json, junit, markdown, har or html, and its file; repeatable
    #[arg(long = "report", value_name = "KIND=FILE", help_heading = OUTPUT)]
    #[serde(rename = "report", deserialize_with = "one_or_more")]
    pub reports: Vec<ReportFile>,
}

impl RunSettings {
    /// Returns whether findings of this rule are ignored.
    pub fn ignores(&self, rule: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.0.matches(rule))
    }
}

/// Settings of `assay proxy`.
#[derive(Args, Clone)]
#[group(skip)]
pub struct ProxySettings {
    /// Server to forward to: the API's base URL
    #[arg(long, value_name = "URL")]
    pub upstream: Option<ServerUrl>,
    /// Do not rewrite presigned URLs: uploads then bypass the proxy
    #[arg(long)]
    pub no_rewrite: Switch,
    /// Certificates to trust in addition to the system's, PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca: Option<FilePath>,
    /// How long the upstream may send nothing, in real time [default: 60s]
    #[arg(long, value_name = "DURATION")]
    pub upstream_timeout: Timeout,
    /// HAR file to record to, without keys, signatures and file content
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = OUTPUT)]
    pub record: Option<FilePath>,
    /// Redirect CMD's connections to Alloy's and S3's hosts to the proxy, over TLS
    #[arg(long)]
    pub intercept: Switch,
    /// Time limit for CMD and all it started, in real time
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<Timeout>,
    /// Pass even if CMD sends no request
    #[arg(long)]
    pub pass_with_no_requests: Switch,
    /// Differences.
    #[command(flatten)]
    pub drift: DriftSettings,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self {
            upstream: None,
            no_rewrite: Switch::default(),
            ca: None,
            upstream_timeout: Timeout(Duration::from_secs(60)),
            record: None,
            intercept: Switch::default(),
            timeout: None,
            pass_with_no_requests: Switch::default(),
            drift: DriftSettings { fail_on: FailOnDrift::ERROR, ..DriftSettings::default() },
        }
    }
}

/// Settings of the comparison of a server with the document.
#[derive(Args, Clone)]
#[group(skip)]
pub struct DriftSettings {
    /// File of known differences to ignore; written if it does not exist
    ///
    /// Differences that no longer occur are reported. To accept new ones, delete the file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<FilePath>,
    /// Least severe finding that fails the run: error, warning or never; or drift, for new differences only
    #[arg(long, value_name = "WHAT")]
    pub fail_on: FailOnDrift,
    /// Finding rule to ignore, or a pattern such as contract-*; repeatable
    #[arg(long, value_name = "RULE")]
    pub ignore: Vec<RulePattern>,
    /// File for a copy of the document that describes the recorded answers; prints the diff
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = OUTPUT)]
    pub write_spec: Option<FilePath>,
    /// Report to write: json, junit or markdown, and its file; repeatable
    #[arg(long = "report", value_name = "KIND=FILE", help_heading = OUTPUT)]
    pub reports: Vec<ReportFile>,
}

impl DriftSettings {
    /// Returns whether findings of this rule are ignored.
    pub fn ignores(&self, rule: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.0.matches(rule))
    }
}

impl Default for DriftSettings {
    fn default() -> Self {
        let (baseline, ignore, write_spec, reports) = (None, Vec::new(), None, Vec::new());
        Self { baseline, fail_on: FailOnDrift::DRIFT, ignore, write_spec, reports }
    }
}

/// Settings of both conformance suites.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct SuiteSettings {
    /// Cases per check [default: 100 for a server, 10 for a client]
    #[arg(long, value_name = "N")]
    pub cases: Option<Count>,
    /// Seed of all cases [default: random, and reported]
    #[arg(long, value_name = "N")]
    pub seed: Option<Seed>,
    /// Check to run, or a pattern such as upload/*; repeatable [default: all]
    #[arg(long, value_name = "PATTERN")]
    #[serde(deserialize_with = "one_or_more")]
    pub only: Vec<CheckPattern>,
    /// Check to skip, or a pattern; repeatable
    #[arg(long, value_name = "PATTERN")]
    #[serde(deserialize_with = "one_or_more")]
    pub skip: Vec<CheckPattern>,
    /// Run only this case of each check, by its number in a report
    #[arg(long, value_name = "N")]
    pub case: Option<CaseNumber>,
    /// File of checks that may fail: an id or a pattern a line, # begins a comment
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub known_failing: Option<FilePath>,
    /// Treat `should` failures as errors
    #[arg(long)]
    pub strict: Switch,
    /// Time limit for a check, in real time, including shrinking
    #[arg(long, value_name = "DURATION")]
    pub max_time: Option<Timeout>,
    /// Time limit for one answer of a server (10s), or for one file of a client (30s), in real time
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<Timeout>,
    /// File of failed cases, which run first; new ones are added
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub past_failures: Option<FilePath>,
    /// Report to write: json, junit or markdown, and its file; repeatable
    #[arg(long = "report", value_name = "KIND=FILE", help_heading = OUTPUT)]
    #[serde(rename = "report", deserialize_with = "one_or_more")]
    pub reports: Vec<ReportFile>,
}

impl SuiteSettings {
    /// Returns whether `only` and `skip` select a check.
    pub fn selects(&self, id: &str) -> bool {
        let any = |patterns: &[CheckPattern]| patterns.iter().any(|pattern| pattern.0.matches(id));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip)
    }

    /// Returns the patterns of `only` and of `skip`, by the name of their setting.
    pub fn patterns(&self) -> impl Iterator<Item = (&'static str, &Glob)> {
        let only = self.only.iter().map(|pattern| ("only", &pattern.0));
        only.chain(self.skip.iter().map(|pattern| ("skip", &pattern.0)))
    }
}

/// Settings of `assay conformance server`.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct ServerSettings {
    /// Server to test: the API's base URL
    #[arg(long, value_name = "URL")]
    pub url: Option<ServerUrl>,
    /// API key of an account [default: ALLOY_API_KEY, else a made-up key]
    #[arg(long, value_name = "KEY")]
    #[serde(skip)]
    pub api_key: Option<ApiKey>,
    /// API key of a second account, for the checks that need one
    #[arg(long, value_name = "KEY")]
    pub other_api_key: Option<Key>,
    /// Requests per second at most [default: unlimited]
    #[arg(long, value_name = "N")]
    pub rate: Option<Count>,
    /// Prefix of the names of files and users [default: assay-]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prefix: Option<NamePrefix>,
    /// Certificates to trust in addition to the system's, PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca: Option<FilePath>,
    /// Allow a non-local server
    #[arg(long)]
    pub yes_this_is_remote: Switch,
}

/// Settings of `assay conformance client`.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct ClientSettings {
    /// Serve all cases with one process
    #[arg(long)]
    pub persistent: Switch,
    /// Redirect CMD's connections to Alloy's and S3's hosts to the emulator, over TLS
    #[arg(long)]
    pub intercept: Switch,
}
