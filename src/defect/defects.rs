//! The active defects, as hooks of the Alloy API, the S3 API and the ownership of files. Mutations of the same hook are
//! chained.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::http::request::Parts;
use jiff::Timestamp;

use super::{
    Defect, Mutation,
    issued::IssuedUrls,
    mutation::{Announced, Asked, Deletion, edited_body, handed_out},
    world::World,
};
use crate::{
    alloy::{self, Route},
    exchange::{Answer, Operation},
    files::{AccountError, DeleteError, Keep, Md5Digest, Object, Ownership, S3Key, State, UserId},
    s3::{self, Accepted, RawRequest, Refusal, Rejection, S3},
};

/// Defects that are on together.
pub struct Defects {
    defects: Vec<&'static Defect>,
    world: World,
    /// Their mutations, and the state's epoch they were made in.
    made: Mutex<(u64, Mutations)>,
}

type Mutations = Arc<[Mutation]>;

/// Folds a value through the mutations of one kind.
macro_rules! mutated {
    ($defects:expr, $value:expr, $kind:pat => $change:expr) => {{
        let mut value = $value;
        for mutation in $defects.mutations().iter() {
            if let $kind = mutation {
                value = $change(value);
            }
        }
        value
    }};
}

impl Defects {
    /// Switches these on over the emulator's state.
    pub fn new(defects: &[&'static Defect], state: Arc<State>) -> Self {
        let made = Mutex::new((state.epoch(), make(defects)));
        Self { defects: defects.to_vec(), world: World { state, issued: IssuedUrls::new() }, made }
    }

    /// Returns the mutations, created again after a reset, so that they lose their state.
    fn mutations(&self) -> Mutations {
        let epoch = self.world.state.epoch();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.0 != epoch {
            *made = (epoch, make(&self.defects));
        }
        Arc::clone(&made.1)
    }

    fn delete_through(&self, mutations: &[Mutation], user: UserId, key: &str) -> Result<(), DeleteError> {
        match mutations.split_first() {
            None => self.world.state.delete(user, key),
            Some((Mutation::Delete(change), rest)) => {
                let right = |key: &str| self.delete_through(rest, user, key);
                change(&Deletion { world: &self.world, user, right: &right }, key)
            }
            Some((_, rest)) => self.delete_through(rest, user, key),
        }
    }
}

fn make(defects: &[&'static Defect]) -> Mutations {
    defects.iter().flat_map(|defect| (defect.mutations)()).collect()
}

impl alloy::Hooks for Defects {
    fn request(&self, head: &mut Parts) {
        let Route::Operation(operation, _) = alloy::route(&head.method, head.uri.path(), &[], false) else {
            return;
        };
        for mutation in self.mutations().iter() {
            if let Mutation::Head(change) = mutation {
                change(operation, head);
            }
        }
    }

    fn body(&self, operation: Operation, body: Bytes) -> Bytes {
        if operation != Operation::Presign {
            return body;
        }
        mutated!(self, body, Mutation::PresignBody(change) => |body| edited_body(body, change))
    }

    fn answer(&self, operation: Operation, head: &Parts, answer: Answer) -> Answer {
        if operation == Operation::Presign
            && let Some((url, md5)) = handed_out(&answer)
        {
            self.world.issued.add(&url, md5);
        }
        mutated!(self, answer, Mutation::Reply(change) => |answer| {
            change(&self.world, operation, head, answer)
        })
    }
}

impl Ownership for Defects {
    fn may_name(&self, account: UserId, named: UserId) -> bool {
        let right = self.world.state.may_name(account, named);
        mutated!(self, right, Mutation::MayName(change) => |right| change(&self.world, named, right))
    }

    fn user(&self, account: UserId, named: Option<UserId>) -> Result<UserId, AccountError> {
        match self.world.state.user(account, named) {
            Err(AccountError::ForeignUser(named)) if self.may_name(account, named) => Ok(named),
            right => right,
        }
    }

    fn key(&self, user: UserId, filename: &str) -> S3Key {
        let right = S3Key::of_file(user, filename);
        mutated!(self, right, Mutation::Key(change) => |key| change(&self.world, user, key))
    }

    fn duplicate(&self, user: UserId, key: &S3Key, md5: Md5Digest) -> Option<S3Key> {
        let right = self.world.state.duplicate(user, key, md5);
        let announced = Announced { world: &self.world, user, key, md5 };
        mutated!(self, right, Mutation::Duplicate(change) => |right| change(&announced, right))
    }

    fn list(&self, user: UserId) -> Vec<Arc<Object>> {
        let right = self.world.state.list(user);
        mutated!(self, right, Mutation::List(change) => |right| change(&self.world, user, right))
    }

    fn delete(&self, user: UserId, key: &str) -> Result<(), DeleteError> {
        self.delete_through(&self.mutations(), user, key)
    }
}

impl s3::Hooks for Defects {
    fn begin(&self, s3: &S3, request: &RawRequest<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        let asked = Asked { world: &self.world, s3, request, now };
        mutated!(self, s3.begin(request, now), Mutation::Begin(change) => |right| change(&asked, right))
    }

    fn keep(&self, request: &RawRequest<'_>, keep: Box<dyn Keep>) -> Box<dyn Keep> {
        mutated!(self, keep, Mutation::Keep(change) => |keep| change(request, keep))
    }

    fn end(
        &self,
        s3: &S3,
        request: &RawRequest<'_>,
        now: Timestamp,
        answer: Result<Answer, Rejection>,
    ) -> Result<Answer, Rejection> {
        let asked = Asked { world: &self.world, s3, request, now };
        mutated!(self, answer, Mutation::End(change) => |answer| change(&asked, answer))
    }
}
