//! The settings of an emulator, which the library has, too: as options of the commands, as variables `ASSAY_*`, and by
//! their names in `assay.toml`. A field is all three.

#![allow(clippy::doc_markdown, reason = "they are texts of --help")]

use std::{path::PathBuf, time::Duration};

#[cfg(feature = "cli")]
use clap::{Args, ValueHint};
#[cfg(feature = "cli")]
use serde::Deserialize;

use super::{
    AccessKeyId, Cors, FilePath, HostName, HostPattern, KeyFile, Listen, Problem, PublicUrl, Region,
    SecretAccessKey, Seed, Size, Switch, Timeout, UrlExpiry,
};
#[cfg(feature = "cli")]
use super::{
    ProxySettings, RuleFile,
    settings::{CONTRACT, FAULTS, S3, SERVER},
    sources::{cors, one_or_more},
};
use crate::{
    defect::Defect,
    fault::{Fault, Scenario},
    files::{ApiKey, Dedup, EtagForm, UserId},
    journal::Bounds,
};

/// Default address of `assay serve`: only this machine.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7979";

/// API key for clients if none is configured.
const MADE_UP_KEY: &str = "assay-key";

/// Settings of the emulator.
#[derive(Clone)]
#[cfg_attr(feature = "cli", derive(Args, Deserialize), serde(default), group(skip))]
pub struct Config {
    /// Address to listen on; port 0 picks a free one [default: 127.0.0.1:7979]
    #[cfg_attr(feature = "cli", arg(long, value_name = "ADDR:PORT", help_heading = SERVER))]
    pub listen: Listen,
    /// Accepted API key, optionally with its user id; repeatable [default: any key works]
    ///
    /// Every other key gets 401. A user id has 24 hex digits, and is derived from the key by default. Keys on the
    /// command line are visible in the list of processes: use --api-key-file for real ones.
    #[cfg_attr(
        feature = "cli",
        arg(long = "api-key", value_name = "KEY[=USER_ID]", help_heading = SERVER),
        serde(skip)
    )]
    pub api_keys: Vec<ApiKey>,
    /// File of accepted API keys: KEY or KEY=USER_ID, one a line
    ///
    /// Blank lines and lines that begin with # are skipped. The keys add to those of --api-key.
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = SERVER)
    )]
    pub api_key_file: Option<KeyFile>,
    /// Base URL of presigned URLs [default: from the request's Host header]
    #[cfg_attr(feature = "cli", arg(long, value_name = "URL", help_heading = SERVER))]
    pub public_url: Option<PublicUrl>,
    /// Additional host name under which the control API answers; repeatable
    ///
    /// It always answers under IP addresses, localhost and the host of --public-url.
    #[cfg_attr(
        feature = "cli",
        arg(long = "control-host", value_name = "NAME", help_heading = SERVER),
        serde(rename = "control_host", deserialize_with = "one_or_more")
    )]
    pub control_hosts: Vec<HostName>,
    /// TLS and the forward proxy.
    #[cfg_attr(feature = "cli", command(flatten), serde(skip))]
    pub network: NetworkSettings,
    /// Scope of duplicate detection: user, key or off [default: user]
    ///
    /// A presign is `existing` if the same user has stored the same bytes (user), if they have the same key too (key),
    /// or never (off).
    #[cfg_attr(feature = "cli", arg(long, value_name = "SCOPE", help_heading = SERVER))]
    pub dedup: Dedup,
    /// Omit the response header x-assay-finding
    ///
    /// The header names the rules that the exchange broke. Without it, answers are byte for byte those of Alloy and S3.
    #[cfg_attr(feature = "cli", arg(long, help_heading = SERVER))]
    pub no_finding_header: Switch,

    /// OpenAPI 3.0 document to use instead of the built-in one; repeatable
    ///
    /// YAML or JSON, or a documentation page in Markdown with the document in a fenced block.
    #[cfg_attr(
        feature = "cli",
        arg(long = "spec", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = CONTRACT),
        serde(rename = "spec", deserialize_with = "one_or_more")
    )]
    pub specs: Vec<FilePath>,

    /// How long presigned URLs are valid, 1s to 168h [default: 1h]
    #[cfg_attr(feature = "cli", arg(long, value_name = "DURATION", help_heading = S3))]
    pub url_expiry: UrlExpiry,
    /// Largest upload; a larger one gets EntityTooLarge [default: 5GiB]
    #[cfg_attr(feature = "cli", arg(long, value_name = "SIZE", help_heading = S3))]
    pub max_object_size: Size,
    /// Size above which an upload is kept in a temporary file [default: 8MiB]
    #[cfg_attr(feature = "cli", arg(long, value_name = "SIZE", help_heading = S3))]
    pub spill_over: Size,
    /// How long an upload may send nothing, in real time [default: 20s]
    #[cfg_attr(feature = "cli", arg(long, value_name = "DURATION", help_heading = S3))]
    pub idle_timeout: Timeout,
    /// Sign content-type in presigned URLs too
    ///
    /// A PUT must then send the media type that was requested, as with many SDKs.
    #[cfg_attr(feature = "cli", arg(long, help_heading = S3))]
    pub sign_content_type: Switch,
    /// ETag of stored objects: md5 or opaque [default: md5]
    ///
    /// With opaque it is not the MD5 of the bytes, as for objects encrypted with SSE-KMS.
    #[cfg_attr(feature = "cli", arg(long, value_name = "KIND", help_heading = S3))]
    pub etag: EtagForm,
    /// Origin allowed by the bucket's CORS rule, * for all, off for none; repeatable [default: *]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "ORIGIN|*|off", help_heading = S3),
        serde(deserialize_with = "cors")
    )]
    pub cors: Vec<Cors>,
    /// Region of presigned URLs [default: us-east-1]
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME", help_heading = S3))]
    pub region: Region,
    /// Access key id that signs presigned URLs [default: AWS's documented example]
    #[cfg_attr(feature = "cli", arg(long, value_name = "ID", help_heading = S3))]
    pub access_key_id: AccessKeyId,
    /// Secret of the access key id [default: AWS's documented example]
    #[cfg_attr(feature = "cli", arg(long, value_name = "KEY", help_heading = S3))]
    pub secret_access_key: SecretAccessKey,

    /// Fault rule, such as put:nth=1:error=SlowDown; repeatable, see `assay faults`
    #[cfg_attr(feature = "cli", arg(long = "fault", value_name = "RULE", help_heading = FAULTS), serde(skip))]
    pub rules: Vec<Fault>,
    /// File of fault rules, in TOML or JSON
    #[cfg(feature = "cli")]
    #[arg(long = "faults", value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = FAULTS)]
    #[serde(rename = "faults")]
    pub rule_file: Option<RuleFile>,
    /// Fault scenario, by a name that `assay faults` lists; repeatable
    #[cfg_attr(
        feature = "cli",
        arg(long = "scenario", value_name = "NAME", help_heading = FAULTS),
        serde(rename = "scenario", deserialize_with = "one_or_more")
    )]
    pub scenarios: Vec<&'static Scenario>,
    /// Known server bug to introduce, to check that a test suite detects it; repeatable, see `assay defects`
    #[cfg_attr(
        feature = "cli",
        arg(long = "defect", value_name = "NAME", help_heading = FAULTS),
        serde(rename = "defect", deserialize_with = "one_or_more")
    )]
    pub defects: Vec<&'static Defect>,
    /// Seed for everything random [default: random, and logged]
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", help_heading = FAULTS))]
    pub seed: Option<Seed>,

    /// Users that exist at the start.
    #[cfg_attr(feature = "cli", arg(skip), serde(skip))]
    pub users: Vec<ConfiguredUser>,
    /// Files that exist at the start.
    #[cfg_attr(feature = "cli", arg(skip), serde(skip))]
    pub files: Vec<ConfiguredFile>,
    /// Bounds of the journal.
    #[cfg_attr(feature = "cli", arg(skip), serde(skip))]
    pub journal: Bounds,
    /// Server to forward to, instead of the emulator's own APIs.
    #[cfg(feature = "cli")]
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
            #[cfg(feature = "cli")]
            rule_file: None,
            scenarios: Vec::new(),
            defects: Vec::new(),
            seed: None,
            users: Vec::new(),
            files: Vec::new(),
            journal: Bounds::default(),
            #[cfg(feature = "cli")]
            proxy: None,
        }
    }
}

impl Config {
    /// Returns the fault rules, in the order in which they are tried.
    pub fn faults(&self) -> Vec<Fault> {
        let rules = self.rules.iter().cloned();
        #[cfg(feature = "cli")]
        let rules = rules.chain(self.rule_file.iter().flat_map(|file| file.0.iter().cloned()));
        rules.chain(self.scenarios.iter().flat_map(|scenario| scenario.faults())).collect()
    }
}

/// Settings of TLS and of the forward proxy.
#[derive(Clone, Default)]
#[cfg_attr(feature = "cli", derive(Args, Deserialize), serde(default), group(skip))]
pub struct NetworkSettings {
    /// Certificate chain for TLS, PEM [default: signed by the local authority]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = SERVER)
    )]
    pub tls_cert: Option<FilePath>,
    /// Private key of that certificate, PEM
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = SERVER)
    )]
    pub tls_key: Option<FilePath>,
    /// Directory of the local authority, created on first use [default: in memory, new for each process]
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = SERVER)
    )]
    pub ca_dir: Option<FilePath>,
    /// Additional host name that the forward proxy answers; repeatable
    #[cfg_attr(
        feature = "cli",
        arg(long = "intercept-host", value_name = "HOST", help_heading = SERVER),
        serde(rename = "intercept_host", deserialize_with = "one_or_more")
    )]
    pub intercept_hosts: Vec<HostName>,
    /// Host that the forward proxy tunnels to, or a pattern such as *.npmjs.org; repeatable
    #[cfg_attr(
        feature = "cli",
        arg(long = "allow-host", value_name = "PATTERN", help_heading = SERVER),
        serde(rename = "allow_host", deserialize_with = "one_or_more")
    )]
    pub allow_hosts: Vec<HostPattern>,
}

/// An additional user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredUser {
    /// The account, by the user of its API key. `None` only where no API keys are configured: the first account that
    /// names the user gets it.
    pub account: Option<UserId>,
    /// The user.
    pub user: UserId,
    /// Unique in its account.
    pub username: String,
    /// As in `POST /users`.
    pub full_name: Option<String>,
}

/// A file that a user has from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredFile {
    /// The owner.
    pub user: UserId,
    /// The path of its bytes, which could be opened when the configuration was read.
    pub path: PathBuf,
    /// Its name, as a client would have requested it. The keys of a user's files differ.
    pub filename: String,
    /// Its media type.
    pub mime_type: String,
}

impl Config {
    /// Returns the API key for clients: the first configured one, or a made-up one, since every key works then.
    pub(crate) fn client_key(&self) -> ApiKey {
        let made_up = || ApiKey { key: MADE_UP_KEY.to_owned(), user: UserId::of_key(MADE_UP_KEY) };
        self.api_keys.first().cloned().unwrap_or_else(made_up)
    }

    /// Adds a defect, unless it is there already.
    pub fn add_defect(&mut self, defect: &'static Defect) {
        if self.defects.iter().all(|known| known.id != defect.id) {
            self.defects.push(defect);
        }
    }

    /// Adds an accepted API key.
    ///
    /// # Errors
    ///
    /// A [`Problem`], which does not contain the key, where the key or its user is there already.
    pub fn add_api_key(&mut self, key: ApiKey) -> Result<(), Problem> {
        if key.key.is_empty() {
            return Err(Problem::new("empty API key"));
        }
        if self.api_keys.iter().any(|known| known.key == key.key) {
            return Err(Problem::new("duplicate API key; give each key once"));
        }
        if self.api_keys.iter().any(|known| known.user == key.user) {
            let sentence = format!("user {} belongs to another key; give each key its own user", key.user);
            return Err(Problem::new(sentence));
        }
        self.api_keys.push(key);
        Ok(())
    }
}
