//! The seeds that suites are tried with.

use std::ops::RangeInclusive;

/// One, or as many as `ASSAY_TEST_SEEDS` says: `.ci/nightly` sets it.
pub fn seeds() -> RangeInclusive<u64> {
    1..=std::env::var("ASSAY_TEST_SEEDS").map_or(1, |seeds| seeds.parse().unwrap())
}
