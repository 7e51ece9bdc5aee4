//! Requests that are not needed.

use super::{ClientCheck, ensure_done, plain_file};
use crate::{
    conformance::{
        check::should,
        client::test_case::TestCase,
        outcome::{Step, ensure, holds},
        strategy::File,
    },
    exchange::Operation,
};

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        should(
            "economy/existing",
            "An existing file is not uploaded again; its key is printed",
            "The guide: use the type field to detect if a file already exists before uploading",
        )
        .right("presign -> `existing`; the client prints the `s3Key`")
        .wrong("presign -> `existing`; PUT")
        .put(plain_file(), existing, "If the answer's type is `existing`, print its s3Key and stop"),
    ]
}

async fn existing(case: &TestCase<'_>, file: File) -> Step {
    let user = case.new_user();
    let first = case.upload_for(&user, &file, &|_| false).await?;
    let key = ensure_done(case, &first, &file)?;
    let second = case.upload_for(&user, &file, &|_| false).await?;
    let again = ensure_done(case, &second, &file)?;
    ensure!(again == key, "the second time the key is `{again}`, and the file is stored under `{key}`");
    let puts = second.count(Operation::Put);
    holds!(puts == 0, "the answer said `existing`, but the file was uploaded again")
}
