//! What a check is, as lists show it.

use crate::report::Level;

/// A check, without how it is done.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// `theme/name`.
    pub id: &'static str,
    /// What is to hold, as a sentence without a full stop.
    pub title: &'static str,
    /// How binding it is.
    pub level: Level,
    /// The sentence that it comes from, and where that stands.
    pub source: &'static str,
    /// What the server must have so that it can be asked.
    pub needs: &'static [Need],
}

/// What a check needs of a server beside the file API itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Users that can be made, by `POST /users`.
    Users,
    /// A clock that can be moved, by the control API's `clock`.
    Clock,
    /// A second account, by a second API key.
    OtherAccount,
    /// That not every API key is good.
    Keys,
    /// The bytes of what is stored, by the control API's `objects`.
    Objects,
}

impl Description {
    /// The theme: what stands before the slash.
    #[must_use]
    pub fn theme(&self) -> &'static str {
        self.id.split('/').next().unwrap_or_default()
    }
}

impl Need {
    /// What it is called in lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Clock => "clock",
            Self::OtherAccount => "second account",
            Self::Keys => "keys",
            Self::Objects => "objects",
        }
    }
}
