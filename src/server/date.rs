//! The `Date` that every answer bears, from the emulator's clock.

use std::cell::RefCell;

use hyper::header::HeaderValue;
use jiff::Timestamp;

thread_local! {
    /// The second that this thread dated last, written out. Thousands of answers share one.
    static LAST: RefCell<Option<(i64, HeaderValue)>> = const { RefCell::new(None) };
}

/// The date as HTTP writes it, in whole seconds.
pub(super) fn http_date(now: Timestamp) -> Option<HeaderValue> {
    let second = now.as_second();
    LAST.with_borrow_mut(|last| match last {
        Some((of, date)) if *of == second => Some(date.clone()),
        _ => {
            let date = HeaderValue::try_from(httpdate::fmt_http_date(now.into())).ok()?;
            Some(last.insert((second, date)).1.clone())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_that_of_its_second_whatever_was_asked_before() {
        for (now, date) in [
            ("2026-01-02T03:04:05Z", "Fri, 02 Jan 2026 03:04:05 GMT"),
            ("2026-01-02T03:04:05.9Z", "Fri, 02 Jan 2026 03:04:05 GMT"),
            ("2026-01-02T03:04:06Z", "Fri, 02 Jan 2026 03:04:06 GMT"),
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(now.parse().unwrap()).unwrap(), date);
        }
    }
}
