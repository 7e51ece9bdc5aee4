//! Code blocks of the README and of `docs/`.

use std::{fs, path::Path};

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

/// A code block of a page.
#[derive(Debug)]
pub struct Block {
    /// Name of the page, as [`page`] takes it.
    pub page: String,
    /// Last heading of the second level before the block.
    pub chapter: String,
    pub language: String,
    pub text: String,
}

/// Returns every code block of the README and of `docs/`.
pub fn all_blocks() -> Vec<Block> {
    let docs = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).unwrap();
    let paths = docs
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"));
    let mut pages: Vec<String> =
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    pages.push("README".to_owned());
    pages.sort_unstable();
    pages.iter().flat_map(|name| blocks_of(name)).collect()
}

fn blocks_of(name: &str) -> Vec<Block> {
    let (mut found, mut chapter) = (Vec::<Block>::new(), String::new());
    let mut is_open = false;
    for line in page(name).lines() {
        if let Some(language) = line.strip_prefix("```") {
            is_open = !is_open;
            if is_open {
                let (page, language) = (name.to_owned(), language.to_owned());
                found.push(Block { page, chapter: chapter.clone(), language, text: String::new() });
            }
        } else if is_open {
            let block = found.last_mut().unwrap();
            block.text.push_str(line);
            block.text.push('\n');
        } else if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut chapter);
        }
    }
    found
}
