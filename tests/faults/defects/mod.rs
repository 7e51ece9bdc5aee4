//! Each defect through HTTP: it is wrong as its title says, and right where its title says nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

mod dedup;
mod delete;
mod expiry;
mod isolation;
mod list;
mod presign;
mod reported;
mod scene;
mod upload;

use alloy_assay::{Emulator, internals::Defect};

use crate::support;

use scene::{Scene, Shown};

/// Each defect's name, with a test that detects it.
fn shown() -> Vec<Shown> {
    let themes = [
        &presign::SHOWN[..],
        &upload::SHOWN,
        &dedup::SHOWN,
        &list::SHOWN,
        &delete::SHOWN,
        &expiry::SHOWN,
        &isolation::SHOWN,
    ];
    themes.concat()
}

fn wrong(id: &str) -> Emulator {
    support::start(|builder| builder.defect(id))
}

/// The defects that an emulator is found to have.
fn found_in(emulator: &Emulator) -> Vec<&'static str> {
    let found = shown().into_iter().filter(|(_, is_wrong)| is_wrong(&Scene::of(emulator)));
    found.map(|(id, _)| id).collect()
}

/// With each defect of a theme, everything but what its title says is as it should be.
fn assert_only_its_own_is_wrong(theme: &str) {
    for defect in Defect::all().filter(|defect| defect.theme() == theme) {
        assert_eq!(found_in(&wrong(defect.id)), [defect.id], "{}", defect.title);
    }
}

#[test]
fn every_defect_can_be_shown() {
    let ids: Vec<_> = Defect::all().map(|defect| defect.id).collect();
    assert_eq!(shown().iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
}

#[test]
fn a_well_emulator_has_no_defect() {
    let none: [&str; 0] = [];
    assert_eq!(found_in(&support::emulator()), none);
}

#[test]
fn with_a_defect_of_presigning_nothing_else_is_wrong() {
    assert_only_its_own_is_wrong("presign");
}

#[test]
fn with_a_defect_of_uploads_nothing_else_is_wrong() {
    assert_only_its_own_is_wrong("upload");
}

#[test]
fn with_a_defect_of_duplicates_nothing_else_is_wrong() {
    assert_only_its_own_is_wrong("dedup");
}

#[test]
fn with_a_defect_of_lists_nothing_else_is_wrong() {
    assert_only_its_own_is_wrong("list");
}

#[test]
fn with_a_defect_of_deleting_nothing_else_is_wrong() {
    assert_only_its_own_is_wrong("delete");
}

#[test]
fn with_a_defect_of_expiry_nothing_else_is_wrong() {
    assert_only_its_own_is_wrong("expiry");
}

#[test]
fn with_a_defect_between_accounts_nothing_else_is_wrong() {
    assert_only_its_own_is_wrong("isolation");
}

/// Defects that break a plain upload: stored bytes differ, or deleted files stay.
const NO_PLAIN_UPLOAD: [&str; 2] = ["last-byte-lost", "delete-keeps-file"];

#[test]
fn plain_uploads_work_with_unrelated_defects() {
    for defect in Defect::all() {
        let emulator = wrong(defect.id);
        let works = Scene::of(&emulator).plain_upload_works();
        assert_eq!(works, !NO_PLAIN_UPLOAD.contains(&defect.id), "{defect}");
    }
}

#[test]
fn a_reset_forgets_what_a_defect_remembers() {
    let emulator = wrong("existing-too-early");
    let (scene, bytes) = (Scene::of(&emulator), Scene::content());
    assert_eq!([(); 2].map(|()| scene.finds("a.txt", &bytes)), [false, true]);
    emulator.reset();
    assert_eq!([(); 2].map(|()| scene.finds("a.txt", &bytes)), [false, true]);
}

#[test]
fn several_defects_are_on_at_once() {
    let emulator = support::start(|builder| {
        builder.defect("etag-in-base64").defect("list-needs-no-key").defect("delete-twice")
    });
    let mut found = found_in(&emulator);
    found.sort_unstable();
    assert_eq!(found, ["delete-twice", "etag-in-base64", "list-needs-no-key"]);
}
