//! Queries for exchanges.

use crate::{
    exchange::{Exchange, Operation},
    files::UserId,
};

/// A selection of exchanges; by default all.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Only those with a larger id.
    pub after: u64,
    /// Only those for this.
    pub operation: Option<Operation>,
    /// Only those about this user's files.
    pub user: Option<UserId>,
    /// Most exchanges to return, the oldest ones.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self { after: 0, operation: None, user: None, limit: usize::MAX }
    }
}

impl Query {
    pub(super) fn matches(&self, exchange: &Exchange) -> bool {
        exchange.id > self.after
            && self.operation.is_none_or(|operation| exchange.operation == operation)
            && self.user.is_none_or(|user| is_of(exchange, user))
    }
}

/// Returns whether an exchange is about this user's files.
pub(super) fn is_of(exchange: &Exchange, user: UserId) -> bool {
    exchange.user_id.as_deref().is_some_and(|id| id.parse() == Ok(user))
}
