//! Final answers: the client fails, gives the reason, and does not repeat the request.

use proptest::sample::select;

use super::{ClientCheck, count, ensure_failed, plain_file};
use crate::{
    Fault,
    conformance::{
        check::must,
        client::test_case::TestCase,
        outcome::{Step, ensure},
        strategy::File,
    },
    exchange::Operation,
};

/// Limit on the attempts of a refused request.
const MAX_REQUESTS: usize = 2;

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        must(
            "refusal/presign",
            "A refusal by Alloy makes the client fail, without a key",
            "The spec: 400 `Invalid input`, 401 `Unauthorized`",
        )
        .right("presign -> 401; the client says why, and exits with 1")
        .wrong("presign -> 401; presign again, and again, without end")
        .put(
            (plain_file(), select(vec![400, 401, 403, 404, 422])),
            presign,
            "Treat a 4xx other than 429 as final: exit with an error that shows the answer's message",
        ),
        must(
            "refusal/upload",
            "A refusal by S3 makes the client fail, without a key",
            "The guide: invalid MD5 results in upload rejection",
        )
        .right("PUT -> 403; the client says why, and exits with 1")
        .wrong("PUT -> 403; the client prints the key, and exits with 0")
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
            "Treat S3's 4xx as final, except for an expired URL: exit with an error that shows its Code",
        ),
    ]
}

async fn presign(case: &TestCase<'_>, (file, status): (File, u16)) -> Step {
    case.fault(Fault::presign().error(status));
    let upload = case.upload_until(&file, &|seen| count(seen, Operation::Presign) > MAX_REQUESTS).await?;
    let presigns = upload.count(Operation::Presign);
    ensure!(presigns <= MAX_REQUESTS, "a request for a URL was answered {status}, and sent {presigns} times");
    ensure_failed(&upload, &format!("the request for a URL was answered {status}"))
}

async fn upload(case: &TestCase<'_>, (file, code): (File, &'static str)) -> Step {
    case.fault(Fault::put().error(code));
    let upload = case.upload_until(&file, &|seen| count(seen, Operation::Put) > MAX_REQUESTS).await?;
    let puts = upload.count(Operation::Put);
    ensure!(puts <= MAX_REQUESTS, "the upload was refused ({code}), and sent {puts} times");
    ensure_failed(&upload, &format!("the upload was refused ({code})"))
}
