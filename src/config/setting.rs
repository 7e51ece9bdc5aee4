//! One thing that was set, as text, with the place where it was.

/// A setting before it is read.
#[derive(Clone)]
pub struct Setting {
    /// Its name, with `_` between words.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it was set.
    pub origin: Origin,
}

impl Setting {
    /// What it was set by, as a message names it.
    #[must_use]
    pub fn place(&self) -> String {
        match self.origin {
            Origin::Flag => format!("--{}", self.name.replace('_', "-")),
            Origin::Environment => format!("ASSAY_{}", self.name.to_uppercase()),
        }
    }
}

/// A value may be a secret: it never shows in a debug output.
impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Setting({}, {:?})", self.name, self.origin)
    }
}

/// Where a setting comes from. A flag goes before the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--name VALUE`.
    Flag,
    /// `ASSAY_NAME`.
    Environment,
}
