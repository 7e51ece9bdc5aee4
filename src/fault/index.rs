//! Which rules may select an exchange, found without a look at each: of a thousand, most are for another operation,
//! another user, or a file whose name begins or ends in another way. What it gives, [`super::set::Set`] decides.

use std::collections::HashMap;

use super::{faults::Subject, set::Set};
use crate::{
    exchange::{Glob, Operation},
    files::UserId,
};

/// The places of rules, for each operation.
#[derive(Debug, Default)]
pub(super) struct Index([Places; Operation::ALL.len()]);

/// The places of the rules of one operation, each in one of the lists, which are in order.
#[derive(Debug, Default)]
struct Places {
    of_users: HashMap<UserId, Vec<usize>>,
    of_names: Names,
    of_keys: Names,
    others: Vec<usize>,
}

/// The places of rules for names, each by the end that its pattern says more of.
#[derive(Debug, Default)]
struct Names {
    by_tail: Vec<Group>,
    by_head: Vec<Group>,
}

/// The places of rules whose patterns say equally many bytes of an end: at the most eight, in a number.
#[derive(Debug)]
struct Group {
    /// The bytes that count.
    mask: u64,
    places: HashMap<u64, Vec<usize>>,
}

impl Index {
    /// The index of these rules.
    pub(super) fn of(rules: &[Set]) -> Self {
        let mut index = Self::default();
        for operation in Operation::ALL {
            let places = &mut index.0[operation as usize];
            for (at, set) in rules.iter().enumerate().filter(|(_, set)| set.is_for(operation)) {
                places.add(set, at);
            }
        }
        index
    }

    /// Whether there is any rule for an operation.
    pub(super) fn is_for(&self, operation: Operation) -> bool {
        let Places { of_users, of_names, of_keys, others } = &self.0[operation as usize];
        !(of_users.is_empty() && of_names.is_empty() && of_keys.is_empty() && others.is_empty())
    }

    /// The places of all rules that may select an exchange, in order.
    pub(super) fn find(&self, subject: &Subject<'_>, found: &mut Vec<usize>) {
        let Places { of_users, of_names, of_keys, others } = &self.0[subject.operation as usize];
        found.clear();
        found.extend_from_slice(others);
        found.extend(subject.user.and_then(|user| of_users.get(&user)).into_iter().flatten());
        for (names, name) in [(of_names, subject.filename), (of_keys, subject.key)] {
            name.into_iter().for_each(|name| names.find(name.as_bytes(), found));
        }
        found.sort_unstable();
    }
}

impl Places {
    fn add(&mut self, set: &Set, at: usize) {
        let fault = &set.fault;
        match (fault.user, &fault.filename, &fault.key) {
            (Some(user), _, _) => self.of_users.entry(user).or_default().push(at),
            (None, Some(name), _) => self.of_names.add(name, at),
            (None, None, Some(key)) => self.of_keys.add(key, at),
            (None, None, None) => self.others.push(at),
        }
    }
}

impl Names {
    fn is_empty(&self) -> bool {
        self.by_tail.is_empty() && self.by_head.is_empty()
    }

    fn add(&mut self, pattern: &Glob, at: usize) {
        let (prefix, suffix) = (pattern.prefix().as_bytes(), pattern.suffix().as_bytes());
        let all = |length: usize| &[0xff; 8][..length.min(8)];
        let (groups, mask, bytes) = if suffix.len() >= prefix.len() {
            (&mut self.by_tail, tail(all(suffix.len())), tail(suffix))
        } else {
            (&mut self.by_head, head(all(prefix.len())), head(prefix))
        };
        let known = groups.iter().position(|group| group.mask == mask).unwrap_or(groups.len());
        if known == groups.len() {
            groups.push(Group { mask, places: HashMap::new() });
        }
        groups[known].places.entry(bytes).or_default().push(at);
    }

    fn find(&self, name: &[u8], found: &mut Vec<usize>) {
        for (groups, bytes) in [(&self.by_tail, tail(name)), (&self.by_head, head(name))] {
            let places = groups.iter().filter_map(|group| group.places.get(&(bytes & group.mask)));
            found.extend(places.flatten());
        }
    }
}

/// The first eight bytes, with zeros behind where there are fewer.
fn head(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    let length = bytes.len().min(8);
    head[..length].copy_from_slice(&bytes[..length]);
    u64::from_be_bytes(head)
}

/// The last eight bytes, with zeros before where there are fewer.
fn tail(bytes: &[u8]) -> u64 {
    let mut tail = [0; 8];
    let length = bytes.len().min(8);
    tail[8 - length..].copy_from_slice(&bytes[bytes.len() - length..]);
    u64::from_be_bytes(tail)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::fault::Fault;

    fn sets(rules: Vec<Fault>) -> Vec<Set> {
        rules.into_iter().zip(1..).map(|(fault, place)| Set::new(place, fault, Duration::ZERO)).collect()
    }

    fn found(rules: &[Set], operation: Operation, user: Option<UserId>, name: &str) -> Vec<usize> {
        let mut found = vec![7];
        let subject = Subject { operation, user, filename: Some(name), key: Some(name) };
        Index::of(rules).find(&subject, &mut found);
        found
    }

    #[test]
    fn rules_come_in_their_order_and_those_for_others_do_not() {
        let [one, other]: [UserId; 2] = ["a", "b"].map(|digit| digit.repeat(24).parse().unwrap());
        let rules = sets(vec![
            Fault::put().key("*.pdf").close(),
            Fault::put().user(one).close(),
            Fault::put().close(),
            Fault::put().user(other).close(),
            Fault::list().close(),
            Fault::any().filename("a*").close(),
        ]);
        assert_eq!(found(&rules, Operation::Put, Some(one), "a.pdf"), [0, 1, 2, 5]);
        assert_eq!(found(&rules, Operation::Put, None, "b.txt"), [2]);
        assert_eq!(found(&rules, Operation::Presign, Some(one), "a.pdf"), [5]);
        assert!(Index::of(&rules).is_for(Operation::Get) && !Index::of(&rules[4..5]).is_for(Operation::Get));
    }

    proptest! {
        /// Whatever a pattern is for is found.
        #[test]
        fn nothing_that_matches_is_left_out(pattern in "[ab*?ä]{1,12}", name in "[abä]{0,12}") {
            let rules = sets(vec![Fault::put().filename(pattern.as_str()).close()]);
            let is_found = found(&rules, Operation::Put, None, &name) == [0];
            prop_assert!(is_found || !Glob::new(pattern).matches(&name));
        }
    }
}
