//! TOML as a tree, from the spans that the `toml` crate keeps.

use std::borrow::Cow;

use toml::{
    Spanned,
    de::{DeInteger, DeTable, DeValue},
};

use super::{Entry, Node, NodeKind};

/// Converts a document.
pub(crate) fn tree(root: &Spanned<DeTable<'_>>) -> Node {
    Node { span: root.span(), kind: NodeKind::Table(entries(root.get_ref())) }
}

/// Converts a value.
pub(crate) fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let kind = match value.get_ref() {
        DeValue::String(text) => NodeKind::Text(text.clone().into_owned()),
        DeValue::Integer(number) => NodeKind::Number(decimal(number)),
        DeValue::Float(number) => NodeKind::Number(number.as_str().to_owned()),
        DeValue::Boolean(value) => NodeKind::Bool(*value),
        DeValue::Datetime(_) => NodeKind::DateTime,
        DeValue::Array(values) => NodeKind::List(values.iter().map(node).collect()),
        DeValue::Table(table) => NodeKind::Table(entries(table)),
    };
    Node { span: value.span(), kind }
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let entry = |(name, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| Entry {
        name: name.get_ref().clone().into_owned(),
        span: name.span(),
        value: node(value),
    };
    let mut entries: Vec<Entry> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.span.start);
    entries
}

/// A number outside the ranges stays text.
fn decimal(number: &DeInteger<'_>) -> String {
    let read = i128::from_str_radix(number.as_str(), number.radix());
    read.map_or_else(|_| number.to_string(), |number| number.to_string())
}
