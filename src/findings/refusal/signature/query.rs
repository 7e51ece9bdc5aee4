//! Another query than the URL's: parameters dropped, added, changed, encoded once more or once
//! less. Their order does not matter. The signature is not compared here.

use percent_encoding::percent_decode;

use crate::{
    exchange::Violation,
    findings::refusal::{
        SIGNATURE,
        words::{list, quoted_bytes},
    },
    s3::sigv4::{Param, Query},
};

/// Limit on the differences that are reported one by one: a rebuilt query differs in all of them.
const MAX_SHOWN: usize = 3;

/// Returns what differs.
pub(super) fn differs(sent: &Query<'_>, issued: &Query<'_>) -> Vec<Violation> {
    let mut added = without(sent, issued);
    let missing = without(issued, sent);
    let mut found = Vec::new();
    let mut lost = Vec::new();
    for param in missing {
        // Same name, other value.
        match added.iter().position(|other| other.name == param.name) {
            Some(at) => found.push(changed(added.remove(at), param)),
            None => lost.push(param),
        }
    }
    found.truncate(MAX_SHOWN);
    found.extend(reported("s3-query-missing", &lost, |names, they| {
        format!("The URL has {names} in its query, and the request has not: every parameter is signed, so {they} must stay.")
    }));
    found.extend(reported("s3-query-added", &added, |names, they| {
        format!("The request has {names} in its query, and the URL that was signed has not: {they} must go.")
    }));
    found
}

/// Returns the parameters of one query that are missing in the other, with repetitions.
fn without<'q, 'a>(query: &'q Query<'a>, other: &Query<'_>) -> Vec<&'q Param<'a>> {
    let is_other = |param: &&Param<'_>| *param.name != *SIGNATURE.as_bytes();
    let mut left: Vec<_> = other.params().iter().collect();
    let mut missing = Vec::new();
    for param in query.params().iter().filter(is_other) {
        match left.iter().position(|known| known.name == param.name && known.value == param.value) {
            Some(at) => drop(left.swap_remove(at)),
            None => missing.push(param),
        }
    }
    missing
}

/// Explains one parameter with another value than the signed one.
fn changed(sent: &Param<'_>, issued: &Param<'_>) -> Violation {
    let plain = |value: &[u8]| percent_decode(value).collect::<Vec<u8>>();
    let spaced = || issued.value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte });
    let (rule, how) = if plain(&sent.value) == *issued.value {
        ("s3-url-encoded-twice", " It was percent-encoded a second time.")
    } else if plain(&issued.value) == *sent.value || spaced().eq(sent.value.iter().copied()) {
        ("s3-url-decoded", " It was percent-decoded before the URL was used.")
    } else {
        ("s3-query-changed", " Every parameter is signed.")
    };
    let message = format!(
        "The URL was signed with {} as {}, and the request has {}.{how}",
        quoted_bytes(&issued.name),
        quoted_bytes(&issued.value),
        quoted_bytes(&sent.value)
    );
    Violation::new(rule, place(&String::from_utf8_lossy(&issued.name)), message)
}

/// Returns one violation for all parameters that were changed alike, without their values.
fn reported(
    rule: &'static str,
    params: &[&Param<'_>],
    sentence: impl Fn(&str, &str) -> String,
) -> Option<Violation> {
    let names: Vec<_> = params.iter().map(|param| String::from_utf8_lossy(&param.name)).collect();
    let first = names.first()?;
    let more = names.len().saturating_sub(MAX_SHOWN);
    let shown = list(names.iter().take(MAX_SHOWN).map(|name| &**name));
    let shown = if more > 0 { format!("{shown} and {more} more") } else { shown };
    let they = if names.len() == 1 { "it" } else { "they" };
    Some(Violation::new(rule, place(first), sentence(&shown, they)))
}

/// Returns a parameter's place: its name, or the query for one without a name.
fn place(name: &str) -> &str {
    if name.is_empty() { "query" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(sent: &str, issued: &str) -> Vec<(&'static str, String)> {
        let found = differs(&Query::parse(Some(sent)), &Query::parse(Some(issued)));
        found.into_iter().map(|violation| (violation.rule, violation.pointer)).collect()
    }

    #[test]
    fn parameters_are_compared_by_name_and_value_in_any_order() {
        assert_eq!(rules("b=2&a=%31&X-Amz-Signature=0", "a=1&b=2&X-Amz-Signature=1"), []);
        for (sent, rule, pointer) in [
            ("a=1", "s3-query-missing", "b"),
            ("a=1&b=x%2Fy&v=2", "s3-query-added", "v"),
            ("a=1&a=1&b=x%2Fy", "s3-query-added", "a"),
            ("a=2&b=x%2Fy", "s3-query-changed", "a"),
            ("a=1&b=x%252Fy", "s3-url-encoded-twice", "b"),
        ] {
            assert_eq!(rules(sent, "a=1&b=x%2Fy"), [(rule, pointer.to_owned())], "{sent}");
        }
        assert_eq!(rules("a=x+y", "a=x%2By"), [("s3-url-decoded", "a".to_owned())]);
        assert_eq!(rules("a=50%", "a=50%2525"), [("s3-url-decoded", "a".to_owned())]);
    }

    #[test]
    fn names_added_parameters_without_values() {
        let found = differs(&Query::parse(Some("token=hush")), &Query::default());
        assert!(found[0].message.contains("`token`") && !found[0].message.contains("hush"));
    }
}
