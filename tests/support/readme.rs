//! What can be pasted from the README.

pub const README: &str = include_str!("../../README.md");

/// The blocks of a chapter that are in this language.
#[track_caller]
pub fn blocks(chapter: &str, language: &str) -> Vec<&'static str> {
    let start = README.find(&format!("\n## {chapter}\n")).unwrap();
    let text = &README[start + 1..];
    let text = &text[..text[1..].find("\n## ").map_or(text.len(), |end| end + 1)];
    let beginning = format!("```{language}\n");
    let blocks = text.split(beginning.as_str()).skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}
