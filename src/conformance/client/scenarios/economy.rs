//! What need not be sent.

use super::{ClientCheck, ensure_done, plain_file};
use crate::{
    Fault,
    conformance::{
        checks::should,
        client::trial::Trial,
        outcome::{Step, assume, ensure},
        strategy::File,
    },
    exchange::Operation,
};

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        should(
            "economy/existing",
            "A file that is there already is not uploaded again, and its key is printed",
            "The guide: use the type field to detect if a file already exists before uploading",
        )
        .put(
            plain_file(),
            existing,
            "Where the answer's type is `existing`, print its s3Key and stop",
        ),
        should(
            "economy/one-presign",
            "One URL is asked for, and used again where the upload is tried again",
            "S3, presigned URLs: a URL can be used multiple times, up to its expiration",
        )
        .put(
            plain_file(),
            one_presign,
            "Keep the URL for all tries of the PUT; ask for a new one when it has expired",
        )
        .at_most(4),
    ]
}

async fn existing(trial: &Trial<'_>, file: File) -> Step {
    let user = trial.new_user();
    let first = trial.upload_for(&user, &file, &|_| false).await?;
    let key = ensure_done(trial, &first, &file)?;
    let second = trial.upload_for(&user, &file, &|_| false).await?;
    let again = ensure_done(trial, &second, &file)?;
    ensure!(again == key, "the second time the key is `{again}`, and the file is stored under `{key}`");
    ensure!(
        second.count(Operation::Put) == 0,
        "the answer said `existing`, and the file was uploaded all the same"
    );
    Ok(())
}

async fn one_presign(trial: &Trial<'_>, file: File) -> Step {
    trial.fault(Fault::put().error("SlowDown").nth(2));
    for tries in 1..=2 {
        // The second upload is another user's, and is tried twice.
        let upload = trial.upload(&file).await?;
        assume!(!upload.said.has_failed(), "{}; see recovery/slow-down", upload.said);
        ensure_done(trial, &upload, &file)?;
        let presigns = upload.count(Operation::Presign);
        ensure!(
            presigns == 1,
            "{presigns} URLs were asked for, for an upload that was tried {tries} time(s)"
        );
    }
    Ok(())
}
