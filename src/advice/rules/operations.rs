//! Which operations a rule looks at: asked of each rule once, so that an exchange is shown to those alone that may
//! have something to say.

use super::is_alloys;
use crate::exchange::Operation;

/// A set of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operations(u16);

impl Operations {
    /// None of them: for a rule that speaks at the end alone.
    pub(super) const NONE: Self = Self(0);

    /// All of them.
    pub(super) const ALL: Self = Self(u16::MAX);

    pub(super) fn of(operations: &[Operation]) -> Self {
        Self(operations.iter().fold(0, |bits, operation| bits | bit(*operation)))
    }

    /// Those of Alloy's side.
    pub(super) fn alloys() -> Self {
        let alloys = Operation::ALL.into_iter().filter(|operation| is_alloys(*operation));
        Self::of(&alloys.collect::<Vec<_>>())
    }

    /// Those of S3's side.
    pub(super) fn s3s() -> Self {
        Self(!Self::alloys().0)
    }

    pub(super) fn have(self, operation: Operation) -> bool {
        self.0 & bit(operation) != 0
    }
}

fn bit(operation: Operation) -> u16 {
    1 << operation as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_of_one_side() {
        for operation in Operation::ALL {
            assert_ne!(
                Operations::alloys().have(operation),
                Operations::s3s().have(operation),
                "{operation}"
            );
            assert!(Operations::ALL.have(operation) && !Operations::NONE.have(operation));
            for other in Operation::ALL {
                assert_eq!(Operations::of(&[operation]).have(other), operation == other);
            }
        }
    }
}
