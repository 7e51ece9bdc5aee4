//! Names of the tests that users belong to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use crate::files::UserId;

/// How many users have a label at most. The oldest label goes first.
const MAX: usize = 10_000;

/// The longest label, in bytes.
const LONGEST: usize = 500;

/// Labels of users.
#[derive(Debug, Default)]
pub struct Labels(RwLock<Inner>);

#[derive(Debug, Default)]
struct Inner {
    labels: BTreeMap<UserId, String>,
    /// Users in the order of their first labels.
    order: VecDeque<UserId>,
}

/// The label is too long, or there is nothing in it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the label is {0} bytes long; use 1 to {LONGEST}")]
pub struct CannotLabel(usize);

impl Labels {
    /// Labels a user, or labels them anew. Returns the label that went for it, with its user.
    ///
    /// # Errors
    ///
    /// [`CannotLabel`] if the label is too long or empty.
    pub(super) fn set(&self, user: UserId, label: String) -> Result<Option<(UserId, String)>, CannotLabel> {
        if !(1..=LONGEST).contains(&label.len()) {
            return Err(CannotLabel(label.len()));
        }
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if inner.labels.insert(user, label).is_none() {
            inner.order.push_back(user);
        }
        if inner.order.len() <= MAX {
            return Ok(None);
        }
        let oldest = inner.order.pop_front();
        Ok(oldest.and_then(|oldest| Some((oldest, inner.labels.remove(&oldest)?))))
    }

    /// Returns the label of the user with this id.
    pub fn of(&self, user: Option<&str>) -> Option<String> {
        let user = user?.parse().ok()?;
        self.read().labels.get(&user).cloned()
    }

    /// Returns all labels, or one user's, by their users' ids.
    pub fn all(&self, user: Option<UserId>) -> BTreeMap<String, String> {
        let inner = self.read();
        let meant = inner.labels.iter().filter(|(of, _)| user.is_none_or(|user| user == **of));
        meant.map(|(user, label)| (user.to_string(), label.clone())).collect()
    }

    /// Forgets all labels.
    pub(super) fn clear(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Inner::default();
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
