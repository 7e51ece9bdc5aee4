//! A URL that has expired, or is not valid yet.

use jiff::{SignedDuration, Timestamp};

use super::Case;
use crate::{exchange::Violation, s3::Times};

/// Explains an expired URL.
pub(super) fn expired(case: &Case<'_>, expires: u32, times: &Times) -> Violation {
    let Times { signed_at, expires_at, server } = *times;
    if expires == 0 {
        let message = "`X-Amz-Expires` is 0: a URL without lifetime is never valid.";
        return Violation::new("s3-url-expired", "X-Amz-Expires", message);
    }
    let edited = case.edited("X-Amz-Date").or_else(|| case.edited("X-Amz-Expires"));
    let message = format!(
        "The URL was signed at {signed_at} for {expires} seconds, so it was valid until {expires_at}. On the \
         emulator's clock it is {server}: {} too late.{}",
        between(expires_at, server),
        edited.unwrap_or_default(),
    );
    Violation::new("s3-url-expired", "X-Amz-Expires", message)
}

/// Explains a URL that is not valid yet.
pub(super) fn not_yet_valid(case: &Case<'_>, times: &Times) -> Violation {
    let message = format!(
        "`X-Amz-Date` says that the URL was signed at {}, and on the emulator's clock it is only {}: {} ahead, \
         and S3 bears 15 minutes.{}",
        times.signed_at,
        times.server,
        between(times.server, times.signed_at),
        case.edited("X-Amz-Date").unwrap_or_default(),
    );
    Violation::new("s3-url-not-yet-valid", "X-Amz-Date", message)
}

/// Formats the time between two times as `1h 2m 3s`.
fn between(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.as_second().saturating_sub(from.as_second());
    format!("{:#}", SignedDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_times_in_hours_minutes_and_seconds() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(between(at(5), at(3728)), "1h 2m 3s");
        assert_eq!(between(at(5), at(6)), "1s");
    }
}
