//! The operations by name. The router picks one for every request; the journal, the log, faults and
//! reports speak of it by the same name.

use std::{fmt, str::FromStr};

use hyper::Method;
use serde::{Serialize, Serializer};

/// What a client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Operation {
    /// Alloy: ask for a presigned URL.
    Presign,
    /// Alloy: list the user's files.
    List,
    /// Alloy: delete one of the user's files.
    Delete,
    /// Alloy: create a user of the account.
    CreateUser,
    /// Alloy: list the account's users.
    ListUsers,
    /// Alloy: look at one of the account's users.
    GetUser,
    /// Alloy: delete one of the account's users, with their files.
    DeleteUser,
    /// Alloy: run an action of a connector.
    Execute,
    /// S3: upload an object.
    Put,
    /// S3: download an object.
    Get,
    /// S3: look at an object's headers.
    Head,
    /// A browser's CORS preflight, on either side.
    Preflight,
    /// Anything else, including known paths with another method.
    #[default]
    Unknown,
}

impl Operation {
    /// Every operation, in the order in which reports list them.
    pub const ALL: [Self; 13] = [
        Self::Presign,
        Self::List,
        Self::Delete,
        Self::CreateUser,
        Self::ListUsers,
        Self::GetUser,
        Self::DeleteUser,
        Self::Execute,
        Self::Put,
        Self::Get,
        Self::Head,
        Self::Preflight,
        Self::Unknown,
    ];

    /// The operation's name, as the command line, the control API and the reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Presign => "presign",
            Self::List => "list",
            Self::Delete => "delete",
            Self::CreateUser => "create-user",
            Self::ListUsers => "list-users",
            Self::GetUser => "get-user",
            Self::DeleteUser => "delete-user",
            Self::Execute => "execute",
            Self::Put => "put",
            Self::Get => "get",
            Self::Head => "head",
            Self::Preflight => "preflight",
            Self::Unknown => "unknown",
        }
    }

    /// Method and path template of an operation of Alloy's side, `None` for any other. Two templates that
    /// differ only in the names of their parameters are the same route.
    #[must_use]
    pub fn route(self) -> Option<(Method, &'static str)> {
        match self {
            Self::Presign => Some((Method::POST, "/connectors/files/upload/request")),
            Self::List => Some((Method::GET, "/connectors/files/list")),
            Self::Delete => Some((Method::DELETE, "/connectors/files/{s3Key}")),
            Self::CreateUser => Some((Method::POST, "/users")),
            Self::ListUsers => Some((Method::GET, "/users")),
            Self::GetUser => Some((Method::GET, "/users/{userId}")),
            Self::DeleteUser => Some((Method::DELETE, "/users/{userId}")),
            Self::Execute => Some((Method::POST, "/connectors/{connectorId}/actions/{actionId}/execute")),
            _ => None,
        }
    }
}

impl Operation {
    /// Whether the operation is one of the Alloy API.
    #[must_use]
    pub fn is_alloys(self) -> bool {
        self.route().is_some()
    }

    /// Whether the operation is given a JSON body.
    #[must_use]
    pub fn takes_json(self) -> bool {
        matches!(self, Self::Presign | Self::CreateUser | Self::Execute)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A name that is no operation's.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is no operation; there are {}", Operation::ALL.map(Operation::name).join(", "))]
pub struct UnknownOperation {
    name: String,
}

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.name() == name)
            .ok_or_else(|| UnknownOperation { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_operation() {
        for operation in Operation::ALL {
            assert_eq!(operation.name().parse::<Operation>().unwrap(), operation);
        }
        assert!("presigned".parse::<Operation>().unwrap_err().to_string().contains("presign, list"));
    }
}
