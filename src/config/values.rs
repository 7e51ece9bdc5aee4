//! The types of settings. Each reads itself from text (`FromStr`).

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use super::{Problem, text_file::read_text};
use crate::{
    exchange::{BoundedDuration, Glob, Rule, Severity, parse_size},
    fault::{Fault, Scenario},
    files::{ApiKey, Dedup, EtagForm, UserId},
    report::Kind,
    text,
};

/// Declares types that wrap one value.
macro_rules! newtypes {
    ($($(#[$attribute:meta])* $name:ident($value:ty);)*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name(
            /// The value.
            pub $value,
        );
    )*};
}

newtypes! {
    /// An address to listen on, `HOST:PORT`.
    Listen(String);
    /// A host name without port.
    HostName(String);
    /// A host name, or a pattern of host names.
    HostPattern(String);
    /// A path.
    FilePath(PathBuf);
    /// Validity of presigned URLs: whole seconds, from 1 s to 7 days (S3's bounds).
    UrlExpiry(Duration);
    /// A duration above zero.
    Timeout(Duration);
    /// A number of bytes.
    Size(u64);
    /// An AWS region.
    Region(String);
    /// An AWS access key id.
    AccessKeyId(String);
    /// The rules of a file.
    RuleFile(Vec<Fault>);
    /// A seed.
    Seed(u64);
    /// The least severe finding that fails a run; `None` for none.
    FailOn(Option<Severity>);
    /// A pattern of finding rules.
    RulePattern(Glob);
    /// A number from 1.
    Count(u32);
    /// The number of a case, from 0.
    CaseNumber(u32);
    /// A pattern of check ids.
    CheckPattern(Glob);
    /// The beginning of the names of files and users.
    NamePrefix(String);
    /// The address of a server.
    ServerUrl(String);
    /// A media type.
    MediaType(String);
}

/// A switch that is on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switch(pub bool);

/// An API key without a user id. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub String);

/// The API keys of a file. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFile(pub Vec<ApiKey>);

/// An AWS secret access key. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretAccessKey(pub String);

/// Format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Threshold for failing a run with a real server: findings of a severity, or new differences.
#[derive(Clone, Debug, PartialEq)]
pub struct FailOnDrift {
    /// Findings.
    pub findings: FailOn,
    /// Differences that the baseline does not know.
    pub drift: bool,
}

impl Default for FailOn {
    fn default() -> Self {
        Self(Some(Severity::Error))
    }
}

impl FailOnDrift {
    /// Findings that are errors.
    pub const ERROR: Self = Self { findings: FailOn(Some(Severity::Error)), drift: false };
    /// New differences.
    pub const DRIFT: Self = Self { findings: FailOn(None), drift: true };
}

/// A report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// Its format.
    pub kind: Kind,
    /// Path of the report.
    pub path: PathBuf,
}

/// Implements `FromStr` with [`Problem`] as the error.
macro_rules! from_str {
    ($($type:ty: |$text:ident| $read:expr;)*) => {$(
        impl FromStr for $type {
            type Err = Problem;

            fn from_str($text: &str) -> Result<Self, Problem> {
                $read
            }
        }
    )*};
}

from_str! {
    Listen: |text| match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(Self(text.to_owned())),
        _ => Err(Problem::invalid("address", text, "HOST:PORT, such as 127.0.0.1:7979; port 0 picks a free one")),
    };
    HostName: |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        checked(text, allowed, Self, "host name", "one such as assay.test, without scheme or port")
    };
    Region: |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        checked(text, allowed, Self, "region", "one such as us-east-1")
    };
    AccessKeyId: |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        checked(text, allowed, Self, "access key id", "letters and digits, such as AKIAIOSFODNN7EXAMPLE")
    };
    SecretAccessKey: |text| {
        let key = Some(text).filter(|text| !text.is_empty());
        key.map(|key| Self(key.to_owned())).ok_or_else(|| Problem::new("empty secret access key"))
    };
    Key: |text| {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        let what = if text.is_empty() { "empty API key" } else { "invalid API key" };
        Err(Problem::new(format_args!("{what}: expected visible ASCII characters without blanks")))
    };
    // Keys may contain `=`.
    ApiKey: |text| {
        let split = text.rsplit_once('=').and_then(|(key, id)| Some((key, id.parse::<UserId>().ok()?)));
        let (key, user) = split.unwrap_or_else(|| (text, UserId::of_key(text)));
        Ok(Self { key: key.parse::<Key>()?.0, user })
    };
    KeyFile: |text| key_file(text);
    HostPattern: |text| {
        let pattern = Some(text.trim()).filter(|text| !text.is_empty());
        let problem = || Problem::new("empty host pattern: expected one such as registry.npmjs.org, or *");
        pattern.map(|pattern| Self(pattern.to_owned())).ok_or_else(problem)
    };
    FilePath: |text| {
        let path = Some(text).filter(|text| !text.is_empty());
        path.map(|path| Self(path.into())).ok_or_else(|| Problem::new("empty path"))
    };
    UrlExpiry: |text| {
        let expiry = text.parse::<BoundedDuration>()?.get();
        let is_valid = expiry.subsec_nanos() == 0 && (1..=604_800).contains(&expiry.as_secs());
        let expected = "whole seconds from 1s to 168h, the 7 days that S3 allows";
        is_valid.then_some(Self(expiry)).ok_or_else(|| Problem::invalid("lifetime", text, expected))
    };
    Timeout: |text| {
        let timeout = Some(text.parse::<BoundedDuration>()?.get()).filter(|timeout| !timeout.is_zero());
        timeout.map(Self).ok_or_else(|| Problem::invalid("duration", text, "more than 0s"))
    };
    Size: |text| Ok(Self(parse_size(text)?));
    Dedup: |text| one_of(text, &[("user", Self::User), ("key", Self::Key), ("off", Self::Off)]);
    EtagForm: |text| one_of(text, &[("md5", Self::Md5), ("opaque", Self::Opaque)]);
    LogFormat: |text| one_of(text, &[("text", Self::Text), ("json", Self::Json)]);
    FailOn: |text| one_of(text, &[
        ("error", Self(Some(Severity::Error))),
        ("warning", Self(Some(Severity::Warning))),
        ("never", Self(None)),
    ]);
    FailOnDrift: |text| match text {
        "drift" => Ok(Self::DRIFT),
        _ => one_of(text, &[
            ("error", FailOn(Some(Severity::Error))),
            ("warning", FailOn(Some(Severity::Warning))),
            ("drift", FailOn(None)),
            ("never", FailOn(None)),
        ])
        .map(|findings| Self { findings, drift: false }),
    };
    Switch: |text| match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(Self(true)),
        "false" | "no" | "off" | "0" => Ok(Self(false)),
        _ => Err(Problem::invalid("value", text, "true or false")),
    };
    &'static Scenario: |text| Ok(Scenario::named(text)?);
    Seed: |text| number(text).map(Self);
    CaseNumber: |text| number(text).map(Self);
    Count: |text| {
        let count = text.parse().ok().filter(|count| *count > 0);
        count.map(Self).ok_or_else(|| Problem::invalid("number", text, "a whole number from 1"))
    };
    CheckPattern: |text| {
        let pattern = Some(text).filter(|text| !text.is_empty());
        let problem = || Problem::new("empty pattern: expected a check's id, or a pattern such as upload/*");
        Ok(Self(pattern.ok_or_else(problem)?.parse()?))
    };
    RulePattern: |text| rule_pattern(text);
    NamePrefix: |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let expected = "at most 64 letters, digits, dots, hyphens and underscores";
        match text.len() {
            0 => Ok(Self(String::new())),
            1..=64 => checked(text, allowed, Self, "prefix", expected),
            _ => Err(Problem::invalid("prefix", text, expected)),
        }
    };
    ServerUrl: |text| {
        let url = Some(text).filter(|text| !text.is_empty());
        let problem = || Problem::new("empty URL: expected one such as http://127.0.0.1:7979");
        url.map(|url| Self(url.to_owned())).ok_or_else(problem)
    };
    ReportFile: |text| {
        let expected = "KIND=FILE, such as junit=assay.xml";
        let (kind, file) = text.split_once('=').ok_or_else(|| Problem::invalid("report", text, expected))?;
        if file == "-" {
            let sentence = format!("invalid file `-`: for standard output, write {kind}=/dev/stdout");
            return Err(Problem::new(sentence));
        }
        Ok(Self { kind: kind.parse()?, path: file.parse::<FilePath>()?.0 })
    };
    MediaType: |text| {
        let is_token = |part: &str| {
            part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b)) && !part.is_empty()
        };
        let essence = text.split(';').next().unwrap_or_default().trim_end();
        let is_type = essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
        let is_valid = is_type && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let problem = || Problem::invalid("media type", text, "one such as application/pdf");
        is_valid.then(|| Self(text.to_owned())).ok_or_else(problem)
    };
}

/// Reads a text of allowed bytes.
fn checked<T>(
    text: &str,
    allowed: impl Fn(u8) -> bool,
    of: impl FnOnce(String) -> T,
    what: &str,
    expected: &str,
) -> Result<T, Problem> {
    let is_valid = !text.is_empty() && text.bytes().all(allowed);
    if is_valid { Ok(of(text.to_owned())) } else { Err(Problem::invalid(what, text, expected)) }
}

/// Reads one of a few words.
fn one_of<T: Clone>(text: &str, words: &[(&str, T)]) -> Result<T, Problem> {
    let known = words.iter().find(|(word, _)| *word == text);
    let expected = || text::or(words.iter().map(|(word, _)| *word));
    known.map(|(_, value)| value.clone()).ok_or_else(|| Problem::invalid("value", text, &expected()))
}

fn number<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::invalid("number", text, "a whole number from 0"))
}

/// Reads a file with an API key a line.
fn key_file(path: &str) -> Result<KeyFile, Problem> {
    let text = read_text(Path::new(path))?;
    let mut keys = Vec::new();
    for (at, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let key = line.trim_end().parse();
        keys.push(
            key.map_err(|problem: Problem| Problem::new(format_args!("line {at} of `{path}`: {problem}")))?,
        );
    }
    if keys.is_empty() {
        return Err(Problem::new(format_args!(
            "no API key in `{path}`: write KEY or KEY=USER_ID, one a line"
        )));
    }
    Ok(KeyFile(keys))
}

/// Reads a pattern of finding rules. One that matches no rule is a typing error: nothing would be ignored.
fn rule_pattern(text: &str) -> Result<RulePattern, Problem> {
    Rule::pattern(text).map(RulePattern).map_err(Problem::new)
}
