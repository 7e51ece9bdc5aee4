//! Cases: what a check is asked with, drawn from a seed of its own, so that one can be run again by its number.

use std::{fmt::Debug, future::Future, pin::Pin};

use proptest::{
    strategy::{SBoxedStrategy, Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{conformance::outcome::Ran, exchange::Fingerprint};

/// What a check asks of a subject `S`, type of its input aside.
pub(crate) trait Property<S>: Send + Sync {
    /// A case; `None` where the strategy gives none.
    fn draw(&self, chance: &mut TestRunner) -> Option<Box<dyn Case<S> + '_>>;
}

/// One input, which can be made smaller.
pub(crate) trait Case<S> {
    /// Asks with it as it is now.
    fn run<'a>(&'a self, subject: &'a S) -> Pin<Box<dyn Future<Output = Ran> + 'a>>;

    /// Makes it smaller; `false` where it is as small as can be.
    fn simplify(&mut self) -> bool;

    /// Takes back a part of the last step; `false` where nothing is left of it.
    fn complicate(&mut self) -> bool;

    /// Keeps the input as it is now, for [`Self::rerun`].
    fn keep(&mut self);

    /// Asks once more with the input that was kept.
    fn rerun<'a>(&'a mut self, subject: &'a S) -> Pin<Box<dyn Future<Output = Ran> + 'a>>;
}

/// A property over what a strategy generates.
pub(crate) struct Over<T, F> {
    strategy: SBoxedStrategy<T>,
    ask: F,
}

impl<T: Debug, F> Over<T, F> {
    pub(crate) fn new(strategy: impl Strategy<Value = T> + Send + Sync + 'static, ask: F) -> Self
    where
        T: 'static,
    {
        Self { strategy: strategy.sboxed(), ask }
    }
}

impl<S, T, F> Property<S> for Over<T, F>
where
    T: Debug,
    F: AsyncFn(&S, T) -> Ran + Send + Sync,
{
    fn draw(&self, chance: &mut TestRunner) -> Option<Box<dyn Case<S> + '_>> {
        let tree = self.strategy.new_tree(chance).ok()?;
        let kept = tree.current();
        Some(Box::new(Drawn { tree, kept, ask: &self.ask }))
    }
}

struct Drawn<'p, T, F> {
    tree: Box<dyn ValueTree<Value = T>>,
    kept: T,
    ask: &'p F,
}

impl<S, T, F> Case<S> for Drawn<'_, T, F>
where
    T: Debug,
    F: AsyncFn(&S, T) -> Ran,
{
    fn run<'a>(&'a self, subject: &'a S) -> Pin<Box<dyn Future<Output = Ran> + 'a>> {
        let input = self.tree.current();
        Box::pin(async move { (self.ask)(subject, input).await })
    }

    fn simplify(&mut self) -> bool {
        self.tree.simplify()
    }

    fn complicate(&mut self) -> bool {
        self.tree.complicate()
    }

    fn keep(&mut self) {
        self.kept = self.tree.current();
    }

    fn rerun<'a>(&'a mut self, subject: &'a S) -> Pin<Box<dyn Future<Output = Ran> + 'a>> {
        let input = std::mem::replace(&mut self.kept, self.tree.current());
        Box::pin(async move { (self.ask)(subject, input).await })
    }
}

/// The chance of one case of one check.
pub(crate) fn chance(seed: u64, check: &str, case: u32) -> TestRunner {
    let mut bytes = [0; 32];
    for (part, place) in bytes.chunks_exact_mut(8).zip(0_u8..) {
        let fingerprint = Fingerprint::default()
            .with(&seed.to_le_bytes())
            .with(check.as_bytes())
            .with(&case.to_le_bytes())
            .with(&[place]);
        part.copy_from_slice(&fingerprint.value().to_le_bytes());
    }
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[cfg(test)]
mod tests {
    use proptest::arbitrary::any;

    use super::*;

    fn drawn(seed: u64, check: &str, case: u32) -> u64 {
        any::<u64>().new_tree(&mut chance(seed, check, case)).unwrap().current()
    }

    #[test]
    fn a_case_is_the_same_each_time_and_no_other_is() {
        assert_eq!(drawn(7, "a/b", 3), drawn(7, "a/b", 3));
        for (seed, check, case) in [(8, "a/b", 3), (7, "a/c", 3), (7, "a/b", 4)] {
            assert_ne!(drawn(seed, check, case), drawn(7, "a/b", 3));
        }
    }
}
