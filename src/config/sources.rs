//! Reads the types of settings from the command line, the environment and TOML, by their `FromStr`.

use std::{ffi::OsStr, fmt, marker::PhantomData, str::FromStr};

use clap::{
    Arg, Command,
    builder::{TypedValueParser, ValueParserFactory},
    error::ErrorKind,
    parser::ValueSource,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, SeqAccess, Visitor},
};

use super::{
    AccessKeyId, CaseNumber, CheckPattern, Cors, Count, FailOn, FailOnDrift, FilePath, HostName, HostPattern,
    Key, KeyFile, Listen, LogFormat, MediaType, NamePrefix, Problem, PublicUrl, Region, ReportFile, RuleFile,
    RulePattern, SecretAccessKey, Seed, ServerUrl, Size, Switch, Timeout, UrlExpiry, rules,
};
use crate::{
    defect::Defect,
    fault::{Fault, Mistakes, Scenario},
    files::{ApiKey, Dedup, EtagForm, UserId},
};

/// TOML type of a setting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Text,
    Number,
    Size,
    Switch,
}

/// Lets clap and serde read types by their `FromStr`; with the TOML type of each, and an example in TOML.
macro_rules! settings {
    ($($type:ty: $takes:ident, $example:literal;)*) => {$(
        impl ValueParserFactory for $type {
            type Parser = FromText<Self>;

            fn value_parser() -> FromText<Self> {
                FromText(PhantomData)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let (takes, example) = (Takes::$takes, $example);
                deserializer.deserialize_any(FromToml { takes, example, value: PhantomData })
            }
        }
    )*};
}

settings! {
    Listen: Text, r#""127.0.0.1:7979""#;
    ApiKey: Text, r#""alice-key""#;
    Key: Text, r#""alice-key""#;
    KeyFile: Text, r#""api-keys.txt""#;
    UserId: Text, r#""651eb6e11d156e0d7a42c59d""#;
    PublicUrl: Text, r#""http://assay.test:7979""#;
    HostName: Text, r#""assay.test""#;
    HostPattern: Text, r#""registry.npmjs.org""#;
    FilePath: Text, r#""openapi/files.yaml""#;
    UrlExpiry: Text, r#""1h""#;
    Timeout: Text, r#""20s""#;
    Size: Size, r#""64KiB""#;
    Dedup: Text, r#""user""#;
    Switch: Switch, "true";
    Cors: Text, r#""http://localhost:5173""#;
    Region: Text, r#""us-east-1""#;
    AccessKeyId: Text, r#""AKIAIOSFODNN7EXAMPLE""#;
    SecretAccessKey: Text, r#""…""#;
    EtagForm: Text, r#""opaque""#;
    Fault: Text, r#""put:nth=1:error=SlowDown""#;
    RuleFile: Text, r#""faults.toml""#;
    &'static Scenario: Text, r#""slow-down""#;
    &'static Defect: Text, r#""lives-two-hours""#;
    Seed: Number, "7";
    LogFormat: Text, r#""json""#;
    FailOn: Text, r#""warning""#;
    FailOnDrift: Text, r#""drift""#;
    RulePattern: Text, r#""s3-*""#;
    ReportFile: Text, r#""junit=assay.xml""#;
    Count: Number, "100";
    CaseNumber: Number, "3";
    CheckPattern: Text, r#""upload/*""#;
    NamePrefix: Text, r#""ci-""#;
    ServerUrl: Text, r#""http://127.0.0.1:7979""#;
    MediaType: Text, r#""application/pdf""#;
}

/// Reads an option, or its environment variable.
#[derive(Clone)]
pub struct FromText<T>(PhantomData<fn() -> T>);

impl<T> TypedValueParser for FromText<T>
where
    T: FromStr<Err: IntoProblem> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        self.parse_ref_(command, arg, value, ValueSource::CommandLine)
    }

    fn parse_ref_(
        &self,
        _command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<T, clap::Error> {
        let problem = match value.to_str().map(|text| (text, text.parse())) {
            Some((_, Ok(value))) => return Ok(value),
            Some((text, Err(error))) => IntoProblem::into_problem(error, text),
            None => Problem::new("not valid UTF-8"),
        };
        let place = arg.map_or_else(String::new, |arg| match (source, arg.get_env(), arg.get_long()) {
            (ValueSource::EnvVariable, Some(variable), _) => variable.display().to_string(),
            (_, _, Some(long)) => format!("--{long}"),
            _ => arg.get_id().to_string(),
        });
        Err(clap::Error::raw(ErrorKind::ValueValidation, format_args!("{place}: {problem}")))
    }
}

/// An error of a setting's text.
pub trait IntoProblem {
    /// Returns it as a message about `text`.
    fn into_problem(self, text: &str) -> Problem;
}

impl<E: Into<Problem>> IntoProblem for E {
    fn into_problem(self, _text: &str) -> Problem {
        self.into()
    }
}

impl IntoProblem for Mistakes {
    fn into_problem(self, text: &str) -> Problem {
        rules::in_option(text, &self)
    }
}

/// Reads a value of TOML. Messages do not show it: it may be a secret.
struct FromToml<T> {
    takes: Takes,
    example: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T: FromStr<Err: IntoProblem>> FromToml<T> {
    fn read<E: Error>(&self, is_right: bool, text: &str, found: &str) -> Result<T, E> {
        if !is_right {
            return Err(self.wrong(found));
        }
        text.parse().map_err(|error| E::custom(T::Err::into_problem(error, text)))
    }

    fn number<E: Error>(&self, number: impl fmt::Display) -> Result<T, E> {
        let is_right = matches!(self.takes, Takes::Number | Takes::Size);
        self.read(is_right, &number.to_string(), "a whole number")
    }

    fn wrong<E: Error>(&self, found: &str) -> E {
        let takes = match self.takes {
            Takes::Text => "a text",
            Takes::Number => "a whole number",
            Takes::Size => "a number of bytes or a text",
            Takes::Switch => "true or false",
        };
        E::custom(format_args!("expected {takes}, such as {}; found {found}", self.example))
    }
}

impl<'de, T: FromStr<Err: IntoProblem>> Visitor<'de> for FromToml<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.example)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        self.read(matches!(self.takes, Takes::Text | Takes::Size), text, "a text")
    }

    fn visit_bool<E: Error>(self, switch: bool) -> Result<T, E> {
        self.read(self.takes == Takes::Switch, &switch.to_string(), "true or false")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.number(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.number(number)
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<T, E> {
        self.number(number)
    }

    fn visit_f64<E: Error>(self, _number: f64) -> Result<T, E> {
        Err(self.wrong("a number with a fraction"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _list: A) -> Result<T, A::Error> {
        Err(self.wrong("a list"))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, _table: A) -> Result<T, A::Error> {
        Err(self.wrong("a table or a date"))
    }
}

/// Reads a value, or a list of values.
pub(super) fn one_or_more<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct OneOrMore<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMore<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or a list of texts")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            std::iter::from_fn(|| list.next_element().transpose()).collect()
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(text.into_deserializer())?])
        }
    }

    deserializer.deserialize_any(OneOrMore(PhantomData))
}

/// Reads `cors`: an empty list would allow every origin, and look as if it allowed none.
pub(super) fn cors<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cors>, D::Error> {
    let values = one_or_more(deserializer)?;
    if values.is_empty() {
        return Err(D::Error::custom(
            "empty list: write \"off\" to allow no origin, or leave `cors` out to allow every origin",
        ));
    }
    Cors::check(&values).map_err(D::Error::custom)?;
    Ok(values)
}
