//! Defects of the keys that presigning gives.

use hyper::http::request::Parts;

use crate::{
    defect::{
        Mutation,
        answer::{edit_text, files_edited, presign_edited},
        mutation::Deleting,
        recent::Recent,
        world::World,
    },
    exchange::{Answer, Operation},
    files::{DeleteError, S3Key, UserId},
};

/// Where the shown half of a user's id begins. The first half of an id is mostly the time of its making.
const HALF: usize = UserId::LENGTH / 2;

/// Alloy's side shows keys without the first half of their user's id, and takes them so; S3's side knows the whole.
pub(super) struct KeyWithoutUser;

impl Mutation for KeyWithoutUser {
    fn answer(&self, _world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        let halve = |file: &mut _| edit_text(file, "s3Key", |key| halved(key).to_owned());
        match operation {
            Operation::Presign => presign_edited(answer, halve),
            Operation::List => files_edited(answer, halve),
            _ => answer,
        }
    }

    fn delete(
        &self,
        _world: &World,
        user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        let id = user.to_string();
        let is_own = key.strip_prefix(&id[HALF..]).is_some_and(|name| name.starts_with('_'));
        if is_own { delete(&format!("{}{key}", &id[..HALF])) } else { delete(key) }
    }
}

fn halved(key: &str) -> &str {
    if S3Key::owner_of(key).is_some() { &key[HALF..] } else { key }
}

/// The name stays another for each file, so that no file takes another's place.
pub(super) struct ExtensionLost;

impl Mutation for ExtensionLost {
    fn key(&self, _world: &World, user: UserId, right: S3Key) -> S3Key {
        match right.filename().rsplit_once('.') {
            Some((stem, extension)) => S3Key::of_file(user, &format!("{stem}_{extension}")),
            None => right,
        }
    }
}

/// Counts the presigns of each file until there is one under its key: what overwrites it finds that key again.
pub(super) struct KeyChanges(Recent<S3Key, u64>);

impl KeyChanges {
    pub(super) fn new() -> Self {
        Self(Recent::new())
    }

    fn numbered(user: UserId, right: &S3Key, number: u64) -> S3Key {
        match (right.filename().rsplit_once('.'), number) {
            (_, 0) => right.clone(),
            (Some((stem, extension)), _) => S3Key::of_file(user, &format!("{stem}-{number}.{extension}")),
            (None, _) => S3Key::of_file(user, &format!("{}-{number}", right.filename())),
        }
    }
}

impl Mutation for KeyChanges {
    fn key(&self, world: &World, user: UserId, right: S3Key) -> S3Key {
        let number = match self.0.get(&right) {
            None => 0,
            Some(last) if world.state.get(&Self::numbered(user, &right, last)).is_some() => last,
            Some(last) => last + 1,
        };
        self.0.put(right.clone(), number);
        Self::numbered(user, &right, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defect::testing::{store, user, world};

    #[test]
    fn a_key_is_shown_without_the_first_half_of_its_user() {
        let key = "651eb6e11d156e0d7a42c59d_a.txt";
        assert_eq!(halved(key), "6e0d7a42c59d_a.txt");
        assert_eq!(halved("no-key"), "no-key");
    }

    #[test]
    fn only_the_last_extension_is_lost() {
        let world = world();
        let key = |name| ExtensionLost.key(&world, user('a'), S3Key::of_file(user('a'), name));
        assert_eq!(key("a.tar.gz").filename(), "a.tar_gz");
        assert_eq!(key("report.PDF").filename(), "report_PDF");
        assert_eq!(key("README").filename(), "README");
    }

    #[test]
    fn a_key_changes_until_a_file_is_there() {
        let (world, changes) = (world(), KeyChanges::new());
        let key = |name| changes.key(&world, user('a'), S3Key::of_file(user('a'), name));
        let names = ["a.txt", "a.txt", "b", "b"].map(|name| key(name).filename().to_owned());
        assert_eq!(names, ["a.txt", "a-1.txt", "b", "b-1"]);
        store(&world, &key("a.txt"), 1);
        assert_eq!(key("a.txt").filename(), "a-2.txt");
        assert_eq!(key("a.txt").filename(), "a-2.txt");
        world.state.delete(user('a'), key("a.txt").as_str()).unwrap();
        assert_eq!(key("a.txt").filename(), "a-3.txt");
    }
}
