//! The operations by name. The router picks one for every request; the journal, the log, faults and
//! reports speak of it by the same name.

use std::{fmt, str::FromStr};

use hyper::Method;
use serde::{Serialize, Serializer};

/// Operation of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Operation {
    /// Alloy: request a presigned URL.
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

/// The API that an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// The Alloy API, at this method and path. Two paths that differ only in the names of their parameters are the
    /// same.
    Alloy(&'static str, &'static str),
    /// The S3 API.
    S3,
    /// Either.
    Any,
}

/// All that is known of an operation.
struct Row {
    operation: Operation,
    name: &'static str,
    api: Api,
    takes_json: bool,
}

const fn row(operation: Operation, name: &'static str, api: Api, takes_json: bool) -> Row {
    Row { operation, name, api, takes_json }
}

use Api::{Alloy, Any, S3};

/// Every operation, in the order of the enum, in which reports list them: its name, where it is, and whether it is
/// given a JSON body.
const TABLE: [Row; 13] = [
    row(Operation::Presign, "presign", Alloy("POST", "/connectors/files/upload/request"), true),
    row(Operation::List, "list", Alloy("GET", "/connectors/files/list"), false),
    row(Operation::Delete, "delete", Alloy("DELETE", "/connectors/files/{s3Key}"), false),
    row(Operation::CreateUser, "create-user", Alloy("POST", "/users"), true),
    row(Operation::ListUsers, "list-users", Alloy("GET", "/users"), false),
    row(Operation::GetUser, "get-user", Alloy("GET", "/users/{userId}"), false),
    row(Operation::DeleteUser, "delete-user", Alloy("DELETE", "/users/{userId}"), false),
    row(
        Operation::Execute,
        "execute",
        Alloy("POST", "/connectors/{connectorId}/actions/{actionId}/execute"),
        true,
    ),
    row(Operation::Put, "put", S3, false),
    row(Operation::Get, "get", S3, false),
    row(Operation::Head, "head", S3, false),
    row(Operation::Preflight, "preflight", Any, false),
    row(Operation::Unknown, "unknown", Any, false),
];

impl Operation {
    /// Every operation, in the order in which reports list them.
    pub const ALL: [Self; TABLE.len()] = {
        let mut all = [Self::Unknown; TABLE.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = TABLE[at].operation;
            at += 1;
        }
        all
    };

    fn row(self) -> &'static Row {
        const { &TABLE }.get(self as usize).unwrap_or(const { &TABLE[TABLE.len() - 1] })
    }

    /// Returns the name, as in the command line, the control API and reports.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the API.
    pub fn api(self) -> Api {
        self.row().api
    }

    /// Method and path template of an operation of the Alloy API, `None` for any other.
    pub fn route(self) -> Option<(Method, &'static str)> {
        let Alloy(method, path) = self.row().api else { return None };
        Some((Method::from_bytes(method.as_bytes()).ok()?, path))
    }

    /// Returns whether the operation is one of the Alloy API.
    pub fn is_alloys(self) -> bool {
        matches!(self.row().api, Alloy(..))
    }

    /// Returns whether the operation is given a JSON body.
    pub fn takes_json(self) -> bool {
        self.row().takes_json
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

/// An unknown operation.
#[derive(Debug, thiserror::Error)]
#[error("unknown operation `{name}`; there are {}", Operation::ALL.map(Operation::name).join(", "))]
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
        for (at, operation) in Operation::ALL.into_iter().enumerate() {
            assert_eq!(operation as usize, at, "the table has the order of the enum");
            assert_eq!(operation.name().parse::<Operation>().unwrap(), operation);
        }
        assert!("presigned".parse::<Operation>().unwrap_err().to_string().contains("presign, list"));
    }
}
