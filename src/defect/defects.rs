//! The defects that are on, as what the right code takes: each place asks them in their order, and each is told what
//! the one before came to. The composition root makes one of these where there are any.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::http::request::Parts;
use jiff::Timestamp;

use super::{Defect, Wrong, answer::handed_out, issued::IssuedUrls, world::World, wrong::Asked};
use crate::{
    alloy::{self, Route},
    exchange::{Answer, Operation},
    files::{AccountError, DeleteError, Keep, Md5Digest, Object, Ownership, S3Key, State, UserId},
    s3::{self, Accepted, RawRequest, Refusal, Rejection, S3},
};

/// Ways to be wrong, all at once.
pub struct Defects {
    defects: Vec<&'static Defect>,
    world: World,
    /// They, and the state's epoch in which they were made.
    made: Mutex<(u64, Wrongs)>,
}

type Wrongs = Arc<[Box<dyn Wrong>]>;

impl Defects {
    /// These, over the emulator's state.
    #[must_use]
    pub fn new(defects: &[&'static Defect], state: Arc<State>) -> Self {
        let made = Mutex::new((state.epoch(), make(defects)));
        Self { defects: defects.to_vec(), world: World { state, issued: IssuedUrls::new() }, made }
    }

    /// Each of them. What they remember, a reset forgets.
    fn wrongs(&self) -> Wrongs {
        let epoch = self.world.state.epoch();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.0 != epoch {
            *made = (epoch, make(&self.defects));
        }
        Arc::clone(&made.1)
    }

    /// What they make of something, one after the other.
    fn turn<T>(&self, right: T, change: impl FnMut(T, &Box<dyn Wrong>) -> T) -> T {
        self.wrongs().iter().fold(right, change)
    }

    fn delete_through(&self, wrongs: &[Box<dyn Wrong>], user: UserId, key: &str) -> Result<(), DeleteError> {
        match wrongs.split_first() {
            Some((wrong, rest)) => {
                wrong.delete(&self.world, user, key, &|key| self.delete_through(rest, user, key))
            }
            None => self.world.state.delete(user, key),
        }
    }
}

fn make(defects: &[&'static Defect]) -> Wrongs {
    defects.iter().map(|defect| (defect.wrong)()).collect()
}

impl alloy::Hooks for Defects {
    fn request(&self, head: &mut Parts) {
        let Route::Operation(operation, _) = alloy::route(&head.method, head.uri.path(), &[], false) else {
            return;
        };
        self.wrongs().iter().for_each(|wrong| wrong.request(operation, head));
    }

    fn body(&self, operation: Operation, body: Bytes) -> Bytes {
        self.turn(body, |body, wrong| wrong.body(operation, body))
    }

    fn answer(&self, operation: Operation, head: &Parts, answer: Answer) -> Answer {
        if operation == Operation::Presign
            && let Some((url, md5)) = handed_out(&answer)
        {
            self.world.issued.add(&url, md5);
        }
        self.turn(answer, |answer, wrong| wrong.answer(&self.world, operation, head, answer))
    }
}

impl Ownership for Defects {
    fn may_name(&self, account: UserId, named: UserId) -> bool {
        let right = self.world.state.may_name(account, named);
        self.turn(right, |right, wrong| wrong.may_name(&self.world, named, right))
    }

    fn user(&self, account: UserId, named: Option<UserId>) -> Result<UserId, AccountError> {
        match self.world.state.user(account, named) {
            Err(AccountError::ForeignUser(named)) if self.may_name(account, named) => Ok(named),
            right => right,
        }
    }

    fn key(&self, user: UserId, filename: &str) -> S3Key {
        let right = S3Key::of_file(user, filename);
        self.turn(right, |key, wrong| wrong.key(&self.world, user, key))
    }

    fn duplicate(&self, user: UserId, key: &S3Key, md5: Md5Digest) -> Option<S3Key> {
        let right = self.world.state.duplicate(user, key, md5);
        self.turn(right, |right, wrong| wrong.duplicate(&self.world, user, key, md5, right))
    }

    fn list(&self, user: UserId) -> Vec<Arc<Object>> {
        let right = self.world.state.list(user);
        self.turn(right, |right, wrong| wrong.list(&self.world, user, right))
    }

    fn delete(&self, user: UserId, key: &str) -> Result<(), DeleteError> {
        self.delete_through(&self.wrongs(), user, key)
    }
}

impl s3::Hooks for Defects {
    fn begin(&self, s3: &S3, request: &RawRequest<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        let asked = Asked { world: &self.world, s3, request, now };
        self.turn(s3.begin(request, now), |right, wrong| wrong.begin(&asked, right))
    }

    fn keep(&self, request: &RawRequest<'_>, keep: Box<dyn Keep>) -> Box<dyn Keep> {
        self.turn(keep, |keep, wrong| wrong.keep(request, keep))
    }

    fn end(
        &self,
        s3: &S3,
        request: &RawRequest<'_>,
        now: Timestamp,
        answer: Result<Answer, Rejection>,
    ) -> Result<Answer, Rejection> {
        let asked = Asked { world: &self.world, s3, request, now };
        self.turn(answer, |answer, wrong| wrong.end(&asked, answer))
    }
}
