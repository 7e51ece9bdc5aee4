//! The neutral tree: what a rule says in whichever form it was written, with the place of each part. `short`, `toml`
//! and `json` make it, `rule` reads it.

use std::ops::Range;

/// A value with its place in the text, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub span: Range<usize>,
    pub what: What,
}

/// What it is.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// In the short form, where nothing tells a number from a text.
    Word(String),
    Text(String),
    /// As it is written, in decimal.
    Number(String),
    /// In the order of the text.
    List(Vec<Node>),
    /// In the order of the text, each name once.
    Table(Vec<Entry>),
    /// What no part of a rule takes, in words.
    Other(&'static str),
}

/// A part of a table.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    /// Where its name is.
    pub span: Range<usize>,
    pub value: Node,
}

impl What {
    /// What is there, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Word(_) | Self::Text(_) => "a text",
            Self::Number(number) if number.contains(['.', 'e', 'E']) => "a number with a fraction",
            Self::Number(_) => "a number",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

impl Node {
    /// The place of the part at a JSON pointer, or of what is above it where there is no such part.
    pub(super) fn place_of(&self, pointer: &str) -> &Range<usize> {
        let mut node = self;
        for name in pointer.split('/').skip(1) {
            let below = match &node.what {
                What::Table(entries) => entries.iter().find(|entry| entry.name == name),
                _ => None,
            };
            let Some(entry) = below else { break };
            node = &entry.value;
        }
        &node.span
    }
}
