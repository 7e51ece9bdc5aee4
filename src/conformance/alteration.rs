//! Changes to a presigned URL: as they are sent, and as a shell makes them.

use std::fmt;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// Sets a parameter to an encoded value.
    Set(&'static str, String),
    /// Removes a parameter.
    Drop(&'static str),
    /// Changes the first digit of the signature.
    Signature,
    /// Removes the query.
    NoQuery,
    /// Appends an `x` to the path, and so to the key.
    Path,
}

impl Alteration {
    /// Applies the change to a target (path and query).
    pub fn of(&self, target: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameters = |change: &dyn Fn(&str) -> Option<String>| {
            let query: Vec<String> = query.split('&').filter_map(change).collect();
            format!("{path}?{}", query.join("&"))
        };
        match self {
            Self::Set(name, value) => parameters(&|one| {
                Some(if is_named(one, name) { format!("{name}={value}") } else { one.to_owned() })
            }),
            Self::Drop(name) => parameters(&|one| (!is_named(one, name)).then(|| one.to_owned())),
            Self::Signature => parameters(&|one| {
                Some(match one.strip_prefix(SIGNATURE) {
                    Some(digits) if digits.starts_with('0') => format!("{SIGNATURE}1{}", &digits[1..]),
                    Some(digits) => format!("{SIGNATURE}0{}", digits.get(1..).unwrap_or_default()),
                    None => one.to_owned(),
                })
            }),
            Self::NoQuery => path.to_owned(),
            Self::Path => format!("{path}x?{query}"),
        }
    }

    /// Returns the script for `sed -E` that makes the same change to a URL.
    pub fn sed(&self) -> String {
        match self {
            Self::Set(name, value) => {
                format!("s/([?&]){name}=[^&]*/\\1{name}={}/", value.replace('/', "\\/"))
            }
            Self::Drop(name) => format!("s/([?&]){name}=[^&]*&?/\\1/; s/[?&]$//"),
            Self::Signature => format!("s/({SIGNATURE})0/\\11/; t; s/({SIGNATURE})./\\10/"),
            Self::NoQuery => "s/[?].*//".to_owned(),
            Self::Path => "s/[?]/x?/".to_owned(),
        }
    }
}

const SIGNATURE: &str = "X-Amz-Signature=";

fn is_named(parameter: &str, name: &str) -> bool {
    parameter.split('=').next() == Some(name)
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(name, value) => write!(f, "{name} changed to {value}"),
            Self::Drop(name) => write!(f, "{name} left out"),
            Self::Signature => f.write_str("the first digit of X-Amz-Signature changed"),
            Self::NoQuery => f.write_str("the query left out"),
            Self::Path => f.write_str("an `x` put at the end of the path"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_changes_what_it_says_alone() {
        let target = "/b/k?X-Amz-Date=1&X-Amz-Expires=3600&X-Amz-Signature=0ab&x-id=P";
        for (alteration, expected) in [
            (
                Alteration::Set("X-Amz-Expires", "7200".into()),
                "/b/k?X-Amz-Date=1&X-Amz-Expires=7200&X-Amz-Signature=0ab&x-id=P",
            ),
            (Alteration::Drop("X-Amz-Date"), "/b/k?X-Amz-Expires=3600&X-Amz-Signature=0ab&x-id=P"),
            (Alteration::Signature, "/b/k?X-Amz-Date=1&X-Amz-Expires=3600&X-Amz-Signature=1ab&x-id=P"),
            (Alteration::NoQuery, "/b/k"),
            (Alteration::Path, "/b/kx?X-Amz-Date=1&X-Amz-Expires=3600&X-Amz-Signature=0ab&x-id=P"),
        ] {
            assert_eq!(alteration.of(target), expected);
        }
        assert_eq!(Alteration::Signature.of("/k?X-Amz-Signature=9"), "/k?X-Amz-Signature=0");
    }

    #[cfg(unix)]
    #[test]
    fn sed_makes_the_same_of_a_url() {
        let target = "/b/k?X-Amz-Date=1&X-Amz-Expires=3600&X-Amz-Signature=0ab&x-id=P";
        for alteration in [
            Alteration::Set("X-Amz-Credential", "a%2Fb/c".into()),
            Alteration::Set("X-Amz-Expires", "7200".into()),
            Alteration::Drop("X-Amz-Date"),
            Alteration::Drop("x-id"),
            Alteration::Signature,
            Alteration::NoQuery,
            Alteration::Path,
        ] {
            let script = format!("printf %s 'http://h{target}' | sed -E '{}'", alteration.sed());
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            let made = String::from_utf8(output.stdout).unwrap();
            assert_eq!(made.trim_end(), format!("http://h{}", alteration.of(target)), "{alteration}");
        }
    }
}
