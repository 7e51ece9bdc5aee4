//! What the unit tests of defects share: a world without HTTP.

use std::sync::Arc;

use jiff::Timestamp;

use super::{issued::IssuedUrls, world::World};
use crate::files::{Dedup, Initial, Md5Digest, S3Key, State, Stored, UserId};

/// A world with nobody in it.
pub(super) fn world() -> World {
    let state = Arc::new(State::new(Initial::default(), Dedup::User));
    World { state, issued: IssuedUrls::new() }
}

/// A user whose id is one digit.
pub(super) fn user(digit: char) -> UserId {
    digit.to_string().repeat(UserId::LENGTH).parse().unwrap()
}

/// Users of an account, which has called for each.
pub(super) fn account(world: &World, digits: &str) {
    let own = digits.chars().next().map(user).unwrap();
    digits.chars().for_each(|digit| _ = world.state.user(own, Some(user(digit))).unwrap());
}

/// An MD5 that is one byte.
pub(super) fn digest(byte: u8) -> Md5Digest {
    [byte; 16].into()
}

/// Stores a file with such an MD5.
pub(super) fn store(world: &World, key: &S3Key, byte: u8) {
    let content = Stored { md5: digest(byte), ..Stored::default() };
    world.store(key, content, Timestamp::UNIX_EPOCH);
}
