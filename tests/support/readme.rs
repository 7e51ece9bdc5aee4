//! What can be pasted from the README and from `docs/`.

use std::path::Path;

/// Returns the text of a page: `README`, or the name of a page in `docs/`.
#[track_caller]
pub fn page(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = match name {
        "README" => root.join("README.md"),
        name => root.join("docs").join(name).with_extension("md"),
    };
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the text of a chapter, up to the next chapter.
#[track_caller]
pub fn chapter(name: &str, chapter: &str) -> String {
    let text = page(name);
    let heading = format!("\n## {chapter}\n");
    let start = text.find(&heading).unwrap_or_else(|| panic!("{name} has no chapter {chapter}"));
    let text = &text[start + 1..];
    text[..text[1..].find("\n## ").map_or(text.len(), |end| end + 1)].to_owned()
}

/// Returns the blocks of a chapter that are in this language.
#[track_caller]
pub fn blocks(page: &str, name: &str, language: &str) -> Vec<String> {
    let beginning = format!("```{language}\n");
    let text = chapter(page, name);
    let blocks = text.split(beginning.as_str()).skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}
