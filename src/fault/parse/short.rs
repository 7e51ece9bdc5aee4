//! The short form: `OPERATION(:PART)*`, where a PART is `selector=value`, `effect` or
//! `effect=value(,field=value)*`. A value with a colon, a comma or a quote is in double quotes.

use std::ops::Range;

use super::rule::{ANY, EFFECT, KIND, ON, Reader, did_you_mean, no_operation};
use crate::{
    document::{Entry, Node, NodeKind},
    exchange::{Operation, S3Code},
    fault::{
        Fault, Mistakes,
        field::{Field, Takes},
        kind::Kind,
        mistake::{Mistake, and, quoted},
        selector::{self, SELECTORS},
    },
};

/// Fix for a comma behind what takes no list.
const COMMA: &str = "write a colon before the next part, or the value in double quotes";

/// Text between two colons: a name and, after `=`, its values.
struct Part {
    head: Word,
    items: Option<Vec<Item>>,
}

/// Text between two commas.
struct Item {
    /// Name, if there is an `=`.
    name: Option<Word>,
    value: Word,
}

struct Word {
    text: String,
    span: Range<usize>,
}

/// The rule of a text in the short form.
pub(super) fn read(text: &str) -> Result<Fault, Mistakes> {
    let mut reader = Reader::default();
    let tree = tree(text).map_err(Mistakes::of)?;
    reader.rule(&tree, "").ok_or_else(|| Mistakes::of(reader.mistakes))
}

/// Returns the tree of a rule.
fn tree(text: &str) -> Result<Node, Vec<Mistake>> {
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len().max(start);
    let scanner = Scanner { text: &text[..end], at: start };
    let mut parts = scanner.parts().map_err(|mistake| vec![mistake])?.into_iter();
    let mut mistakes = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let on = parts.next().map(operation);
    for entry in on.into_iter().chain(parts.map(part)) {
        match entry {
            Ok(entry) if entries.iter().any(|known| known.name == entry.name) => mistakes.push(twice(&entry)),
            Ok(entry) => entries.push(entry),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() && !entries.iter().any(|entry| entry.name == EFFECT) {
        let remedy = "write what happens, as in put:error=SlowDown";
        mistakes.push(Mistake::new("", "this rule has no effect", remedy).at(&(end..end)));
    }
    if !mistakes.is_empty() {
        // An unknown operation explains most other mistakes.
        mistakes.extend(entries.iter().find_map(unknown_operation));
    }
    if mistakes.is_empty() {
        Ok(Node { span: start..end, kind: NodeKind::Table(entries) })
    } else {
        Err(mistakes)
    }
}

/// The first part.
fn operation(Part { head, items }: Part) -> Result<Entry, Mistake> {
    let name = &head.text;
    let is_part = selector::find(name).is_some() || Kind::find(name).is_some();
    if items.is_none() && !is_part && !name.is_empty() {
        let value = Node { span: head.span.clone(), kind: NodeKind::Word(head.text) };
        return Ok(Entry { name: ON.to_owned(), span: head.span, value });
    }
    let what = match name.as_str() {
        "" => "a rule begins with an operation".to_owned(),
        name => format!("a rule begins with an operation, not `{}`", quoted(name)),
    };
    Err(Mistake::new("", what, format!("write one such as put, or {ANY}, and a colon")).at(&head.span))
}

/// Returns the mistake of an unknown operation.
fn unknown_operation(Entry { name, value, .. }: &Entry) -> Option<Mistake> {
    let NodeKind::Word(operation) = &value.kind else { return None };
    let is_unknown = name == ON && operation != ANY && operation.parse::<Operation>().is_err();
    is_unknown.then(|| no_operation(operation).at(&value.span))
}

/// A selector, or the effect.
fn part(Part { head, items }: Part) -> Result<Entry, Mistake> {
    if let Some(kind) = Kind::find(&head.text) {
        return effect(kind, &head.span, items.unwrap_or_default());
    }
    let selector = selector::find(&head.text).ok_or_else(|| unknown(&head))?;
    let mut items = items.into_iter().flatten();
    let Some(Item { value, .. }) = items.next() else {
        let what = format!("`{}` has no value", selector.name);
        let remedy = format!("write {}={}", selector.name, selector.example);
        return Err(Mistake::new("", what, remedy).at(&head.span));
    };
    if items.next().is_some() {
        let what = format!("unexpected comma after the value of `{}`", selector.name);
        return Err(Mistake::new("", what, COMMA).at(&(value.span.end..value.span.end + 1)));
    }
    let value = Node { span: value.span, kind: NodeKind::Word(value.text) };
    Ok(Entry { name: head.text, span: head.span, value })
}

/// An effect: its fields by name, but for the one that needs none.
fn effect(kind: &'static Kind, head: &Range<usize>, items: Vec<Item>) -> Result<Entry, Mistake> {
    let value = Node { span: head.clone(), kind: NodeKind::Word(kind.name.to_owned()) };
    let mut entries = vec![Entry { name: KIND.to_owned(), span: head.clone(), value }];
    let end = items.last().map_or(head.end, |item| item.value.span.end);
    for (at, Item { name, value }) in items.into_iter().enumerate() {
        if at > 0 && name.is_none() && value.span.is_empty() {
            let what = format!("missing field of `{}` after the comma", kind.name);
            let comma = value.span.start - 1..value.span.start;
            return Err(
                Mistake::new("", what, "write one and its value there, or leave the comma out").at(&comma)
            );
        }
        if let Some(name) = name.as_ref().filter(|name| is_value(kind, &name.text)) {
            let what = format!("unexpected second `=` in the value of `{}`", kind.name);
            let remedy = "write a comma before the next field, or the value in double quotes";
            return Err(Mistake::new("", what, remedy).at(&(name.span.end..name.span.end + 1)));
        }
        let Some(name) = name.or_else(|| nameless(kind, &value)) else {
            let what = format!("unexpected `{}` after `{}`", quoted(&value.text), kind.name);
            let remedy = format!("leave it out: `{}` takes nothing", kind.name);
            return Err(Mistake::new("", what, remedy).at(&value.span));
        };
        let value = Node { span: value.span, kind: NodeKind::Word(value.text) };
        let entry = Entry { name: name.text, span: name.span, value };
        if entries.iter().any(|known| known.name == entry.name) {
            return Err(twice(&entry));
        }
        entries.push(entry);
    }
    let value = Node { span: head.start..end, kind: NodeKind::Table(entries) };
    Ok(Entry { name: EFFECT.to_owned(), span: head.clone(), value })
}

fn nameless(kind: &Kind, value: &Word) -> Option<Word> {
    Some(Word { text: primary(kind, &value.text)?.name.to_owned(), span: value.span.clone() })
}

/// The field that a value without a name is for: of `error` a number is the status, anything else the code.
pub(in crate::fault) fn primary(kind: &Kind, value: &str) -> Option<&'static Field> {
    let is_number = value.starts_with(|first: char| first.is_ascii_digit());
    let mut fields = kind.fields.iter().filter(|field| field.primary);
    let first = fields.next()?;
    let is_for_it = |field: &&Field| matches!(field.takes, Takes::Status { .. }) == is_number;
    Some(first).filter(is_for_it).or_else(|| fields.find(is_for_it)).or(Some(first))
}

/// Whether a text is the value of the field that needs no name: a number, or a code. No field's
/// name is either.
fn is_value(kind: &Kind, name: &str) -> bool {
    let takes_it = primary(kind, name).is_some_and(|field| field.takes.read(name).is_some());
    takes_it && (name.starts_with(|first: char| first.is_ascii_digit()) || S3Code::find(name).is_some())
}

fn twice(entry: &Entry) -> Mistake {
    let (what, remedy) = match entry.name.as_str() {
        EFFECT => ("a rule has one effect".to_owned(), "give each effect a rule of its own"),
        name => (format!("duplicate `{}`", quoted(name)), "write it once"),
    };
    Mistake::new("", what, remedy).at(&entry.span)
}

fn unknown(name: &Word) -> Mistake {
    let names = || SELECTORS.iter().map(|selector| selector.name).chain(Kind::all().map(|kind| kind.name));
    let text = &name.text;
    let (what, remedy) = if text.is_empty() {
        ("this part is empty".to_owned(), "write an effect such as close, or leave the colon out".to_owned())
    } else if text.parse::<Operation>().is_ok() || text == ANY {
        let remedy = "give each operation a rule of its own".to_owned();
        (format!("second operation `{text}`"), remedy)
    } else {
        let what = format!("`{}` is neither a selector nor an effect", quoted(text));
        (what, did_you_mean(text, names).unwrap_or_else(|| format!("there are {}", and(names()))))
    };
    Mistake::new("", what, remedy).at(&name.span)
}

/// Cuts a text at its colons, commas and equals signs, but not in quotes.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn parts(mut self) -> Result<Vec<Part>, Mistake> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.part()?);
            if !self.skips(':') {
                return Ok(parts);
            }
        }
    }

    fn part(&mut self) -> Result<Part, Mistake> {
        let head = self.until(&[':', ',', '=']);
        if self.text[self.at..].starts_with(',') {
            let what = format!("unexpected comma after `{}`", quoted(&head.text));
            return Err(Mistake::new("", what, COMMA).at(&(self.at..self.at + 1)));
        }
        if !self.skips('=') {
            return Ok(Part { head, items: None });
        }
        // A selector's value may be anything, also what looks like a field.
        let has_names = selector::find(&head.text).is_none();
        let mut items = Vec::new();
        loop {
            items.push(self.item(has_names)?);
            if !self.skips(',') {
                return Ok(Part { head, items: Some(items) });
            }
        }
    }

    fn item(&mut self, has_names: bool) -> Result<Item, Mistake> {
        let rest = &self.text[self.at..];
        let end = rest.find([':', ',', '=', '"']).unwrap_or(rest.len());
        let mut name = None;
        if has_names && rest[end..].starts_with('=') {
            name = Some(self.until(&['=']));
            self.at += 1;
        }
        let is_quoted = self.text[self.at..].starts_with('"');
        let value = if is_quoted { self.quoted()? } else { self.until(&[':', ',']) };
        Ok(Item { name, value })
    }

    fn skips(&mut self, character: char) -> bool {
        let is_there = self.text[self.at..].starts_with(character);
        self.at += if is_there { character.len_utf8() } else { 0 };
        is_there
    }

    fn until(&mut self, ends: &[char]) -> Word {
        let rest = &self.text[self.at..];
        let end = rest.find(ends).unwrap_or(rest.len());
        let span = self.at..self.at + end;
        self.at = span.end;
        Word { text: rest[..end].to_owned(), span }
    }

    fn quoted(&mut self) -> Result<Word, Mistake> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.text[start + 1..].char_indices().map(|(at, one)| (start + 1 + at, one));
        loop {
            match characters.next() {
                Some((at, '"')) => {
                    self.at = at + 1;
                    break;
                }
                Some((at, '\\')) => {
                    let Some((_, escaped @ ('"' | '\\'))) = characters.next() else {
                        let what = "a `\\` before a character that needs no escape";
                        let remedy = "write `\\\\` for a backslash, and `\\\"` for a quote";
                        return Err(Mistake::new("", what, remedy).at(&(at..at + 1)));
                    };
                    text.push(escaped);
                }
                Some((_, character)) => text.push(character),
                None => {
                    let remedy = "write a second one behind the value";
                    return Err(Mistake::new("", "this quote is not closed", remedy).at(&(start..start + 1)));
                }
            }
        }
        let span = start..self.at;
        let behind = self.text[span.end..].chars().next().filter(|one| ![':', ','].contains(one));
        match behind {
            None => Ok(Word { text, span }),
            Some(one) => {
                let what = format!("unexpected `{}` after the closing quote", quoted(&one.to_string()));
                let remedy =
                    "write a colon or a comma there, or `\\\"` for a quote that is part of the value";
                Err(Mistake::new("", what, remedy).at(&(span.end..span.end + one.len_utf8())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fault::{Fault, parse::short};

    #[track_caller]
    fn reads(text: &str, rule: &Fault) {
        assert_eq!(short(text).as_ref(), Ok(rule), "{text}");
    }

    #[test]
    fn rules_are_read() {
        use std::time::Duration;
        reads("put:nth=1:error=SlowDown", &Fault::put().nth(1).error("SlowDown"));
        reads(" presign:expired ", &Fault::presign().expired());
        let limited = Fault::presign().times(2).error(429).retry_after(Duration::from_secs(1));
        reads("presign:times=2:error=429,retry_after=1s", &limited);
        reads("presign:error=retry_after=1s,status=429:times=2", &limited);
        reads("put:reset=64KiB", &Fault::put().reset(65_536));
        reads("put:reset", &Fault::put().reset(0));
        let slow = Fault::any().probability(0.05).delay(Duration::from_millis(200));
        reads("any:probability=0.05:delay=200ms", &slow);
        reads("any:probability=5e-2:delay=200ms,jitter=50ms", &slow.jitter(Duration::from_millis(50)));
        reads("list:garbage=503", &Fault::list().garbage(503));
        reads("list:garbage", &Fault::list().garbage(502));
        reads("any:for=30s:from=1m:hang=1h", &{
            let rule = Fault::any().lasting(Duration::from_secs(30)).from(Duration::from_secs(60));
            rule.hang_for(Duration::from_secs(3600))
        });
    }

    #[test]
    fn a_value_in_quotes_may_have_any_character() {
        let rule = Fault::put().filename("a:b,\"c\\d=.pdf").close();
        reads("put:filename=\"a:b,\\\"c\\\\d=.pdf\":close", &rule);
        reads("put:filename=x=\"y\":close", &Fault::put().filename("x=\"y\"").close());
        reads("put:error=message=\"a: b\",code=SlowDown", &Fault::put().error("SlowDown").message("a: b"));
        reads("put:error=503,message=a=b", &Fault::put().error(503).message("a=b"));
    }

    /// Each with a caret before the mistake.
    const MISTAKES: &[(&str, &str)] = &[
        ("^", "a rule begins with an operation; write one such as put, or any, and a colon"),
        ("^:close", "a rule begins with an operation; write one such as put, or any, and a colon"),
        (
            "^close",
            "a rule begins with an operation, not `close`; write one such as put, or any, and a colon",
        ),
        (
            "^nth=1:close",
            "a rule begins with an operation, not `nth`; write one such as put, or any, and a colon",
        ),
        ("^putt:close", "unknown operation `putt`; did you mean `put`?"),
        ("^create_user:close", "unknown operation `create_user`; did you mean `create-user`?"),
        ("put^", "this rule has no effect; write what happens, as in put:error=SlowDown"),
        (
            "^5",
            "unknown operation `5`; there are presign, list, delete, create-user, list-users, get-user, delete-user, execute, put, get, head, preflight, unknown and any",
        ),
        ("^putt:nth=1", "unknown operation `putt`; did you mean `put`?"),
        ("put:nth=1^", "this rule has no effect; write what happens, as in put:error=SlowDown"),
        ("put:^:close", "this part is empty; write an effect such as close, or leave the colon out"),
        ("put:^nht=1:close", "`nht` is neither a selector nor an effect; did you mean `nth`?"),
        (
            "put:^lost_response",
            "`lost_response` is neither a selector nor an effect; did you mean `lost-response`?",
        ),
        ("put:^get:close", "second operation `get`; give each operation a rule of its own"),
        ("put:close:^hang", "a rule has one effect; give each effect a rule of its own"),
        ("put:nth=1:^nth=2:close", "duplicate `nth`; write it once"),
        ("put:^nth:close", "`nth` has no value; write nth=2"),
        ("put:nth=^:close", "`nth` is ``; write a whole number from 1 on"),
        ("put:nth=^two:close", "`nth` is `two`; write a whole number from 1 on"),
        (
            "put:nth=1^,error=503",
            "unexpected comma after the value of `nth`; write a colon before the next part, or the value in double quotes",
        ),
        (
            "put:hang^,duration=1s",
            "unexpected comma after `hang`; write a colon before the next part, or the value in double quotes",
        ),
        (
            "put:error=503^=2",
            "unexpected second `=` in the value of `error`; write a comma before the next field, or the value in double quotes",
        ),
        (
            "put:error=SlowDown^=message",
            "unexpected second `=` in the value of `error`; write a comma before the next field, or the value in double quotes",
        ),
        ("put:error=^cod=SlowDown", "unknown field `cod` of `error`; did you mean `code`?"),
        (
            "put:delay=1s^,",
            "missing field of `delay` after the comma; write one and its value there, or leave the comma out",
        ),
        (
            "put:delay=1s^,,jitter=1s:nth=1",
            "missing field of `delay` after the comma; write one and its value there, or leave the comma out",
        ),
        ("put:error=503,message=a,^status=1", "duplicate `status`; write it once"),
        ("put:error=^200", "`status` is `200`; write an HTTP status from 300 to 599"),
        ("put:error=^9999", "`status` is `9999`; write an HTTP status from 300 to 599"),
        (
            "put:error=^SlowDwon",
            "`code` is `SlowDwon`, which S3 does not have; did you mean `SlowDown`? A code of another name needs a `status`",
        ),
        ("put:error=^", "`code` is ``; write one such as SlowDown: up to 128 ASCII letters, digits and dots"),
        (
            "put:^error",
            "`error` has neither `status` nor `code`; write a status such as 503, or a code such as SlowDown",
        ),
        (
            "put:^delay",
            "`delay` needs `duration`; write a duration above 0s, up to 87600h, such as 300ms, 2s, 59m50s or 1h",
        ),
        ("put:delay=1s,^durtion=2s", "unknown field `durtion` of `delay`; did you mean `duration`?"),
        ("put:delay=1s,^nth=2", "unknown field `nth` of `delay`; write it beside `effect`, not in it"),
        ("put:delay=1s,jitter=^2s", "`jitter` is `2s`, more than `duration`; write at most `1s`"),
        (
            "put:throttle=^0",
            "`bytes_per_second` is `0`; write a number of bytes from 1 on, or a size such as 64KiB or 8MiB",
        ),
        ("put:close=^5", "unexpected `5` after `close`; leave it out: `close` takes nothing"),
        (
            "^list:reset",
            "`on` is `list`, which `reset` cannot strike; write put, presign, create-user, execute or any",
        ),
        ("put:nth=^1:every=2:close", "`nth` cannot be combined with `every`; use one of them"),
        ("put:probability=^1.5:close", "`probability` is `1.5`; write a number above 0 and up to 1"),
        (
            "put:for=^0s:close",
            "`for` is `0s`; write a duration above 0s, up to 87600h, such as 300ms, 2s, 59m50s or 1h",
        ),
        (
            "put:from=^1000000h:close",
            "`from` is `1000000h`; write a duration up to 87600h, such as 300ms, 2s, 59m50s or 1h",
        ),
        ("put:user=^alice:close", "`user` is `alice`; write 24 hex digits, such as 651eb6e11d156e0d7a42c59d"),
        (
            "list:key=^x:close",
            "`key` cannot be combined with `list`, which is not about a file; leave it out, or let `on` be presign, put, get, head, delete or any",
        ),
        (
            "preflight:key=^x:close",
            "`key` cannot be combined with `preflight`, which is not about a file; leave it out, or let `on` be presign, put, get, head, delete or any",
        ),
        (
            "put:garbage=^204",
            "`status` is `204`, which has no content, and so no page; write one such as 502, 504 or 200",
        ),
        (
            "put:garbage=^304",
            "`status` is `304`, which has no content, and so no page; write one such as 502, 504 or 200",
        ),
        (
            "list:error=429,code=^Foo",
            "`code` has no effect on `list`: errors of the Alloy API have no code; leave it out",
        ),
        (
            "put:error=503,message=^a\0b",
            "`message` has the character `\\u{0}`; write a text of up to 1024 bytes, without control characters",
        ),
        ("put:key=^\"a:close", "this quote is not closed; write a second one behind the value"),
        (
            "put:key=\"a\"^b:close",
            "unexpected `b` after the closing quote; write a colon or a comma there, or `\\\"` for a quote that is part of the value",
        ),
        (
            "put:key=\"^\\a\":close",
            "a `\\` before a character that needs no escape; write `\\\\` for a backslash, and `\\\"` for a quote",
        ),
    ];

    #[test]
    fn a_mistake_is_told_at_its_character() {
        for (text, told) in MISTAKES {
            let place = text.find('^').unwrap();
            let mistakes = short(&text.replacen('^', "", 1)).unwrap_err();
            let first = mistakes.iter().next().unwrap();
            assert_eq!(first.to_string(), *told, "{text}");
            assert_eq!(first.span.as_ref().map(|span| span.start), Some(place), "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mistakes = short("list:nth=0:every=x:probability=2:reset=many").unwrap_err();
        let pointers: Vec<&str> = mistakes.iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(pointers, ["/nth", "/every", "/probability", "/effect/after_bytes"]);
        let mistakes = short("putt:nht=1").unwrap_err().to_string();
        let beginnings: Vec<&str> = mistakes.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(beginnings, ["unknown", "`nht`"]);
    }
}
