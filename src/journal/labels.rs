//! Names of the tests that users belong to.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use crate::files::UserId;

/// How many users may have a label.
const MAX: usize = 10_000;

/// The longest label, in bytes.
const LONGEST: usize = 500;

/// Labels of users.
#[derive(Debug, Default)]
pub struct Labels(RwLock<BTreeMap<UserId, String>>);

/// Why a user gets no label.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotLabel {
    /// It is too long, or there is nothing in it.
    #[error("the label is {0} bytes long; use 1 to {LONGEST}")]
    Length(usize),
    /// Too many users have one.
    #[error("{MAX} users have a label, which is the limit: reset the emulator between test runs")]
    TooMany,
}

impl Labels {
    /// Labels a user, or labels them anew.
    ///
    /// # Errors
    ///
    /// [`CannotLabel`] if the label is too long, or there are too many.
    pub fn set(&self, user: UserId, label: String) -> Result<(), CannotLabel> {
        if !(1..=LONGEST).contains(&label.len()) {
            return Err(CannotLabel::Length(label.len()));
        }
        let mut labels = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if labels.len() >= MAX && !labels.contains_key(&user) {
            return Err(CannotLabel::TooMany);
        }
        labels.insert(user, label);
        Ok(())
    }

    /// Returns the label of the user with this id.
    pub fn of(&self, user: Option<&str>) -> Option<String> {
        let user = user?.parse().ok()?;
        self.read().get(&user).cloned()
    }

    /// Returns all labels, or one user's, by their users' ids.
    pub fn all(&self, user: Option<UserId>) -> BTreeMap<String, String> {
        let labels = self.read();
        let meant = labels.iter().filter(|(of, _)| user.is_none_or(|user| user == **of));
        meant.map(|(user, label)| (user.to_string(), label.clone())).collect()
    }

    /// Forgets all labels.
    pub fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<UserId, String>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
