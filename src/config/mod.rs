//! Settings: from options, from `ASSAY_*` in the environment, and from `assay.toml`, in this order of precedence.
//!
//! A setting is a field of a struct in `emulator` or `settings`. Its type, in `values`, reads it from text. clap and
//! serde do the rest (`sources`): the file is deserialized first, then `options` applies options and variables on top.
//! A list is replaced as a whole: one `--api-key` replaces all of the file's. Without the feature `cli`, only
//! [`Config`] remains.

mod cors;
mod emulator;
mod error;
#[cfg(feature = "cli")]
mod excerpt;
#[cfg(feature = "cli")]
mod file;
#[cfg(feature = "cli")]
mod options;
#[cfg(feature = "cli")]
mod people;
mod public_url;
#[cfg(feature = "cli")]
mod rules;
#[cfg(feature = "cli")]
mod settings;
#[cfg(feature = "cli")]
mod sources;
mod text_file;
mod values;

pub use cors::{AllowedOrigin, Cors};
pub use emulator::{Config, ConfiguredFile, ConfiguredUser, DEFAULT_LISTEN, NetworkSettings};
pub use error::{ConfigError, Problem};
pub use public_url::PublicUrl;
pub use values::{
    AccessKeyId, CaseNumber, CheckPattern, Count, FailOn, FailOnDrift, FilePath, HostName, HostPattern, Key,
    KeyFile, Listen, LogFormat, MediaType, NamePrefix, Region, ReportFile, RuleFile, RulePattern,
    SecretAccessKey, Seed, ServerUrl, Size, Switch, Timeout, UrlExpiry,
};
#[cfg(feature = "cli")]
pub use {
    file::File,
    settings::{
        ClientSettings, DriftSettings, LogSettings, ProxySettings, RunSettings, ServeSettings,
        ServerSettings, Settings, SuiteSettings,
    },
};

#[cfg(feature = "cli")]
pub(crate) use options::{is_given, place, read, variables_of, with_variables};

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests;
