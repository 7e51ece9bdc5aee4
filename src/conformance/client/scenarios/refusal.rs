//! Answers that are final: the client fails, says so, and does not ask again and again.

use proptest::sample::select;

use super::{ClientCheck, count, ensure_failed, plain_file};
use crate::{
    Fault,
    conformance::{
        checks::must,
        client::test_case::TestCase,
        outcome::{Step, ensure},
        strategy::File,
    },
    exchange::Operation,
};

/// So many times a request that is refused may be sent: once more is no flood.
const MOST: usize = 2;

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        must(
            "refusal/presign",
            "Where Alloy refuses a request, the client fails, claims no key and does not insist",
            "The spec: 400 `Invalid input`, 401 `Unauthorized`",
        )
        .put(
            (plain_file(), select(vec![400, 401, 403, 404, 422])),
            presign,
            "Take a 4xx (but 429) for final: exit with an error that shows the answer's message",
        ),
        must(
            "refusal/upload",
            "Where S3 refuses an upload, the client fails, claims no key and does not insist",
            "The guide: invalid MD5 results in upload rejection",
        )
        .put(
            (
                plain_file(),
                select(vec![
                    "BadDigest",
                    "InvalidDigest",
                    "AccessDenied",
                    "SignatureDoesNotMatch",
                    "EntityTooLarge",
                ]),
            ),
            upload,
            "Take S3's 4xx for final, but for an expired URL: exit with an error that shows its Code",
        ),
    ]
}

async fn presign(case: &TestCase<'_>, (file, status): (File, u16)) -> Step {
    case.fault(Fault::presign().error(status));
    let upload = case.upload_until(&file, &|seen| count(seen, Operation::Presign) > MOST).await?;
    let presigns = upload.count(Operation::Presign);
    ensure!(presigns <= MOST, "a request for a URL was answered {status}, and sent {presigns} times");
    ensure_failed(&upload, &format!("the request for a URL was answered {status}"))
}

async fn upload(case: &TestCase<'_>, (file, code): (File, &'static str)) -> Step {
    case.fault(Fault::put().error(code));
    let upload = case.upload_until(&file, &|seen| count(seen, Operation::Put) > MOST).await?;
    let puts = upload.count(Operation::Put);
    ensure!(puts <= MOST, "the upload was refused ({code}), and sent {puts} times");
    ensure_failed(&upload, &format!("the upload was refused ({code})"))
}
