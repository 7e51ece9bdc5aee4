//! A bounded memory, for what defects have to remember of a long run.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The last 65,536 entries for certain, twice as many at most. Clones share them.
pub(super) struct Recent<K, V = ()>(Arc<Mutex<Generations<K, V>>>);

struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Clone for Recent<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    const BOUND: usize = 1 << 16;

    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Generations { young: HashMap::new(), old: HashMap::new() })))
    }

    pub(super) fn put(&self, key: K, value: V) {
        let mut inner = self.lock();
        if inner.young.len() >= Self::BOUND {
            inner.old = std::mem::take(&mut inner.young);
        }
        inner.young.insert(key, value);
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let inner = self.lock();
        inner.young.get(key).or_else(|| inner.old.get(key)).cloned()
    }

    pub(super) fn has<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    pub(super) fn take<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut inner = self.lock();
        let old = inner.old.remove(key);
        inner.young.remove(key).or(old)
    }

    fn lock(&self) -> MutexGuard<'_, Generations<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_remembered_and_the_first_forgotten() {
        let recent = Recent::new();
        let bound = Recent::<usize>::BOUND;
        (0..3 * bound).for_each(|number| recent.put(number, ()));
        assert!((2 * bound..3 * bound).all(|number| recent.has(&number)));
        assert!(!(0..bound).any(|number| recent.has(&number)));
    }

    #[test]
    fn the_last_value_counts_until_it_is_removed() {
        let recent = Recent::new();
        recent.put("a", 1);
        recent.put("a", 2);
        assert_eq!((recent.get("a"), recent.get("b")), (Some(2), None));
        assert_eq!((recent.take("a"), recent.take("a")), (Some(2), None));
    }
}
