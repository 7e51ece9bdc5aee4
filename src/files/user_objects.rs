//! The objects of one user, found by key and by content.

use std::{collections::BTreeMap, sync::Arc};

use super::{Md5Digest, S3Key, state::Object};

/// Objects by key, and by digest in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct UserObjects {
    by_key: BTreeMap<S3Key, Arc<Object>>,
    by_digest: BTreeMap<(Md5Digest, u64), Arc<Object>>,
}

impl UserObjects {
    pub(super) fn get(&self, key: &str) -> Option<&Arc<Object>> {
        self.by_key.get(key)
    }

    /// Puts an object under its key; gives back the one that stood there, for the caller to drop where it
    /// holds no lock.
    pub(super) fn put(&mut self, object: Arc<Object>) -> Option<Arc<Object>> {
        self.by_digest.insert((object.md5, object.order), Arc::clone(&object));
        let replaced = self.by_key.insert(object.key.clone(), object);
        if let Some(old) = &replaced {
            self.by_digest.remove(&(old.md5, old.order));
        }
        replaced
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Arc<Object>> {
        let removed = self.by_key.remove(key)?;
        self.by_digest.remove(&(removed.md5, removed.order));
        Some(removed)
    }

    /// Returns the oldest object with this content.
    pub(super) fn oldest_of(&self, md5: Md5Digest) -> Option<&Arc<Object>> {
        self.by_digest.range((md5, 0)..=(md5, u64::MAX)).next().map(|(_, object)| object)
    }

    /// Iterates over all objects, by key.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.by_key.values()
    }
}
