//! docs/facts-s3.md#query-parameters

use super::{hold, refuse, trigger};
use crate::support::{
    bucket::{element, frozen, signed, upload},
    request::Request,
};

#[test]
fn wrong_parameters_are_refused_word_for_word() {
    let emulator = frozen();
    let good = upload(&emulator);
    let rows = [
        ("missing-parameters", 400),
        ("missing-algorithm", 400), // a decision
        ("no-authentication", 403),
        ("unsupported-algorithm", 400),
        ("malformed-credential", 400),
        ("wrong-region", 400),
        ("wrong-service", 400),
        ("wrong-terminator", 400),
        ("malformed-credential-date", 400),
        ("other-credential-date", 400),
        ("malformed-date", 400),
        ("expires-over-a-week", 400),
        ("negative-expires", 400),
        ("non-numeric-expires", 400),
        ("zero-expires", 403), // a decision
        ("unsigned-host", 403),
        ("unknown-access-key", 403),
        ("two-auth-mechanisms", 400),
    ];
    let rows = rows.map(|(row, status)| (row, trigger::of(row, good.clone()), status));
    refuse(&emulator, rows.into());
}

#[test]
fn any_of_the_six_parameters_that_is_missing_or_empty_is_missed() {
    let emulator = frozen();
    let good = upload(&emulator);
    let without = |name: &str| good.clone().replace(name, "X-Other");
    let mut missing =
        vec![("missing-parameters", good.clone().replace("&X-Amz-Date", "&amp;X-Amz-Date"), 400)];
    for name in ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"] {
        missing.push(("missing-parameters", without(&format!("X-Amz-{name}=")), 400));
    }
    // The list of signed headers may be empty: docs/facts-s3.md#unsigned-host
    for name in ["Algorithm", "Credential", "Date", "Expires", "Signature"] {
        let name = format!("X-Amz-{name}=");
        let (_, rest) = good.target.split_once(&name).unwrap();
        let value = rest.split('&').next().unwrap();
        missing.push(("missing-parameters", good.clone().replace(&format!("{name}{value}"), &name), 400));
    }
    missing.push((
        "missing-parameters",
        Request { target: "/alloy-user-files/k?X-Amz-Date=".to_owned(), ..good.clone() },
        400,
    ));
    refuse(&emulator, missing);
}

#[test]
fn a_credential_of_any_other_number_of_parts_is_malformed() {
    let emulator = frozen();
    let good = upload(&emulator);
    let rows = [
        ("%2Faws4_request", ""),
        ("%2Faws4_request", "%2Faws4_request%2Fx"),
        ("AKIAIOSFODNN7EXAMPLE%2F", ""),
        ("%2Fus-east-1%2Fs3", ""),
    ];
    refuse(
        &emulator,
        rows.map(|(from, to)| ("malformed-credential", good.clone().replace(from, to), 400)).into(),
    );
}

#[test]
fn a_week_is_the_longest_time_and_any_further_digit_too_many() {
    let emulator = frozen();
    let good = upload(&emulator);
    let expires = |text: &str| good.clone().replace("X-Amz-Expires=3600", &format!("X-Amz-Expires={text}"));
    let rows = [
        ("expires-over-a-week", expires("99999999999999999999999"), 400),
        ("negative-expires", expires("-99999999999999999999999"), 400),
        ("non-numeric-expires", expires("1.5"), 400),
        ("non-numeric-expires", expires("-"), 400),
        ("non-numeric-expires", expires("%2B5"), 400),
        ("non-numeric-expires", expires("%D9%A3"), 400),
        ("expires-over-a-week", expires("4294967296"), 400),
        ("zero-expires", expires("-0"), 403),
        ("non-numeric-expires", expires("%20"), 400),
        ("non-numeric-expires", expires("0x10"), 400),
    ];
    refuse(&emulator, rows.into());
    // 604800 itself passes; the signature is then wrong.
    assert_eq!(element(&expires("604800").send(&emulator), "Code"), "SignatureDoesNotMatch");
}

#[test]
fn host_must_be_among_the_signed_headers() {
    let emulator = frozen();
    let good = upload(&emulator);
    let plain = good.clone().without("content-md5");
    let rows = [
        // The list is empty, has other names, or was encoded twice and is one name.
        ("unsigned-host", plain.clone().replace("content-md5%3Bhost", ""), 403),
        ("unsigned-host", plain.clone().replace("content-md5%3Bhost", "content-md5%3Baccept"), 403),
        ("unsigned-host", plain.replace("content-md5%3Bhost", "content-md5%253Bhost"), 403),
    ];
    refuse(&emulator, rows.into());
    // With an unsigned Content-MD5, both are named.
    let both = good.replace("content-md5%3Bhost", "content-md5%253Bhost").send(&emulator);
    assert_eq!((both.status, element(&both, "HeadersNotSigned").as_str()), (403, "content-md5, host"));
}

#[test]
fn whatever_the_authorization_it_is_one_mechanism_too_many() {
    let emulator = frozen();
    let aws4 = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/s3/aws4_request";
    for value in ["Basic YWxpY2U6a2V5", aws4, "Bearer a<b&c", "nonsense", ""] {
        let answer = upload(&emulator).and("authorization", value).send(&emulator);
        assert_eq!((answer.status, element(&answer, "Code").as_str()), (400, "InvalidArgument"), "{value}");
        assert_eq!(element(&answer, "ArgumentName"), "Authorization");
        assert_eq!(element(&answer, "ArgumentValue"), value);
    }
    assert!(emulator.files().is_empty());
}

#[test]
fn without_authentication_nothing_can_be_done_with_any_method() {
    let emulator = frozen();
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        hold("no-authentication", &upload(&emulator).method(method).without_query().send(&emulator), 403);
    }
    assert!(emulator.files().is_empty());
}

#[test]
fn first_value_of_a_repeated_parameter_counts() {
    let emulator = frozen();
    let good = upload(&emulator);
    // A decision: no SDK sends a parameter twice.
    let twice = |pair: &str| Request { target: format!("{}&{pair}", good.target), ..good.clone() };
    for pair in ["X-Amz-Expires=3600", "X-Amz-Expires=0", "X-Amz-Date=20200102T030405Z", "x-id=PutObject"] {
        let answer = twice(pair).send(&emulator);
        assert_eq!((answer.status, element(&answer, "Code").as_str()), (403, "SignatureDoesNotMatch"));
    }
    assert!(emulator.files().is_empty());
}

#[test]
fn parameters_may_come_in_any_order_and_with_any_escapes() {
    let emulator = frozen();
    let good = upload(&emulator);
    let (path, query) = good.target.split_once('?').unwrap();
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.reverse();
    let reversed = Request { target: format!("{path}?{}", parameters.join("&")), ..good.clone() };
    let other_escapes = good.clone().replace("%3Bhost", ";ho%73t").replace("%2F", "/").replace("%2F", "%2f");
    // A decision: `+` is a space in a query.
    let spaced = signed("PUT", "k?note=a%20b", &[]).replace("a%20b", "a+b").body(b"");
    for request in [reversed, other_escapes, spaced] {
        let answer = request.send(&emulator);
        assert_eq!(answer.status, 200, "{}: {}", request.target, answer.text());
    }
}
