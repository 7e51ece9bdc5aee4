//! Finds the documents in a file: the file is one, or it is a page of documentation with documents in fenced blocks, as
//! Alloy's reference is when saved as Markdown.

use std::{
    borrow::Cow,
    io::Read,
    path::{Path, PathBuf},
};

use crate::document::{self, Lines, Node, Place, Problem};

/// Largest file, in bytes. Alloy's whole reference has less than a tenth of it.
const LARGEST: u64 = 16 << 20;

/// Reason why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Reported by the system.
    #[error("cannot read `{file}`: {reason}")]
    Unreadable {
        /// The file's name.
        file: String,
        /// The system's error.
        reason: std::io::Error,
    },
    /// Larger than any document we would take.
    #[error("`{file}` is larger than {} MiB; give an OpenAPI document", LARGEST >> 20)]
    TooLarge {
        /// The file's name.
        file: String,
    },
    /// Not text.
    #[error("`{file}` is not UTF-8: invalid byte at offset {at}; save it as UTF-8 text")]
    NotUtf8 {
        /// The file's name.
        file: String,
        /// Number of valid bytes.
        at: usize,
    },
    /// Without a document in it.
    #[error(
        "no OpenAPI document in `{file}`; give YAML or JSON that has `openapi: 3.0.x`, or a page with such text in a \
         block fenced as ```yaml or ```json"
    )]
    NoDocument {
        /// The file's name.
        file: String,
    },
}

/// Language of a document.
#[derive(Clone, Copy, Debug)]
enum Language {
    Yaml,
    Json,
    /// JSON where it is, or else YAML.
    Either,
}

/// Document inside a file.
#[derive(Debug)]
pub(super) struct Source<'a> {
    text: Cow<'a, str>,
    language: Language,
    /// Number of lines of the file before the document.
    lines: usize,
    /// Number of characters taken from the beginning of each line.
    columns: usize,
}

/// Places in the file of a document.
pub(super) struct Places<'a> {
    lines: Lines<'a>,
    first: Place,
}

impl Source<'_> {
    pub(super) fn parse(&self) -> Result<Node, Problem> {
        match self.language {
            Language::Json => document::json(&self.text),
            // JSON is YAML, nearly: its own parser knows its escapes, and tabs that do not indent.
            Language::Either if self.text.trim_start().starts_with('{') => {
                document::json(&self.text).or_else(|_| document::yaml(&self.text))
            }
            Language::Yaml | Language::Either => document::yaml(&self.text),
        }
    }

    pub(super) fn places(&self) -> Places<'_> {
        Places { lines: Lines::of(&self.text), first: Place { line: self.lines, column: self.columns } }
    }
}

impl Places<'_> {
    /// Returns the place in the file of a byte offset in the document.
    pub(super) fn place(&self, at: usize) -> Place {
        let Place { line, column } = self.lines.place(at);
        Place { line: line + self.first.line, column: column + self.first.column }
    }
}

/// A document as its author wrote it.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its file's name.
    pub name: String,
    /// The whole of it.
    pub text: String,
    pub(crate) tree: Node,
}

/// Returns the one document of these files, or the built-in one without files; `None` if they have several.
///
/// # Errors
///
/// [`ReadError`] where a file cannot be read.
pub fn original(files: &[PathBuf]) -> Result<Option<Text>, ReadError> {
    let (name, text) = match files {
        [] => (super::BUILT_IN_NAME.to_owned(), super::BUILT_IN.to_owned()),
        [file] => (file.display().to_string(), read(file)?),
        _ => return Ok(None),
    };
    let found = documents(&name, &text);
    let [source] = found.as_slice() else { return Ok(None) };
    // It has been loaded before.
    let Ok(tree) = source.parse() else { return Ok(None) };
    Ok(Some(Text { text: source.text.clone().into_owned(), name, tree }))
}

/// Returns the text of a file.
pub(super) fn read(path: &Path) -> Result<String, ReadError> {
    let file = || path.display().to_string();
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|reason| ReadError::Unreadable { file: file(), reason })?;
    if bytes.len() as u64 > LARGEST {
        return Err(ReadError::TooLarge { file: file() });
    }
    String::from_utf8(bytes)
        .map_err(|error| ReadError::NotUtf8 { file: file(), at: error.utf8_error().valid_up_to() })
}

/// Returns the documents in the text of a file; empty for a page without one. A file whose name says YAML or JSON is
/// always a document.
pub(super) fn documents<'a>(name: &str, text: &'a str) -> Vec<Source<'a>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = |language| vec![Source { text: Cow::Borrowed(text), language, lines: 0, columns: 0 }];
    let extension = Path::new(name).extension().and_then(|end| end.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "yaml" | "yml" => whole(Language::Yaml),
        "json" => whole(Language::Json),
        _ => {
            let page = Page::of(text);
            if page.is_document { whole(Language::Either) } else { page.documents }
        }
    }
}

/// Fenced blocks of a text, and whether the text is a document by itself.
#[derive(Default)]
struct Page<'a> {
    is_document: bool,
    documents: Vec<Source<'a>>,
}

impl<'a> Page<'a> {
    fn of(text: &'a str) -> Self {
        let mut page = Self { is_document: text.trim_start().starts_with('{'), documents: Vec::new() };
        let mut lines = text.split_inclusive('\n').enumerate();
        while let Some((_, line)) = lines.next() {
            let Some(fence) = Fence::opened_by(line) else {
                page.is_document |= begins_document(line);
                continue;
            };
            let mut block = Vec::new();
            let mut first = 0;
            for (number, line) in lines.by_ref() {
                if fence.is_closed_by(line) {
                    break;
                }
                if block.is_empty() {
                    first = number;
                }
                block.push(line);
            }
            if let Some(language) = fence.language
                && block.iter().any(|line| begins_document(line.trim_start_matches([' ', '\t', '{'])))
            {
                let text = block.iter().map(|line| fence.without_indent(line)).collect();
                page.documents.push(Source { text, language, lines: first, columns: fence.indent });
            }
        }
        page
    }
}

/// Returns whether the line has the field that every document begins with.
fn begins_document(line: &str) -> bool {
    let (quoted, line) = match line.strip_prefix(['"', '\'']) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    ["openapi", "swagger"].iter().filter_map(|field| line.strip_prefix(field)).any(|rest| {
        let rest = if quoted { rest.get(1..).unwrap_or_default() } else { rest };
        rest.trim_start().starts_with(':')
    })
}

/// The beginning of a fenced block.
struct Fence {
    mark: char,
    length: usize,
    indent: usize,
    /// Language at the beginning of the info string, if we read it.
    language: Option<Language>,
}

impl Fence {
    fn opened_by(line: &str) -> Option<Self> {
        let (indent, mark, length, info) = Self::parts(line)?;
        // CommonMark: code within a line is not a fence.
        if mark == '`' && info.contains('`') {
            return None;
        }
        let word = info.split(|end: char| !end.is_ascii_alphanumeric()).next().unwrap_or_default();
        let language = match word.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Some(Language::Yaml),
            "json" => Some(Language::Json),
            _ => None,
        };
        Some(Self { mark, length, indent, language })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        Self::parts(line).is_some_and(|(_, mark, length, info)| {
            mark == self.mark && length >= self.length && info.is_empty()
        })
    }

    /// Returns indent, mark, number of marks, and the rest.
    fn parts(line: &str) -> Option<(usize, char, usize, &str)> {
        let marks = line.trim_start_matches(' ');
        let mark = marks.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = marks.trim_start_matches(mark);
        let length = marks.len() - info.len();
        (length >= 3).then(|| (line.len() - marks.len(), mark, length, info.trim()))
    }

    /// Removes the fence's indent from a line of the block.
    fn without_indent<'l>(&self, line: &'l str) -> &'l str {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        &line[blanks.min(self.indent)..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(name: &str, text: &str) -> Vec<(usize, String)> {
        let documents = documents(name, text);
        documents.iter().map(|one| (one.places().place(0).line, one.text.to_string())).collect()
    }

    #[test]
    fn a_page_has_its_documents_in_fenced_blocks() {
        let page = "# Title\n\n```json\n{\"a\": 1}\n```\n\n````yaml post /a\nopenapi: 3.0.1\n```\n````\nrest\n\
                    ~~~ JSON\n{\n  \"openapi\": \"3.0.0\"}\n~~~\n```text\nopenapi: 3.0.0\n```\n";
        assert_eq!(
            found("page.md", page),
            [(8, "openapi: 3.0.1\n```\n".to_owned()), (13, "{\n  \"openapi\": \"3.0.0\"}\n".to_owned())]
        );
        assert_eq!(found("page.txt", "# Nothing\n\nopenapi is here\n"), []);
    }

    #[test]
    fn a_block_may_be_indented_and_last_to_the_end() {
        let found = documents("page", "- a\n\n  ```yml\n  openapi: 3.0.1\n  info:\n    a: b");
        assert_eq!(found[0].text, "openapi: 3.0.1\ninfo:\n  a: b");
        assert_eq!(found[0].places().place(15), Place { line: 5, column: 3 });
    }

    #[test]
    fn a_document_may_have_fences_in_its_descriptions() {
        let text = "openapi: 3.0.1\ninfo:\n  description: |\n    ```yaml\n    openapi: x\n    ```\n";
        assert_eq!(found("no-extension", text), [(1, text.to_owned())]);
        assert_eq!(found("api.YAML", "# empty\n"), [(1, "# empty\n".to_owned())]);
    }

    #[test]
    fn marks_of_windows_do_not_matter() {
        assert_eq!(found("api", "\u{feff}openapi: 3.0.1\r\n"), [(1, "openapi: 3.0.1\r\n".to_owned())]);
        let page = "\u{feff}# A\r\n```yaml\r\nopenapi: 3.0.1\r\n```\r\n";
        assert_eq!(found("page", page), [(3, "openapi: 3.0.1\r\n".to_owned())]);
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through(text in "(```|~~~|````| |\n|yaml|json|openapi: |\"openapi\"|\\PC){0,30}") {
            documents("page.md", &text);
        }
    }
}
