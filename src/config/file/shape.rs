//! From a TOML document to named texts, each with its place: whether the names are known and the values of
//! the right type. What the texts mean is read elsewhere.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeInteger, DeTable, DeValue},
};

use crate::{
    config::{
        Problem,
        names::{self, NAMES, Name, Table, Takes},
    },
    fault::{Fault, Mistakes, parse},
};

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Mistake {
    pub span: Range<usize>,
    pub problem: Problem,
}

/// A value as text, with its place.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub text: String,
    pub span: Range<usize>,
}

/// One table of several: its fields by name. Those that are required are there.
#[derive(Debug)]
pub(super) struct Row {
    table: &'static Table,
    /// The table's header.
    pub span: Range<usize>,
    fields: BTreeMap<&'static str, Text>,
}

/// All of a file.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Settings in the order of the file; one that is a list comes once for each of its texts.
    pub settings: Vec<(&'static str, Text)>,
    pub api_keys: Vec<Row>,
    pub users: Vec<Row>,
    pub files: Vec<Row>,
    pub faults: Vec<Fault>,
}

impl Mistake {
    pub(super) fn new(span: &Range<usize>, problem: Problem) -> Self {
        Self { span: span.clone(), problem }
    }

    /// The first mistake of rules.
    pub(super) fn of_rules(mistakes: &Mistakes) -> Self {
        let first = mistakes.iter().next();
        let problem = first.map_or_else(String::new, ToString::to_string);
        let span = first.and_then(|mistake| mistake.span.clone()).unwrap_or_default();
        Self { span, problem: Problem::sentence(&problem) }
    }
}

impl Row {
    /// A field that may be left out.
    pub(super) fn get(&self, name: &str) -> Option<&Text> {
        self.fields.get(name)
    }

    /// A field that is required.
    pub(super) fn need(&self, name: &str) -> Result<&Text, Mistake> {
        self.get(name).ok_or_else(|| {
            let example = self.table.fields.iter().find(|field| field.name == name);
            let example = example.map_or_else(String::new, |field| format!("{name} = {}", field.example));
            let what = format!("[[{}]] needs `{name}`", self.table.name);
            Mistake::new(&self.span, Problem::new(what, &format!("write one like {example}")))
        })
    }
}

/// Reads the shape of a document.
pub(super) fn of_document(root: &DeTable<'_>) -> Result<Shape, Mistake> {
    let mut shape = Shape::default();
    for (key, value) in in_order(root) {
        let Some(name) = names::top(key.get_ref()) else {
            return Err(Mistake::new(&key.span(), unknown_setting(key.get_ref())));
        };
        match name.takes {
            Takes::Tables(table) => {
                let rows = rows(table, key, value)?;
                match table.name {
                    "api_key" => shape.api_keys = rows,
                    "user" => shape.users = rows,
                    _ => shape.files = rows,
                }
            }
            Takes::Faults => {
                shape.faults = parse::toml_tables(value).map_err(|mistakes| Mistake::of_rules(&mistakes))?;
            }
            Takes::Texts | Takes::Origins => {
                shape.settings.extend(texts(name, value)?.map(|text| (name.name, text)));
            }
            _ => shape.settings.push((name.name, scalar(name, value)?)),
        }
    }
    Ok(shape)
}

type Entry<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

/// The entries as the file has them, so that the first mistake is told first.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn unknown_setting(name: &str) -> Problem {
    let remedy = match names::nearest(name, NAMES.iter().map(|known| known.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "write an option of `assay serve --help` with `_` for `-`, or [[api_key]], [[user]], [[file]] or [[fault]]"
                .to_owned()
        }
    };
    Problem::new(format!("`{name}` is no setting"), &remedy)
}

fn unknown_field(name: &str, table: &Table) -> Problem {
    let known = || table.fields.iter().map(|field| field.name);
    let remedy = if let Some(near) = names::nearest(name, known()) {
        format!("did you mean `{near}`?")
    } else if names::top(name).is_some() {
        "settings stand above the first [[…]]".to_owned()
    } else {
        format!("it has {}", known().collect::<Vec<_>>().join(", "))
    };
    Problem::new(format!("`{name}` is no part of [[{}]]", table.name), &remedy)
}

/// What is there, in words. Never the value itself: it may be a secret.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "one table",
    }
}

fn wrong_type(name: &str, takes: &str, example: &str, value: &Spanned<DeValue<'_>>) -> Mistake {
    let what = format!("`{name}` takes {takes}, and this is {}", kind(value.get_ref()));
    let remedy = format!("write one like {name} = {example}");
    Mistake::new(&value.span(), Problem::new(what, &remedy))
}

fn scalar(name: &Name, value: &Spanned<DeValue<'_>>) -> Result<Text, Mistake> {
    let text = match (name.takes, value.get_ref()) {
        (Takes::Text | Takes::Size, DeValue::String(text)) => text.clone().into_owned(),
        (Takes::Number | Takes::Size, DeValue::Integer(number)) => decimal(number),
        (Takes::Switch, DeValue::Boolean(on)) => on.to_string(),
        (takes, _) => {
            let takes = match takes {
                Takes::Number => "a whole number",
                Takes::Size => "a number of bytes or a text",
                Takes::Switch => "true or false",
                _ => "a text",
            };
            return Err(wrong_type(name.name, takes, name.example, value));
        }
    };
    Ok(Text { text, span: value.span() })
}

/// A number as the parsers of settings read it; one that fits nowhere stays as it is written.
fn decimal(number: &DeInteger<'_>) -> String {
    let read = i128::from_str_radix(number.as_str(), number.radix());
    read.map_or_else(|_| number.to_string(), |number| number.to_string())
}

fn texts(name: &Name, value: &Spanned<DeValue<'_>>) -> Result<impl Iterator<Item = Text> + use<>, Mistake> {
    let values = match value.get_ref() {
        DeValue::Array(values) if values.is_empty() && name.takes == Takes::Origins => {
            let remedy = format!("write {} = \"off\" for none, or leave it out for every origin", name.name);
            return Err(Mistake::new(&value.span(), Problem::new("this list is empty", &remedy)));
        }
        DeValue::Array(values) => values.iter().collect(),
        _ => vec![value],
    };
    let texts: Result<Vec<Text>, Mistake> = values
        .into_iter()
        .map(|value| match value.get_ref() {
            DeValue::String(text) => Ok(Text { text: text.clone().into_owned(), span: value.span() }),
            _ => Err(wrong_type(name.name, "a text or a list of texts", name.example, value)),
        })
        .collect();
    Ok(texts?.into_iter())
}

fn rows(
    table: &'static Table,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<Row>, Mistake> {
    let no_tables = |span: &Range<usize>, value: &DeValue<'_>| {
        let what = format!("`{}` takes a list of tables, and this is {}", table.name, kind(value));
        let fields = table.fields.iter().filter(|field| field.required).map(|field| field.name);
        let fields = fields.collect::<Vec<_>>().join(" and ");
        let remedy =
            format!("write [[{}]] in double brackets, once for each, and below it its {fields}", table.name);
        Mistake::new(span, Problem::new(what, &remedy))
    };
    let DeValue::Array(values) = value.get_ref() else {
        return Err(no_tables(&key.span(), value.get_ref()));
    };
    values
        .iter()
        .map(|value| match value.get_ref() {
            DeValue::Table(fields) => row(table, value.span(), fields),
            other => Err(no_tables(&value.span(), other)),
        })
        .collect()
}

fn row(table: &'static Table, span: Range<usize>, values: &DeTable<'_>) -> Result<Row, Mistake> {
    let mut fields = BTreeMap::new();
    for (key, value) in in_order(values) {
        let Some(field) = table.fields.iter().find(|field| field.name == key.get_ref().as_ref()) else {
            return Err(Mistake::new(&key.span(), unknown_field(key.get_ref(), table)));
        };
        let DeValue::String(text) = value.get_ref() else {
            return Err(wrong_type(field.name, "a text", field.example, value));
        };
        fields.insert(field.name, Text { text: text.clone().into_owned(), span: value.span() });
    }
    let row = Row { table, span, fields };
    for field in table.fields.iter().filter(|field| field.required) {
        row.need(field.name)?;
    }
    Ok(row)
}
