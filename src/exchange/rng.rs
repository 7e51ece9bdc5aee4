//! The only source of randomness. Everything random is drawn from the seed and a counter, so that a
//! run with the same seed and the same requests repeats itself.

use std::sync::atomic::{AtomicU64, Ordering};

/// A seeded generator that can be shared: every draw has its own stream.
#[derive(Debug)]
pub struct Rng {
    seed: u64,
    draws: AtomicU64,
}

impl Rng {
    /// Creates a generator that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, draws: AtomicU64::new(0) }
    }

    /// Returns a random seed, for runs without a given one.
    #[expect(clippy::disallowed_methods, reason = "the one draw that no seed decides: the seed itself")]
    pub fn random_seed() -> u64 {
        fastrand::Rng::new().u64(..)
    }

    /// Returns the seed that repeats this run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Starts anew at the seed.
    pub fn reset(&self) {
        self.draws.store(0, Ordering::Relaxed);
    }

    /// Returns the next stream: different for each draw since the last reset.
    pub fn draw(&self) -> fastrand::Rng {
        self.stream(self.draws.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the generator of a fingerprint, always the same.
    pub fn stream_of(&self, what: Fingerprint) -> fastrand::Rng {
        self.stream(what.0)
    }

    fn stream(&self, number: u64) -> fastrand::Rng {
        // An odd constant spreads neighbouring numbers over the whole range of seeds.
        fastrand::Rng::with_seed(self.seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// Hash of some values, the same on every machine and in every version. FNV-1a over 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    /// Returns the number.
    pub fn value(self) -> u64 {
        self.0
    }

    /// Adds a value, delimited: `ab`, `c` differs from `a`, `bc`.
    pub fn with(self, value: &[u8]) -> Self {
        let length = (value.len() as u64).to_le_bytes();
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(length.iter().chain(value).fold(self.0, step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_streams() {
        let (one, other) = (Rng::new(7), Rng::new(7));
        let first: Vec<u64> = (0..4).map(|_| one.draw().u64(..)).collect();
        assert_eq!(first, (0..4).map(|_| other.draw().u64(..)).collect::<Vec<_>>());
        one.reset();
        assert_eq!(one.draw().u64(..), first[0]);
        assert_ne!(first[0], first[1]);
    }

    #[test]
    fn what_belongs_to_something_does_not_depend_on_the_order() {
        let (one, other) = (Rng::new(7), Rng::new(7));
        let [a, b] = ["a", "b"].map(|file| Fingerprint::default().with(b"put").with(file.as_bytes()));
        let first = (one.stream_of(a).u64(..), one.stream_of(b).u64(..));
        other.draw();
        let second = (other.stream_of(b).u64(..), other.stream_of(a).u64(..));
        assert_eq!(first, (second.1, second.0));
        assert_ne!(first.0, first.1);
        assert_ne!(
            Fingerprint::default().with(b"ab").with(b"c"),
            Fingerprint::default().with(b"a").with(b"bc")
        );
    }
}
