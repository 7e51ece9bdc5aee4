//! docs/facts-s3.md#expiry

use std::time::Duration;

use super::{hold, is_all_that_is_stored, refuse, take};
use crate::support::{
    bucket::{BODY, at, frozen, frozen_with, presign, signed, upload},
    raw::Connection,
    request::Request,
};

#[test]
fn an_url_is_refused_before_and_after_its_time() {
    let emulator = frozen();
    let good = upload(&emulator);
    for (row, now) in
        [("expired-url", "04:04:06"), ("expired-url", "04:04:06.5"), ("url-not-yet-valid", "02:49:04")]
    {
        emulator.clock().set(at(now));
        refuse(&emulator, vec![(row, good.clone(), 403)]);
    }
    for now in ["04:04:05", "04:04:05.999", "02:49:05"] {
        emulator.clock().set(at(now));
        assert_eq!(good.send(&emulator).status, 200, "{now}");
    }
}

#[test]
fn a_week_of_validity_is_the_most_and_lasts_as_long() {
    let week = Duration::from_secs(604_800);
    let long = frozen_with(|builder| builder.url_expiry(week));
    let good = upload(&long);
    assert!(good.target.contains("X-Amz-Expires=604800"), "{}", good.target);
    long.clock().advance(week);
    assert_eq!(good.send(&long).status, 200);
    long.clock().advance(Duration::from_secs(1));
    assert_eq!(good.send(&long).status, 403);
}

#[test]
fn an_upload_that_began_in_time_may_end_after_it() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    let good = upload(&emulator);
    let waiting = good.clone().and("expect", "100-continue");
    let mut connection = Connection::open(&emulator);
    connection.write(&waiting.head());
    // Once 100 has come, the head was found to be good.
    assert_eq!(connection.read_head().status, 100);
    let (first, second) = BODY.split_at(3);
    connection.write(first);
    // The URL is long expired, and the idle timeout, which is real time, does not notice.
    emulator.clock().advance(Duration::from_secs(7200));
    connection.write(second);
    hold("upload-across-expiry", &connection.read_answer(), 200);
    is_all_that_is_stored(&emulator, &key, BODY);
    assert_eq!(good.send(&emulator).status, 403);
}

#[test]
fn an_url_is_good_for_many_uploads() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    let good = upload(&emulator);
    assert_eq!(good.send(&emulator).status, 200);
    take(&emulator, "url-used-twice", &good, &key);
    // Without a signed digest the second replaces the first by other bytes.
    let emulator = frozen();
    let first = signed("PUT", "k", &[]).body(b"first");
    assert_eq!(first.send(&emulator).status, 200);
    assert_eq!(Request { body: b"other".to_vec(), ..first }.send(&emulator).status, 200);
    is_all_that_is_stored(&emulator, "k", b"other");
}
