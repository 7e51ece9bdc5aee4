//! Rate limiting, as arithmetic on given times.

use std::{num::NonZeroU64, time::Duration};

use tokio::time::Instant;

use crate::exchange::BoundedDuration;

/// Limit on the unused allowance.
const KEPT: Duration = Duration::from_millis(100);

/// So many pieces are let through a second, where a piece is a byte at least.
const PIECES: u64 = 50;

const NANOS: u128 = 1_000_000_000;

/// Bytes that may pass in one direction.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: NonZeroU64,
    /// Up to when all of the time is used by bytes that have passed.
    used_until: Instant,
}

impl Bucket {
    /// Creates a bucket that is empty at this moment.
    pub(super) fn new(bytes_per_second: NonZeroU64, now: Instant) -> Self {
        Self { rate: bytes_per_second, used_until: now }
    }

    /// Returns how many of the wanted bytes may pass now, or when to try again: once a piece, or all of them, may.
    pub(super) fn turn(&mut self, wanted: usize, now: Instant) -> Result<usize, Instant> {
        let piece = (self.rate.get() / PIECES).max(1);
        let kept = KEPT.max(self.time_of(piece));
        if let Some(oldest) = now.checked_sub(kept) {
            self.used_until = self.used_until.max(oldest);
        }
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let allowed = self.bytes_in(now.saturating_duration_since(self.used_until)).min(wanted);
        if allowed < piece.min(wanted) {
            return Err(self.used_until + self.time_of(piece.min(wanted)));
        }
        Ok(usize::try_from(allowed).unwrap_or(usize::MAX))
    }

    /// So many bytes have passed.
    pub(super) fn passed(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.used_until += self.time_of(bytes);
    }

    fn bytes_in(&self, time: Duration) -> u64 {
        let bytes = time.as_nanos().saturating_mul(self.rate.get().into()) / NANOS;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    /// Rounded up, so that the allowance then suffices.
    fn time_of(&self, bytes: u64) -> Duration {
        let nanos = (u128::from(bytes) * NANOS).div_ceil(self.rate.get().into());
        BoundedDuration::saturating(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))).get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "some moment to begin at")]
    fn bucket(rate: u64) -> (Bucket, Instant) {
        let now = Instant::now();
        (Bucket::new(NonZeroU64::new(rate).unwrap(), now), now)
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Returns what passes within this time if as much as `wanted` is always wanted.
    fn passes(rate: u64, wanted: usize, within: Duration) -> (usize, Vec<usize>) {
        let (mut bucket, begin) = bucket(rate);
        let (mut now, mut pieces) = (begin, Vec::new());
        while now <= begin + within {
            match bucket.turn(wanted, now) {
                Ok(allowed) => {
                    bucket.passed(allowed);
                    pieces.push(allowed);
                }
                Err(later) => {
                    assert!(later > now, "asked again at once");
                    now = later;
                }
            }
        }
        (pieces.iter().sum(), pieces)
    }

    #[test]
    fn paces_a_second_in_fifty_pieces() {
        let (sum, pieces) = passes(50_000, 1 << 20, Duration::from_secs(1));
        assert_eq!(sum, 50_000);
        assert_eq!(pieces, [1000; 50]);
        let (sum, pieces) = passes(1_000_000_000, 8192, millis(10));
        assert_eq!((sum, pieces), (1220 * 8192, vec![8192; 1220]), "no piece is larger than what is wanted");
    }

    #[test]
    fn a_rate_below_a_piece_lets_single_bytes_through() {
        let (sum, pieces) = passes(3, 100, Duration::from_secs(2));
        assert_eq!((sum, pieces), (5, vec![1; 5]), "a third of a second is rounded up to whole nanoseconds");
        let (mut bucket, now) = bucket(1);
        assert_eq!(bucket.turn(10, now), Err(now + Duration::from_secs(1)));
        assert_eq!(bucket.turn(10, now + millis(999)), Err(now + Duration::from_secs(1)));
        assert_eq!(bucket.turn(10, now + millis(1000)), Ok(1));
    }

    #[test]
    fn less_than_a_piece_waits_for_no_more_than_itself() {
        let (mut bucket, now) = bucket(1000);
        assert_eq!(bucket.turn(5, now), Err(now + millis(5)));
        assert_eq!(bucket.turn(5, now + millis(5)), Ok(5));
        assert_eq!(bucket.turn(0, now), Ok(0));
    }

    #[test]
    fn keeps_idle_connections_for_a_tenth_of_a_second() {
        let (mut bucket, now) = bucket(1000);
        let later = now + Duration::from_secs(60);
        assert_eq!(bucket.turn(1 << 20, later), Ok(100));
        bucket.passed(100);
        assert_eq!(bucket.turn(1 << 20, later), Err(later + millis(20)));
    }

    #[test]
    fn unused_allowance_remains() {
        let (mut bucket, now) = bucket(1000);
        assert_eq!(bucket.turn(100, now + millis(20)), Ok(20));
        bucket.passed(7);
        assert_eq!(bucket.turn(13, now + millis(20)), Ok(13));
    }

    #[test]
    fn any_rate_is_fine() {
        let (mut bucket, now) = bucket(u64::MAX);
        assert_eq!(bucket.turn(usize::MAX, now + Duration::from_secs(1)), Ok(usize::MAX / 10));
        bucket.passed(usize::MAX);
    }
}
