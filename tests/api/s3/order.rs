//! docs/facts-s3.md#order-of-checks: a request that is wrong in two ways gets the answer of the
//! first check. Each pair of neighbours is there, and the second mistake is one by itself.

use super::trigger;
use crate::support::{
    self,
    bucket::{BODY, EMPTY_MD5, MD5, at, element, frozen, frozen_with, signed_at, upload},
    golden,
    raw::Answer,
    request::Request,
};

/// The rows of two checks, the request that both refuse, and the one that only the second refuses.
struct Pair {
    first: &'static str,
    second: &'static str,
    both: Request,
    alone: Request,
}

#[track_caller]
fn hold(emulator: &alloy_assay::Emulator, pairs: Vec<Pair>) {
    for Pair { first, second, both, alone } in pairs {
        let name = format!("{first} before {second}");
        assert_eq!(status_and_text(&both.send(emulator)), golden::status_and_text(first), "{name}");
        assert_eq!(
            status_and_text(&alone.send(emulator)),
            golden::status_and_text(second),
            "{name}: by itself"
        );
    }
    assert!(emulator.files().is_empty());
}

/// Status, code and message.
fn status_and_text(answer: &Answer) -> (u16, String) {
    (answer.status, golden::beginning(&answer.text()).to_owned())
}

/// Both trigger, made in the good request.
fn pair(first: &'static str, second: &'static str, good: &Request) -> Pair {
    let alone = trigger::of(second, good.clone());
    Pair { first, second, both: trigger::of(first, alone.clone()), alone }
}

/// A PUT with a good signature, for a place and with a digest that need not be good.
fn put(path: &str, md5: &str) -> Request {
    signed_at(path, "PUT", &[("content-md5", md5)], at("03:04:05")).body(BODY)
}

#[test]
fn parameters_before_time_before_headers_before_the_signature() {
    let emulator = frozen();
    let good = upload(&emulator);
    let pairs = [
        ("invalid-escape", "two-auth-mechanisms"),
        ("non-utf8-path", "two-auth-mechanisms"),
        ("header-section-too-large", "two-auth-mechanisms"),
        ("invalid-escape", "wrong-signature"),
        ("two-auth-mechanisms", "wrong-signature"),
        ("missing-parameters", "wrong-signature"),
        ("malformed-credential", "wrong-signature"),
        ("wrong-region", "wrong-signature"),
        ("expires-over-a-week", "wrong-signature"),
        ("two-auth-mechanisms", "missing-parameters"),
        ("missing-parameters", "unsupported-algorithm"),
        ("unsupported-algorithm", "malformed-credential"),
        ("malformed-credential", "wrong-service"),
        ("wrong-service", "wrong-terminator"),
        ("wrong-terminator", "malformed-credential-date"),
        ("malformed-credential-date", "wrong-region"),
        ("wrong-region", "malformed-date"),
        ("other-credential-date", "expires-over-a-week"),
        ("other-credential-date", "negative-expires"),
        ("other-credential-date", "non-numeric-expires"),
        ("expires-over-a-week", "unknown-access-key"),
        ("negative-expires", "unknown-access-key"),
        ("non-numeric-expires", "unknown-access-key"),
        ("unknown-access-key", "expired-url"),
        ("unknown-access-key", "url-not-yet-valid"),
        ("unknown-access-key", "zero-expires"),
        ("expired-url", "unsigned-host"),
        ("url-not-yet-valid", "unsigned-host"),
        ("expired-url", "unsigned-amz-header"),
        ("url-not-yet-valid", "unsigned-amz-header"),
        ("unsigned-host", "wrong-signature"),
        ("unsigned-amz-header", "wrong-signature"),
        ("unsigned-amz-header", "signed-header-missing"),
    ];
    let mut pairs: Vec<Pair> = pairs.map(|(first, second)| pair(first, second, &good)).into();
    // A malformed date has no day that the credential's could be compared with.
    let other_day = trigger::of("other-credential-date", good.clone());
    let both = other_day.clone().replace("X-Amz-Date=20260102T030405Z", "X-Amz-Date=today");
    pairs.push(Pair { first: "malformed-date", second: "other-credential-date", both, alone: other_day });
    // A URL that did not sign the digest.
    let unsigned = put("/alloy-user-files/k", MD5).replace("content-md5%3Bhost", "host");
    let plain = trigger::of(
        "wrong-signature",
        signed_at("/alloy-user-files/k", "PUT", &[], at("03:04:05")).body(BODY),
    );
    let both = plain.clone().and("content-md5", MD5);
    pairs.push(Pair { first: "unsigned-content-md5", second: "wrong-signature", both, alone: plain });
    pairs.push(Pair {
        first: "expired-url",
        second: "unsigned-content-md5",
        both: trigger::of("expired-url", unsigned.clone()),
        alone: unsigned,
    });
    hold(&emulator, pairs);
}

#[test]
fn http_before_a_preflight_before_all_else() {
    let emulator = frozen();
    // Without an origin, whatever the bucket allows.
    let preflight = upload(&emulator).method("OPTIONS");
    for row in ["invalid-escape", "non-utf8-path", "header-section-too-large"] {
        let answer = trigger::of(row, preflight.clone()).send(&emulator);
        assert_eq!(
            status_and_text(&answer),
            golden::status_and_text(row),
            "{row} before preflight-without-origin"
        );
    }
    for row in [
        "two-auth-mechanisms",
        "missing-parameters",
        "malformed-credential",
        "expired-url",
        "unsigned-amz-header",
        "wrong-signature",
    ] {
        let answer = trigger::of(row, preflight.clone()).send(&emulator);
        assert_eq!(
            (answer.status, element(&answer, "Code").as_str()),
            (400, "BadRequest"),
            "preflight-without-origin before {row}"
        );
    }
}

#[test]
fn checks_signature_bucket_length_and_digest_in_order() {
    let emulator = frozen();
    let (ours, other) = ("/alloy-user-files/k", "/other-bucket/k");
    let long = format!("/alloy-user-files/{}", "k".repeat(1025));
    let make = |row, request: &Request| trigger::of(row, request.clone());
    let over =
        |first, second, base: &Request| Pair { first, second, both: make(first, base), alone: base.clone() };
    let elsewhere = put(other, MD5);
    let mut pairs = vec![
        over("wrong-signature", "missing-bucket", &elsewhere),
        over("other-method", "missing-bucket", &elsewhere),
    ];
    for second in ["chunked-body", "missing-content-length", "object-too-large"] {
        let (both, alone) = (make(second, &elsewhere), make(second, &put(ours, MD5)));
        pairs.push(Pair { first: "missing-bucket", second, both, alone });
        // These come before the key's length and the digest's form. Their own order is a decision.
        pairs.push(over(second, "key-too-long", &put(&long, MD5)));
        pairs.push(over(second, "empty-content-md5", &put(ours, "")));
    }
    let (both, alone) = (put(&other.replace("/k", &long[17..]), MD5), put(&long, MD5));
    pairs.push(Pair { first: "missing-bucket", second: "key-too-long", both, alone });
    pairs.push(Pair {
        first: "key-too-long",
        second: "empty-content-md5",
        both: put(&long, ""),
        alone: put(ours, ""),
    });
    hold(&emulator, pairs);
}

#[test]
fn the_digests_form_before_the_body_before_the_digest() {
    let emulator = frozen();
    let at = "/alloy-user-files/k";
    let pairs = vec![
        Pair {
            first: "empty-content-md5",
            second: "incomplete-body",
            both: trigger::of("incomplete-body", put(at, "")),
            alone: trigger::of("incomplete-body", put(at, MD5)),
        },
        Pair {
            first: "empty-content-md5",
            second: "wrong-content-md5",
            both: put(at, ""),
            alone: put(at, EMPTY_MD5),
        },
        Pair {
            first: "incomplete-body",
            second: "wrong-content-md5",
            both: trigger::of("incomplete-body", put(at, EMPTY_MD5)),
            alone: put(at, EMPTY_MD5),
        },
        // The signature before the body and its digest: a digest that was not signed is never compared.
        pair("signed-header-changed", "wrong-content-md5", &upload(&emulator)),
        pair("wrong-signature", "wrong-content-md5", &upload(&emulator)),
        Pair {
            first: "signed-header-changed",
            second: "malformed-content-md5",
            both: upload(&emulator).with("content-md5", "no"),
            alone: put(at, "no"),
        },
    ];
    hold(&emulator, pairs);
}

#[test]
fn a_body_that_stops_before_the_digest_that_it_does_not_have() {
    let timeout = std::time::Duration::from_millis(500);
    let emulator = frozen_with(|builder| builder.idle_timeout(timeout));
    let wrong = put("/alloy-user-files/k", EMPTY_MD5);
    assert_eq!(status_and_text(&wrong.send(&emulator)), golden::status_and_text("wrong-content-md5"));
    let mut connection = support::raw::Connection::open(&emulator);
    let stopped = trigger::of("incomplete-body", wrong).send_on(&mut connection);
    assert_eq!(status_and_text(&stopped), golden::status_and_text("stalled-body"));
    assert!(emulator.files().is_empty());
}

#[test]
fn expiry_before_the_signature() {
    // Likely, not proven.
    let emulator = frozen();
    let unsigned = trigger::of("wrong-signature", upload(&emulator));
    assert_eq!(status_and_text(&unsigned.send(&emulator)), golden::status_and_text("wrong-signature"));
    for (row, now) in [("expired-url", "04:04:06"), ("url-not-yet-valid", "02:49:04")] {
        emulator.clock().set(at(now));
        assert_eq!(status_and_text(&unsigned.send(&emulator)), golden::status_and_text(row));
    }
}
