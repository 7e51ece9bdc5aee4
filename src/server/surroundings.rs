//! Hooks around both APIs, and whose files are whose. The only place where defects come in.

use std::sync::Arc;

use crate::{
    alloy,
    defect::{Defect, Defects},
    files::{Ownership, State},
    s3,
};

/// Dependencies that the composition root passes to the APIs and to the pipeline.
pub(super) struct Surroundings {
    pub(super) ownership: Arc<dyn Ownership>,
    pub(super) alloy: Arc<dyn alloy::Hooks>,
    pub(super) s3: Arc<dyn s3::Hooks>,
}

impl Surroundings {
    /// Returns those of an emulator with these defects, and logs them.
    pub(super) fn of(defects: &[&'static Defect], state: &Arc<State>) -> Self {
        if defects.is_empty() {
            let ownership = Arc::clone(state) as _;
            return Self { ownership, alloy: Arc::new(alloy::NoHooks), s3: Arc::new(s3::NoHooks) };
        }
        for defect in defects {
            tracing::warn!("known server bug, by --defect {defect}: {}", defect.title);
        }
        let defects = Arc::new(Defects::new(defects, Arc::clone(state)));
        Self { ownership: Arc::clone(&defects) as _, alloy: Arc::clone(&defects) as _, s3: defects }
    }
}
