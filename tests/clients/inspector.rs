//! The inspector in a real browser. The tests are Playwright's, in `tests/inspector`: `npm ci` there installs it.

use std::process::Command;

use super::{
    browser::chromium::Chromium,
    support::installed::{Need, are_here},
};

const NEEDS: [Need; 1] = [Need(
    "Playwright (npm ci in tests/inspector)",
    "node",
    &["-e", "require.resolve('@playwright/test', {paths: ['tests/inspector']})"],
)];

#[test]
fn inspector_works_in_a_browser() {
    let Some(chromium) = Chromium::installed() else { return };
    if !are_here("the inspector", &NEEDS) {
        return;
    }
    let output = Command::new("node")
        .args(["node_modules/@playwright/test/cli.js", "test"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inspector"))
        .env("ASSAY_BINARY", env!("CARGO_BIN_EXE_assay"))
        .env("CHROMIUM", chromium)
        .output()
        .unwrap();
    let [reported, error] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{reported}\n{error}");
}
