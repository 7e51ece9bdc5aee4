//! Section 3, the order of checks: a request that is wrong in two ways gets the answer of the check that
//! comes first. Each pair of neighbours is there, and the second mistake is seen to be one by itself.

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
        assert_eq!(told(&both.send(emulator)), golden::told(first), "{name}");
        assert_eq!(told(&alone.send(emulator)), golden::told(second), "{name}: by itself");
    }
    assert!(emulator.objects().is_empty());
}

/// Status, code and message.
fn told(answer: &Answer) -> (u16, String) {
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
        ("H1", "Q15"),
        ("H2", "Q15"),
        ("B21", "Q15"),
        ("H1", "S1"),
        ("Q15", "S1"),
        ("Q1", "S1"),
        ("Q5", "S1"),
        ("Q6", "S1"),
        ("Q12a", "S1"),
        ("Q15", "Q1"),
        ("Q1", "Q4"),
        ("Q4", "Q5"),
        ("Q5", "Q7"),
        ("Q7", "Q8"),
        ("Q8", "Q9"),
        ("Q9", "Q6"),
        ("Q6", "Q11"),
        ("Q10", "Q12a"),
        ("Q10", "Q12b"),
        ("Q10", "Q12c"),
        ("Q12a", "Q14"),
        ("Q12b", "Q14"),
        ("Q12c", "Q14"),
        ("Q14", "T1"),
        ("Q14", "T2"),
        ("Q14", "Q12d"),
        ("T1", "Q13"),
        ("T2", "Q13"),
        ("T1", "S5"),
        ("T2", "S5"),
        ("Q13", "S1"),
        ("S5", "S1"),
        ("S5", "S2"),
    ];
    let mut pairs: Vec<Pair> = pairs.map(|(first, second)| pair(first, second, &good)).into();
    // A malformed date has no day that the credential's could be compared with.
    let other_day = trigger::of("Q10", good.clone());
    let both = other_day.clone().replace("X-Amz-Date=20260102T030405Z", "X-Amz-Date=today");
    pairs.push(Pair { first: "Q11", second: "Q10", both, alone: other_day });
    // S9 needs a URL that did not sign the digest.
    let unsigned = put("/alloy-user-files/k", MD5).replace("content-md5%3Bhost", "host");
    let plain = trigger::of("S1", signed_at("/alloy-user-files/k", "PUT", &[], at("03:04:05")).body(BODY));
    let both = plain.clone().and("content-md5", MD5);
    pairs.push(Pair { first: "S9", second: "S1", both, alone: plain });
    pairs.push(Pair {
        first: "T1",
        second: "S9",
        both: trigger::of("T1", unsigned.clone()),
        alone: unsigned,
    });
    hold(&emulator, pairs);
}

#[test]
fn http_before_a_preflight_before_all_else() {
    let emulator = frozen();
    // C1: without an origin, whatever the bucket allows.
    let preflight = upload(&emulator).method("OPTIONS");
    for row in ["H1", "H2", "B21"] {
        let answer = trigger::of(row, preflight.clone()).send(&emulator);
        assert_eq!(told(&answer), golden::told(row), "{row} before C1");
    }
    for row in ["Q15", "Q1", "Q5", "T1", "S5", "S1"] {
        let answer = trigger::of(row, preflight.clone()).send(&emulator);
        assert_eq!(
            (answer.status, element(&answer, "Code").as_str()),
            (400, "BadRequest"),
            "C1 before {row}"
        );
    }
}

#[test]
fn the_signature_before_the_bucket_before_lengths_before_the_digests_form() {
    let emulator = frozen();
    let (ours, other) = ("/alloy-user-files/k", "/other-bucket/k");
    let long = format!("/alloy-user-files/{}", "k".repeat(1025));
    let make = |row, request: &Request| trigger::of(row, request.clone());
    let over =
        |first, second, base: &Request| Pair { first, second, both: make(first, base), alone: base.clone() };
    let elsewhere = put(other, MD5);
    let mut pairs = vec![over("S1", "B23", &elsewhere), over("S19", "B23", &elsewhere)];
    for second in ["B6", "B5", "B11"] {
        let (both, alone) = (make(second, &elsewhere), make(second, &put(ours, MD5)));
        pairs.push(Pair { first: "B23", second, both, alone });
        // These before the key's length and before the digest's form; U among themselves.
        pairs.push(over(second, "B12", &put(&long, MD5)));
        pairs.push(over(second, "B2", &put(ours, "")));
    }
    let (both, alone) = (put(&other.replace("/k", &long[17..]), MD5), put(&long, MD5));
    pairs.push(Pair { first: "B23", second: "B12", both, alone });
    pairs.push(Pair { first: "B12", second: "B2", both: put(&long, ""), alone: put(ours, "") });
    hold(&emulator, pairs);
}

#[test]
fn the_digests_form_before_the_body_before_the_digest() {
    let emulator = frozen();
    let at = "/alloy-user-files/k";
    let pairs = vec![
        Pair {
            first: "B2",
            second: "B8",
            both: trigger::of("B8", put(at, "")),
            alone: trigger::of("B8", put(at, MD5)),
        },
        Pair { first: "B2", second: "B3", both: put(at, ""), alone: put(at, EMPTY_MD5) },
        Pair {
            first: "B8",
            second: "B3",
            both: trigger::of("B8", put(at, EMPTY_MD5)),
            alone: put(at, EMPTY_MD5),
        },
        // The signature before the body and its digest: a digest that was not signed is never compared.
        pair("S3", "B3", &upload(&emulator)),
        pair("S1", "B3", &upload(&emulator)),
        Pair {
            first: "S3",
            second: "B1",
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
    assert_eq!(told(&wrong.send(&emulator)), golden::told("B3"));
    let mut connection = support::raw::Connection::open(&emulator);
    let stopped = trigger::of("B8", wrong).send_on(&mut connection);
    assert_eq!(told(&stopped), golden::told("B7"));
    assert!(emulator.objects().is_empty());
}

#[test]
fn expiry_before_the_signature() {
    // Likely, and not proven (section 3, 8).
    let emulator = frozen();
    let unsigned = trigger::of("S1", upload(&emulator));
    assert_eq!(told(&unsigned.send(&emulator)), golden::told("S1"));
    for (row, now) in [("T1", "04:04:06"), ("T2", "02:49:04")] {
        emulator.clock().set(at(now));
        assert_eq!(told(&unsigned.send(&emulator)), golden::told(row));
    }
}
