//! Which exchanges a rule looks at, by their operation and by whether they failed. Nearly every exchange has nothing
//! for most rules: it is shown to those alone that may have something to say.

use super::failed;
use crate::{exchange::Operation, journal::Draft};

/// A set of operations, of each those exchanges that failed and those that did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operations(u32);

/// The half of the bits that stands for exchanges that failed.
const FAILED: u32 = 0xffff_0000;

impl Operations {
    /// None of them: for a rule that speaks at the end alone.
    pub(super) const NONE: Self = Self(0);

    /// All of them.
    pub(super) const ALL: Self = Self(u32::MAX);

    pub(super) const fn of(operations: &[Operation]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < operations.len() {
            bits |= (1 << operations[at] as u32) * 0x0001_0001;
            at += 1;
        }
        Self(bits)
    }

    /// Of these, the exchanges that failed.
    pub(super) const fn failed(self) -> Self {
        Self(self.0 & FAILED)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These where it holds, and none where it does not.
    pub(super) const fn only_if(self, holds: bool) -> Self {
        if holds { self } else { Self::NONE }
    }

    /// Whether an exchange is one of them.
    pub(super) fn have(self, draft: &Draft) -> bool {
        let side = if failed(draft) { FAILED } else { !FAILED };
        self.0 & side & Self::of(&[draft.operation]).0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::rules::testing::draft;

    #[test]
    fn every_operation_is_told_from_the_others() {
        for operation in Operation::ALL {
            let draft = draft(operation, 200);
            for other in Operation::ALL {
                assert_eq!(Operations::of(&[other]).have(&draft), operation == other);
            }
        }
    }

    #[test]
    fn exchanges_that_failed_are_told_apart() {
        let puts = Operations::of(&[Operation::Put]);
        for (status, is_failed) in [(200, false), (0, false), (403, true), (503, true)] {
            let draft = draft(Operation::Put, status);
            assert!(puts.have(&draft) && Operations::ALL.have(&draft) && !Operations::NONE.have(&draft));
            assert_eq!(puts.failed().have(&draft), is_failed, "{status}");
            assert!(puts.failed().and(puts.only_if(true)).have(&draft) && !puts.only_if(false).have(&draft));
        }
    }
}
