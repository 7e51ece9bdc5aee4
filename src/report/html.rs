//! The inspector: the files of the page at `/_assay/`, and the same page as one file with its data,
//! for CI's artifacts.

use std::{collections::BTreeMap, fmt::Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Run;
use crate::exchange::Exchange;

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its path below `/_assay/`.
    pub path: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! assets {
    ($media_type:literal: $($name:literal),*) => {
        [$(Asset {
            path: concat!("inspector/", $name),
            media_type: $media_type,
            text: include_str!(concat!("../control/inspector/", $name)),
        }),*]
    };
}

/// The page itself.
pub const PAGE: Asset = Asset {
    path: "",
    media_type: "text/html; charset=utf-8",
    text: include_str!("../control/inspector/index.html"),
};

const STYLE: Asset = assets!("text/css; charset=utf-8": "style.css")[0];
const ICON: Asset = assets!("image/svg+xml": "icon.svg")[0];

/// The modules of its script. Each imports only from those before it.
const MODULES: [Asset; 13] = assets!("text/javascript; charset=utf-8":
    "html.js", "text.js", "api.js", "place.js", "filter.js", "notice.js", "exchanges.js", "exchange.js", "findings.js",
    "files.js", "faults.js", "clock.js", "app.js");

/// Returns the file of the page at this path below `/_assay/`.
pub fn asset(path: &str) -> Option<&'static Asset> {
    const FILES: [Asset; 3] = [PAGE, STYLE, ICON];
    const ALL: &[&[Asset]] = &[&FILES, &MODULES];
    ALL.iter().copied().flatten().find(|asset| asset.path == path)
}

/// Returns the page as one file that shows a run with its exchanges, which are masked, and needs no server.
pub fn html(run: &Run, exchanges: &[Exchange], labels: &BTreeMap<String, String>) -> String {
    let data = json!({
        "version": run.version,
        "seed": run.seed,
        "started": format!("{:.3}", run.started),
        "findings": run.findings,
        "expectations": run.expectations,
        "exchanges": exchanges,
        "labels": labels,
    });
    // Nothing in it ends the element that it is in.
    let data = data.to_string().replace('<', "\\u003c");
    let script = script();
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let (of_script, of_style) = (hash(&script), hash(STYLE.text));
    let icon = STANDARD.encode(ICON.text);
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{of_script}'; style-src 'sha256-{of_style}'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>assay</title>
<link rel="icon" href="data:image/svg+xml;base64,{icon}">
<style>{style}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="data">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"#,
        style = STYLE.text,
    )
}

/// Returns the modules as one script: each is a function that returns its exports.
fn script() -> String {
    let mut script = String::new();
    for module in &MODULES {
        let mut exported = Vec::new();
        let _ = writeln!(script, "const ${} = (() => {{", stem(module.path));
        for line in module.text.lines() {
            if let Some((names, from)) =
                line.strip_prefix("import ").and_then(|rest| rest.split_once(" from "))
            {
                let names = names.strip_prefix("* as ").unwrap_or(names);
                let _ = writeln!(script, "const {names} = ${};", stem(from.trim_matches(['"', ';'])));
                continue;
            }
            let declared = line.strip_prefix("export ");
            exported.extend(declared.and_then(|declared| {
                let name =
                    declared.split(' ').find(|word| !matches!(*word, "const" | "async" | "function"))?;
                name.split(['(', ';']).next()
            }));
            script.push_str(declared.unwrap_or(line));
            script.push('\n');
        }
        let _ = writeln!(script, "return {{ {} }};\n}})();", exported.join(", "));
    }
    script
}

/// Returns the name of a module's file without folder and extension.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".js").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_80_kb() {
        let size = PAGE.text.len() + STYLE.text.len() + ICON.text.len();
        let size = size + MODULES.iter().map(|module| module.text.len()).sum::<usize>();
        assert!(size <= 80_000, "{size} bytes");
    }

    #[test]
    fn modules_import_in_one_line_from_those_before() {
        let mut known = Vec::new();
        for module in &MODULES {
            for line in module.text.lines().filter(|line| line.starts_with("import")) {
                let from = line.split(" from \"./").nth(1).and_then(|from| from.strip_suffix("\";"));
                assert!(from.is_some_and(|from| known.contains(&from)), "{}: {line}", module.path);
            }
            known.push(module.path.trim_start_matches("inspector/"));
        }
    }
}
