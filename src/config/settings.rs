//! All settings, as the options of the commands, the variables `ASSAY_*`, and the names in `assay.toml`: a field is all
//! three. To add a setting, add a field here, and use it.

#![allow(clippy::doc_markdown, reason = "they are texts of --help")]

use std::time::Duration;

use clap::{Args, ValueHint};
use serde::Deserialize;

use super::{
    AccessKeyId, CaseNumber, CheckPattern, ConfiguredFile, ConfiguredUser, Cors, Count, FailOn, FailOnDrift,
    FilePath, HostName, HostPattern, Key, KeyFile, Listen, LogFormat, NamePrefix, PublicUrl, Region,
    ReportFile, RuleFile, RulePattern, SecretAccessKey, Seed, ServerUrl, Size, Switch, Timeout, UrlExpiry,
    values::{cors, one_or_more},
};
use crate::{
    defect::Defect,
    exchange::{Glob, Severity},
    fault::{Fault, Scenario},
    files::{ApiKey, Dedup, EtagForm},
    journal::Bounds,
};

/// The address of `assay serve` unless another is given: this machine only.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7979";

const SERVER: &str = "Server";
const CONTRACT: &str = "Contract";
const S3: &str = "S3";
const FAULTS: &str = "Faults";
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

/// Settings of the emulator.
#[derive(Args, Clone, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct Config {
    /// Address to listen on; port 0 picks a free one [default: 127.0.0.1:7979]
    #[arg(long, value_name = "ADDR:PORT", help_heading = SERVER)]
    pub listen: Listen,
    /// Accepted API key, optionally with its user id; repeatable [default: any key works]
    ///
    /// With one or more, every other key is answered with 401. A user id has 24 hex digits; without one it is derived
    /// from the key. Keys given here are visible in the list of processes: for real ones use --api-key-file.
    #[arg(long = "api-key", value_name = "KEY[=USER_ID]", help_heading = SERVER)]
    #[serde(skip)]
    pub api_keys: Vec<ApiKey>,
    /// File of accepted API keys: KEY or KEY=USER_ID, one a line
    ///
    /// Blank lines and lines that begin with # are skipped. The keys add to those of --api-key.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = SERVER)]
    pub api_key_file: Option<KeyFile>,
    /// Base URL of presigned URLs [default: from the request's Host header]
    #[arg(long, value_name = "URL", help_heading = SERVER)]
    pub public_url: Option<PublicUrl>,
    /// Additional host name under which the control API answers; repeatable
    ///
    /// It always answers under IP addresses, localhost and the host of --public-url.
    #[arg(long = "control-host", value_name = "NAME", help_heading = SERVER)]
    #[serde(rename = "control_host", deserialize_with = "one_or_more")]
    pub control_hosts: Vec<HostName>,
    /// TLS and the forward proxy.
    #[command(flatten)]
    #[serde(skip)]
    pub network: NetworkSettings,
    /// Scope of duplicate detection: user, key or off [default: user]
    ///
    /// A presign is answered `existing` if the same user has stored the same bytes (user), only if they are stored
    /// under the same key (key), or never (off).
    #[arg(long, value_name = "SCOPE", help_heading = SERVER)]
    pub dedup: Dedup,
    /// Leave out the response header x-assay-finding
    ///
    /// The header names the rules of the findings that an exchange raised. Without it, answers are byte for byte those
    /// of Alloy and S3.
    #[arg(long, help_heading = SERVER)]
    pub no_finding_header: Switch,

    /// OpenAPI 3.0 document to use instead of the built-in one; repeatable
    ///
    /// YAML or JSON, or a documentation page in Markdown with the document in a fenced block.
    #[arg(long = "spec", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = CONTRACT)]
    #[serde(rename = "spec", deserialize_with = "one_or_more")]
    pub specs: Vec<FilePath>,

    /// How long presigned URLs are valid, 1s to 168h [default: 1h]
    #[arg(long, value_name = "DURATION", help_heading = S3)]
    pub url_expiry: UrlExpiry,
    /// Largest upload; a larger one is answered with EntityTooLarge [default: 5GiB]
    #[arg(long, value_name = "SIZE", help_heading = S3)]
    pub max_object_size: Size,
    /// Uploads above this size are kept in a temporary file [default: 8MiB]
    #[arg(long, value_name = "SIZE", help_heading = S3)]
    pub spill_over: Size,
    /// How long an upload may send nothing, in real time [default: 20s]
    #[arg(long, value_name = "DURATION", help_heading = S3)]
    pub idle_timeout: Timeout,
    /// Sign content-type in presigned URLs too
    ///
    /// A PUT must then send the media type that was requested, as with many SDKs.
    #[arg(long, help_heading = S3)]
    pub sign_content_type: Switch,
    /// ETag of stored objects: md5 or opaque [default: md5]
    ///
    /// With opaque it is not the MD5 of the bytes, as for objects encrypted with SSE-KMS.
    #[arg(long, value_name = "KIND", help_heading = S3)]
    pub etag: EtagForm,
    /// Origin allowed by the bucket's CORS rule, * for all, off for none; repeatable [default: *]
    #[arg(long, value_name = "ORIGIN|*|off", help_heading = S3)]
    #[serde(deserialize_with = "cors")]
    pub cors: Vec<Cors>,
    /// Region of presigned URLs [default: us-east-1]
    #[arg(long, value_name = "NAME", help_heading = S3)]
    pub region: Region,
    /// Access key id that signs presigned URLs [default: AWS's documented example]
    #[arg(long, value_name = "ID", help_heading = S3)]
    pub access_key_id: AccessKeyId,
    /// Secret of the access key id [default: AWS's documented example]
    #[arg(long, value_name = "KEY", help_heading = S3)]
    pub secret_access_key: SecretAccessKey,

    /// Fault rule, such as put:nth=1:error=SlowDown; repeatable, see `assay faults`
    #[arg(long = "fault", value_name = "RULE", help_heading = FAULTS)]
    #[serde(skip)]
    pub rules: Vec<Fault>,
    /// File of fault rules, in TOML or JSON
    #[arg(long = "faults", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = FAULTS)]
    #[serde(rename = "faults")]
    pub rule_file: Option<RuleFile>,
    /// Fault scenario, by a name that `assay faults` lists; repeatable
    #[arg(long = "scenario", value_name = "NAME", help_heading = FAULTS)]
    #[serde(rename = "scenario", deserialize_with = "one_or_more")]
    pub scenarios: Vec<&'static Scenario>,
    /// Introduce a known server bug, to check that a test suite detects it; see
    /// `assay defects`; repeatable
    #[arg(long = "defect", value_name = "NAME", help_heading = FAULTS)]
    #[serde(rename = "defect", deserialize_with = "one_or_more")]
    pub defects: Vec<&'static Defect>,
    /// Seed for everything random [default: random, and logged]
    #[arg(long, value_name = "N", help_heading = FAULTS)]
    pub seed: Option<Seed>,

    /// Users that are there from the start.
    #[arg(skip)]
    #[serde(skip)]
    pub users: Vec<ConfiguredUser>,
    /// Files that are there from the start.
    #[arg(skip)]
    #[serde(skip)]
    pub files: Vec<ConfiguredFile>,
    /// The bounds of the journal.
    #[arg(skip)]
    #[serde(skip)]
    pub journal: Bounds,
    /// The server that requests are forwarded to, in place of the emulator's own APIs.
    #[arg(skip)]
    #[serde(skip)]
    pub proxy: Option<ProxySettings>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen(DEFAULT_LISTEN.to_owned()),
            api_keys: Vec::new(),
            api_key_file: None,
            public_url: None,
            control_hosts: Vec::new(),
            network: NetworkSettings::default(),
            dedup: Dedup::default(),
            no_finding_header: Switch::default(),
            specs: Vec::new(),
            url_expiry: UrlExpiry(Duration::from_hours(1)),
            max_object_size: Size(5 << 30),
            spill_over: Size(8 << 20),
            idle_timeout: Timeout(Duration::from_secs(20)),
            sign_content_type: Switch::default(),
            etag: EtagForm::default(),
            cors: Vec::new(),
            region: Region("us-east-1".to_owned()),
            // AWS's documented example.
            access_key_id: AccessKeyId("AKIAIOSFODNN7EXAMPLE".to_owned()),
            secret_access_key: SecretAccessKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            rules: Vec::new(),
            rule_file: None,
            scenarios: Vec::new(),
            defects: Vec::new(),
            seed: None,
            users: Vec::new(),
            files: Vec::new(),
            journal: Bounds::default(),
            proxy: None,
        }
    }
}

impl Config {
    /// Returns the fault rules, in the order in which they are tried.
    pub fn faults(&self) -> Vec<Fault> {
        let of_file = self.rule_file.iter().flat_map(|file| file.0.iter().cloned());
        let of_scenarios = self.scenarios.iter().flat_map(|scenario| scenario.faults());
        self.rules.iter().cloned().chain(of_file).chain(of_scenarios).collect()
    }
}

/// Settings of TLS and of the forward proxy.
#[derive(Args, Clone, Default, Deserialize)]
#[serde(default)]
#[group(skip)]
pub struct NetworkSettings {
    /// Certificate chain for TLS, PEM [default: signed by the local authority]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = SERVER)]
    pub tls_cert: Option<FilePath>,
    /// Private key of that certificate, PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = SERVER)]
    pub tls_key: Option<FilePath>,
    /// Directory of the local authority, made on first use [default: in memory, new for each process]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = SERVER)]
    pub ca_dir: Option<FilePath>,
    /// Additional host name that the forward proxy answers; repeatable
    #[arg(long = "intercept-host", value_name = "HOST", help_heading = SERVER)]
    #[serde(rename = "intercept_host", deserialize_with = "one_or_more")]
    pub intercept_hosts: Vec<HostName>,
    /// Host that the forward proxy passes on to, or a pattern such as *.npmjs.org; repeatable
    #[arg(long = "allow-host", value_name = "PATTERN", help_heading = SERVER)]
    #[serde(rename = "allow_host", deserialize_with = "one_or_more")]
    pub allow_hosts: Vec<HostPattern>,
}

/// Settings of the log, and where the file of settings is.
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
    /// New directory for what leads a client from production's hosts to the emulator, variables in env.json; removed
    /// at the end
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = SERVER)]
    pub intercept_dir: Option<FilePath>,
}

/// Settings of only `assay run`.
#[derive(Args, Clone, Deserialize)]
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

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            fail_on: FailOn(Some(Severity::Error)),
            ignore: Vec::new(),
            intercept: Switch::default(),
            timeout: None,
            pass_with_no_requests: Switch::default(),
            reports: Vec::new(),
        }
    }
}

impl RunSettings {
    /// Whether findings of this rule are ignored.
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
    /// Leave presigned URLs as they are: uploads then bypass the proxy
    #[arg(long)]
    pub no_rewrite: Switch,
    /// Certificates to trust beside the system's, PEM: of an upstream with its own authority
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca: Option<FilePath>,
    /// How long the upstream may send nothing, in real time [default: 60s]
    #[arg(long, value_name = "DURATION")]
    pub upstream_timeout: Timeout,
    /// HAR file to record exchanges in, without keys, signatures and file content
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = OUTPUT)]
    pub record: Option<FilePath>,
    /// Lead CMD's connections to production's hosts to the proxy, over TLS, without a change in CMD
    #[arg(long)]
    pub intercept: Switch,
    /// Time limit for CMD, in real time; CMD and what it started are ended then
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<Timeout>,
    /// Pass also when CMD sends no request at all
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

/// Settings of what is made of differences between a server and the document.
#[derive(Args, Clone)]
#[group(skip)]
pub struct DriftSettings {
    /// File of known differences, which are left out; written where it does not exist
    ///
    /// What is in it and does not occur any more is told. To accept what is new, delete the file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<FilePath>,
    /// Least severe finding that fails the run: error, warning or never; or drift, for new differences
    #[arg(long, value_name = "WHAT")]
    pub fail_on: FailOnDrift,
    /// Finding rule to ignore, or a pattern such as contract-*; repeatable
    #[arg(long, value_name = "RULE")]
    pub ignore: Vec<RulePattern>,
    /// File to write the OpenAPI document to, extended by what was seen; the diff is shown
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = OUTPUT)]
    pub write_spec: Option<FilePath>,
    /// Report to write: json, junit or markdown, and its file; repeatable
    #[arg(long = "report", value_name = "KIND=FILE", help_heading = OUTPUT)]
    pub reports: Vec<ReportFile>,
}

impl DriftSettings {
    /// Whether findings of this rule are ignored.
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
    /// Run only this case of each check, counted from 0, as a report says
    #[arg(long, value_name = "N")]
    pub case: Option<CaseNumber>,
    /// List of checks that are known to fail: a pattern a line, # begins a comment
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub known_failing: Option<FilePath>,
    /// Treat `should` failures as errors
    #[arg(long)]
    pub strict: Switch,
    /// Time limit for a check, in real time, including the search for the smallest counterexample
    #[arg(long, value_name = "DURATION")]
    pub max_time: Option<Timeout>,
    /// Time limit for one answer of a server (10s), or for one file of a client (30s), in real time
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<Timeout>,
    /// File of cases that failed before: they are tried first, and new ones are added
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub past_failures: Option<FilePath>,
    /// Report to write: json, junit or markdown, and its file; repeatable
    #[arg(long = "report", value_name = "KIND=FILE", help_heading = OUTPUT)]
    #[serde(rename = "report", deserialize_with = "one_or_more")]
    pub reports: Vec<ReportFile>,
}

impl SuiteSettings {
    /// Whether a check is selected by `only` and `skip`.
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
    /// API key of an account [default: that of ALLOY_API_KEY, else a made-up one]
    #[arg(long, value_name = "KEY")]
    #[serde(skip)]
    pub api_key: Option<ApiKey>,
    /// API key of a second account, for the checks that need one
    #[arg(long, value_name = "KEY")]
    pub other_api_key: Option<Key>,
    /// Requests per second at most [default: unlimited]
    #[arg(long, value_name = "N")]
    pub rate: Option<Count>,
    /// Beginning of the names of files and users [default: assay-]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prefix: Option<NamePrefix>,
    /// Certificates to trust beside the system's, PEM: of an https server with its own authority
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
    /// Lead CMD's connections to production's hosts to the emulator, over TLS, without a change in CMD
    #[arg(long)]
    pub intercept: Switch,
}
