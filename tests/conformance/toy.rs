//! A toy server: its bugs are found, and its correct parts pass.

use alloy_assay::conformance::{self, Status};

use super::{check, ids, support::toy::Toy};

#[test]
fn names_the_failures_of_a_happy_path_server() {
    let toy = Toy::start();
    let came_to = conformance::server(toy.url()).seed(1).cases(8).run().unwrap();
    let unexpected = ["upload/failed-overwrite", "dedup/after-refusal"];
    assert_eq!(ids(&came_to, Status::Error), unexpected);
    for id in unexpected {
        let reason = check(&came_to, id).reason.as_deref();
        assert_eq!(reason, Some("could not be set up: a body that does not match was answered 200"));
    }
    assert_eq!(
        ids(&came_to, Status::Failed),
        [
            "presign/version-prefix",
            "presign/key-safe",
            "presign/url-form",
            "presign/required-fields",
            "presign/bad-md5",
            "presign/malformed-body",
            "presign/api-version",
            "presign/authentication",
            "presign/empty-filename",
            "upload/etag",
            "upload/wrong-body",
            "upload/altered-url",
            "upload/anonymous",
            "upload/two-mechanisms",
            "upload/unsigned-header",
            "upload/chunked",
            "upload/no-length",
            "dedup/existing-after",
            "dedup/by-content",
            "list/times",
            "list/authentication",
            "delete/twice",
            "delete/authentication",
            "expiry/edited",
            "isolation/accounts",
            "isolation/same-name",
            "isolation/keys",
            "model/history",
        ]
    );
    let skipped: Vec<String> = came_to
        .checks
        .iter()
        .filter(|check| check.status == Status::Skipped)
        .map(|check| format!("{}: {}", check.id, check.reason.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        skipped,
        [
            "presign/unknown-key: any API key works here",
            "upload/wrong-md5-header: the URL does not sign Content-MD5",
            "upload/missing-md5: the URL does not sign Content-MD5",
            "dedup/existing-url: the server answers `existing` for no file",
            "dedup/by-user: the server creates no users (POST /users was answered 404)",
            "list/own-only: the server creates no users (POST /users was answered 404)",
            "delete/foreign: the server creates no users (POST /users was answered 404)",
            "expiry/before: the server has no control API (GET /_assay/clock was answered 404)",
            "expiry/at: the server has no control API (GET /_assay/clock was answered 404)",
            "expiry/after: the server has no control API (GET /_assay/clock was answered 404)",
            "expiry/renewed: the server has no control API (GET /_assay/clock was answered 404)",
            "isolation/user-header: the server creates no users (POST /users was answered 404)",
            "model/history-in-time: the server has no control API (GET /_assay/clock was answered 404)",
        ]
    );
    let reason = check(&came_to, "upload/anonymous").reason.as_deref();
    assert_eq!(
        reason,
        Some("a PUT without the URL's query: answered 200, where S3 answers 403 (AccessDenied)")
    );
}
