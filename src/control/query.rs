//! The query parameters of a control call. Each is read once; unread ones are an error.

use std::{borrow::Cow, collections::BTreeMap, fmt::Display, str::FromStr};

use super::error::Error;
use crate::files::UserId;

/// Unread parameters of a query.
pub(super) struct Parameters<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Parameters<'a> {
    /// Reads a query in which every parameter comes once.
    pub(super) fn parse(query: &'a str) -> Result<Self, Error> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if parameters.insert(name.clone(), value).is_some() {
                return Err(Error::invalid(&*name, format!("`{name}` is given twice; give it once")));
            }
        }
        Ok(Self(parameters))
    }

    /// Takes a whole number out.
    pub(super) fn take_number<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Error> {
        self.take_with(name, |text| text.parse().map_err(|_| "write a whole number, such as 10"))
    }

    /// Takes a parameter out and reads it.
    pub(super) fn take<T: FromStr<Err: Display>>(&mut self, name: &str) -> Result<Option<T>, Error> {
        self.take_with(name, T::from_str)
    }

    /// Takes a parameter out and has it read by `read`.
    pub(super) fn take_with<T, E: Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        read(&value).map(Some).map_err(|error| Error::invalid(name, format!("`{name}`: {error}")))
    }

    /// Reads the query of a call that takes a user and nothing else.
    pub(super) fn only_user(mut self) -> Result<Option<UserId>, Error> {
        let user = self.take("user")?;
        self.done().map(|()| user)
    }

    /// Refuses unread parameters: a mistyped name would be ignored otherwise.
    pub(super) fn done(self) -> Result<(), Error> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(Error::invalid(&*name, format!("this call has no parameter `{name}`"))),
        }
    }
}
