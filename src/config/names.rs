//! The names that `assay.toml` may have, what each takes, and which one was meant by a name that is none.

use crate::{exchange, fault::Fault};

/// What a setting takes in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// A text.
    Text,
    /// A text, or a list of them.
    Texts,
    /// A text, or a list of them that is not empty: an empty one would mean every origin, and look like none.
    Origins,
    /// A whole number.
    Number,
    /// A number of bytes, or a text with a unit.
    Size,
    /// `true` or `false`.
    Switch,
    /// Tables, each under a header in double brackets.
    Tables(&'static Table),
    /// Tables under such headers that `fault` reads.
    Faults,
}

/// A name at the top of the file.
#[derive(Debug)]
pub(super) struct Name {
    pub name: &'static str,
    pub takes: Takes,
    /// A right value, as it is written.
    pub example: &'static str,
}

/// A table that may come several times.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub name: &'static str,
    /// All of them texts.
    pub fields: &'static [Field],
}

/// A name in a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub name: &'static str,
    pub required: bool,
    /// A right value, as it is written.
    pub example: &'static str,
}

const fn name(name: &'static str, takes: Takes, example: &'static str) -> Name {
    Name { name, takes, example }
}

const fn field(name: &'static str, required: bool, example: &'static str) -> Field {
    Field { name, required, example }
}

const USER_ID: &str = r#""651eb6e11d156e0d7a42c59d""#;

static API_KEY: Table = Table {
    name: "api_key",
    fields: &[field("key", true, r#""alice-key""#), field("user_id", false, USER_ID)],
};

static USER: Table = Table {
    name: "user",
    fields: &[
        field("api_key", false, r#""alice-key""#),
        field("user_id", true, USER_ID),
        field("username", true, r#""jane@example.com""#),
        field("full_name", false, r#""Jane Doe""#),
    ],
};

static FILE: Table = Table {
    name: "file",
    fields: &[
        field("user_id", true, USER_ID),
        field("path", true, r#""files/report.pdf""#),
        field("filename", false, r#""report.pdf""#),
        field("mime_type", false, r#""application/pdf""#),
    ],
};

/// All names: the options of `assay serve`, `assay run` and `assay conformance` with `_`, and the tables.
pub(super) static NAMES: [Name; 49] = [
    name("listen", Takes::Text, r#""127.0.0.1:7979""#),
    name("spec", Takes::Texts, r#""openapi/files.yaml""#),
    name("public_url", Takes::Text, r#""http://assay.test:7979""#),
    name("control_host", Takes::Texts, r#""assay.test""#),
    name("tls_cert", Takes::Text, r#""certs/localhost.pem""#),
    name("tls_key", Takes::Text, r#""certs/localhost-key.pem""#),
    name("ca_dir", Takes::Text, r#"".assay-ca""#),
    name("intercept_host", Takes::Texts, r#""api.example.com""#),
    name("allow_host", Takes::Texts, r#""registry.npmjs.org""#),
    name("url_expiry", Takes::Text, r#""1h""#),
    name("max_object_size", Takes::Size, r#""5GiB""#),
    name("spill_over", Takes::Size, r#""8MiB""#),
    name("idle_timeout", Takes::Text, r#""20s""#),
    name("dedup", Takes::Text, r#""user""#),
    name("sign_content_type", Takes::Switch, "true"),
    name("cors", Takes::Origins, r#""http://localhost:5173""#),
    name("region", Takes::Text, r#""us-east-1""#),
    name("access_key_id", Takes::Text, r#""AKIAIOSFODNN7EXAMPLE""#),
    name("secret_access_key", Takes::Text, r#""…""#),
    name("seed", Takes::Number, "7"),
    name("log", Takes::Text, r#""json""#),
    name("quiet", Takes::Switch, "true"),
    name("verbose", Takes::Switch, "true"),
    name("fail_on", Takes::Text, r#""warning""#),
    name("intercept", Takes::Switch, "true"),
    name("ignore", Takes::Texts, r#""s3-*""#),
    name("report", Takes::Texts, r#""junit=assay.xml""#),
    name("timeout", Takes::Text, r#""10m""#),
    name("cases", Takes::Number, "100"),
    name("case", Takes::Number, "3"),
    name("only", Takes::Texts, r#""upload/*""#),
    name("skip", Takes::Texts, r#""expiry/*""#),
    name("known_failing", Takes::Text, r#""known-failing.txt""#),
    name("strict", Takes::Switch, "true"),
    name("max_time", Takes::Text, r#""30s""#),
    name("prefix", Takes::Text, r#""assay-""#),
    name("past_failures", Takes::Text, r#""past-failures.txt""#),
    name("url", Takes::Text, r#""http://127.0.0.1:7979""#),
    name("other_api_key", Takes::Text, r#""…""#),
    name("rate", Takes::Number, "50"),
    name("yes_this_is_remote", Takes::Switch, "true"),
    name("persistent", Takes::Switch, "true"),
    name("faults", Takes::Text, r#""faults.toml""#),
    name("scenario", Takes::Texts, r#""slow-down""#),
    name("defect", Takes::Texts, r#""lives-two-hours""#),
    name("fault", Takes::Faults, ""),
    name("api_key", Takes::Tables(&API_KEY), ""),
    name("user", Takes::Tables(&USER), ""),
    name("file", Takes::Tables(&FILE), ""),
];

/// Those whose value no message may show.
const SECRETS: [&str; 4] = ["key", "api_key", "other_api_key", "secret_access_key"];

/// The name at the top of the file that is called this.
pub(super) fn top(text: &str) -> Option<&'static Name> {
    NAMES.iter().find(|known| known.name == text)
}

/// Where a name stands, which decides what it is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Top,
    In(&'static Table),
    /// In a rule of a fault, or in its effect.
    InFault,
    /// Below a name that nobody knows, or that has nothing below it.
    Nowhere,
}

impl Place {
    /// Where the names below this one stand.
    pub(super) fn below(self, text: &str) -> Self {
        match (self, top(text).map(|name| name.takes)) {
            (Self::Top, Some(Takes::Tables(table))) => Self::In(table),
            (Self::Top, Some(Takes::Faults)) => Self::InFault,
            (Self::InFault, _) if text == "effect" => Self::InFault,
            _ => Self::Nowhere,
        }
    }

    /// Whether a value under this name may be shown: it is known here, and no secret. What a name that nobody
    /// knows is for, nobody knows either: it may be a mistyped `key`.
    pub(super) fn shows(self, text: &str) -> bool {
        let known = match self {
            Self::Top => top(text).is_some(),
            Self::In(table) => table.fields.iter().any(|field| field.name == text),
            Self::InFault => Fault::has_part(text),
            Self::Nowhere => false,
        };
        known && !is_secret(text)
    }
}

/// Whether this is the name of a secret.
pub(super) fn is_secret(text: &str) -> bool {
    SECRETS.contains(&text)
}

/// The name that was meant, where one is near.
pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    exchange::nearest(&text.to_lowercase().replace('-', "_"), known, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(text: &str) -> Option<&'static str> {
        nearest(text, NAMES.iter().map(|known| known.name))
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        for (text, name) in [
            ("url_expire", "url_expiry"),
            ("url-expiry", "url_expiry"),
            ("API_KEY", "api_key"),
            ("api_keys", "api_key"),
            ("users", "user"),
            ("lsiten", "listen"),
            ("scenarios", "scenario"),
            ("faluts", "faults"),
        ] {
            assert_eq!(meant(text), Some(name), "{text}");
        }
        for text in ["frobnicate", "x", "", &"a".repeat(1000)] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_name_that_is_known_where_it_stands_and_is_no_secret_shows_its_value() {
        let (keys, users) = (Place::Top.below("api_key"), Place::Top.below("user"));
        assert!(Place::Top.shows("listen") && keys.shows("user_id") && users.shows("username"));
        assert!(
            !Place::Top.shows("kye") && !Place::Top.shows("secret_access_key") && !Place::Top.shows("path")
        );
        assert!(!keys.shows("key") && !keys.shows("listen") && !users.shows("api_key"));
        assert!(!Place::Top.below("listen").shows("listen") && !keys.below("user").shows("username"));
    }
}
