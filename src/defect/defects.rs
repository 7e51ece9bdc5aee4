//! The defects that are on, as what the right code takes: each place asks them in their order, and each is told what
//! the one before came to. The composition root makes one of these where there are any.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::http::request::Parts;
use jiff::Timestamp;

use super::{Defect, Mutation, answer::handed_out, issued::IssuedUrls, mutation::Asked, world::World};
use crate::{
    alloy::{self, Route},
    exchange::{Answer, Operation},
    files::{AccountError, DeleteError, Keep, Md5Digest, Object, Ownership, S3Key, State, UserId},
    s3::{self, Accepted, RawRequest, Refusal, Rejection, S3},
};

/// Ways to be mutation, all at once.
pub struct Defects {
    defects: Vec<&'static Defect>,
    world: World,
    /// They, and the state's epoch in which they were made.
    made: Mutex<(u64, Mutations)>,
}

type Mutations = Arc<[Box<dyn Mutation>]>;

impl Defects {
    /// These, over the emulator's state.
    #[must_use]
    pub fn new(defects: &[&'static Defect], state: Arc<State>) -> Self {
        let made = Mutex::new((state.epoch(), make(defects)));
        Self { defects: defects.to_vec(), world: World { state, issued: IssuedUrls::new() }, made }
    }

    /// Each of them. What they remember, a reset forgets.
    fn mutations(&self) -> Mutations {
        let epoch = self.world.state.epoch();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.0 != epoch {
            *made = (epoch, make(&self.defects));
        }
        Arc::clone(&made.1)
    }

    /// What they make of something, one after the other.
    fn turn<T>(&self, right: T, change: impl FnMut(T, &Box<dyn Mutation>) -> T) -> T {
        self.mutations().iter().fold(right, change)
    }

    fn delete_through(
        &self,
        mutations: &[Box<dyn Mutation>],
        user: UserId,
        key: &str,
    ) -> Result<(), DeleteError> {
        match mutations.split_first() {
            Some((mutation, rest)) => {
                mutation.delete(&self.world, user, key, &|key| self.delete_through(rest, user, key))
            }
            None => self.world.state.delete(user, key),
        }
    }
}

fn make(defects: &[&'static Defect]) -> Mutations {
    defects.iter().map(|defect| (defect.mutation)()).collect()
}

impl alloy::Hooks for Defects {
    fn request(&self, head: &mut Parts) {
        let Route::Operation(operation, _) = alloy::route(&head.method, head.uri.path(), &[], false) else {
            return;
        };
        self.mutations().iter().for_each(|mutation| mutation.request(operation, head));
    }

    fn body(&self, operation: Operation, body: Bytes) -> Bytes {
        self.turn(body, |body, mutation| mutation.body(operation, body))
    }

    fn answer(&self, operation: Operation, head: &Parts, answer: Answer) -> Answer {
        if operation == Operation::Presign
            && let Some((url, md5)) = handed_out(&answer)
        {
            self.world.issued.add(&url, md5);
        }
        self.turn(answer, |answer, mutation| mutation.answer(&self.world, operation, head, answer))
    }
}

impl Ownership for Defects {
    fn may_name(&self, account: UserId, named: UserId) -> bool {
        let right = self.world.state.may_name(account, named);
        self.turn(right, |right, mutation| mutation.may_name(&self.world, named, right))
    }

    fn user(&self, account: UserId, named: Option<UserId>) -> Result<UserId, AccountError> {
        match self.world.state.user(account, named) {
            Err(AccountError::ForeignUser(named)) if self.may_name(account, named) => Ok(named),
            right => right,
        }
    }

    fn key(&self, user: UserId, filename: &str) -> S3Key {
        let right = S3Key::of_file(user, filename);
        self.turn(right, |key, mutation| mutation.key(&self.world, user, key))
    }

    fn duplicate(&self, user: UserId, key: &S3Key, md5: Md5Digest) -> Option<S3Key> {
        let right = self.world.state.duplicate(user, key, md5);
        self.turn(right, |right, mutation| mutation.duplicate(&self.world, user, key, md5, right))
    }

    fn list(&self, user: UserId) -> Vec<Arc<Object>> {
        let right = self.world.state.list(user);
        self.turn(right, |right, mutation| mutation.list(&self.world, user, right))
    }

    fn delete(&self, user: UserId, key: &str) -> Result<(), DeleteError> {
        self.delete_through(&self.mutations(), user, key)
    }
}

impl s3::Hooks for Defects {
    fn begin(&self, s3: &S3, request: &RawRequest<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        let asked = Asked { world: &self.world, s3, request, now };
        self.turn(s3.begin(request, now), |right, mutation| mutation.begin(&asked, right))
    }

    fn keep(&self, request: &RawRequest<'_>, keep: Box<dyn Keep>) -> Box<dyn Keep> {
        self.turn(keep, |keep, mutation| mutation.keep(request, keep))
    }

    fn end(
        &self,
        s3: &S3,
        request: &RawRequest<'_>,
        now: Timestamp,
        answer: Result<Answer, Rejection>,
    ) -> Result<Answer, Rejection> {
        let asked = Asked { world: &self.world, s3, request, now };
        self.turn(answer, |answer, mutation| mutation.end(&asked, answer))
    }
}
