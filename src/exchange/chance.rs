//! The program's one source of chance. Everything random is drawn from the seed and a counter, so that a
//! run with the same seed and the same requests repeats itself.

use std::sync::atomic::{AtomicU64, Ordering};

/// A seeded generator that can be shared: every draw has a stream of its own.
#[derive(Debug)]
pub struct Chance {
    seed: u64,
    draws: AtomicU64,
}

impl Chance {
    /// A generator that starts at `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, draws: AtomicU64::new(0) }
    }

    /// A seed that nobody chose, for runs that were not given one.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one draw that no seed decides: the seed itself")]
    pub fn random_seed() -> u64 {
        fastrand::Rng::new().u64(..)
    }

    /// The seed that repeats this run.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Starts anew at the seed.
    pub fn reset(&self) {
        self.draws.store(0, Ordering::Relaxed);
    }

    /// The next stream: no two draws since the last reset give the same.
    pub fn draw(&self) -> fastrand::Rng {
        let draw = self.draws.fetch_add(1, Ordering::Relaxed);
        // An odd constant spreads neighbouring counts over the whole range of seeds.
        fastrand::Rng::with_seed(self.seed ^ draw.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_streams() {
        let (one, other) = (Chance::new(7), Chance::new(7));
        let first: Vec<u64> = (0..4).map(|_| one.draw().u64(..)).collect();
        assert_eq!(first, (0..4).map(|_| other.draw().u64(..)).collect::<Vec<_>>());
        one.reset();
        assert_eq!(one.draw().u64(..), first[0]);
        assert_ne!(first[0], first[1]);
    }
}
