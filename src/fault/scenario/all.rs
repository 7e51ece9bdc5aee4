//! The scenarios as data.

use super::Scenario;

/// All scenarios: URLs, answers of S3 and Alloy, the network, storage.
pub(super) static ALL: [Scenario; 14] = [
    Scenario {
        name: "expired-url",
        title: "The presigned URL has expired when the upload arrives",
        production: "A presigned URL lives for one hour. Meanwhile a laptop slept, the user went to lunch \
            with the dialog open, or the upload was retried all night. S3 answers 403 AccessDenied with \
            `Request has expired`. No retry with the same URL can succeed.",
        client: "Requests a URL right before it uploads. When S3 says that the request has expired, it \
            requests a new URL and uploads once more, from the first byte. It does not retry a 403 as it is, \
            and does not tell the user that they lack a permission.",
        wrong: "PUT -> 403 `Request has expired`; the same PUT again -> 403",
        right: "PUT -> 403 `Request has expired`; a new presign; PUT to its URL -> 200",
        rules: &["put:nth=1:expired"],
    },
    Scenario {
        name: "expires-mid-queue",
        title: "URLs requested in a batch expire while the queue is processed",
        production: "A client requests the URLs of all its files first, then uploads one by one. A large \
            file or a slow connection delays the rest, and from some file on the URLs are older than an \
            hour. What works with three files fails with three hundred.",
        client: "Requests each URL when the file's turn comes, or remembers when it got each URL and renews \
            old ones. A file whose URL has expired gets a new one and keeps its place: files before it are \
            not uploaded again, and files after it are not given up.",
        wrong: "100 presigns, then 100 PUTs; from the 60th on -> 403",
        right: "presign, PUT, presign, PUT, …; a file whose URL has expired is presigned again",
        rules: &["put:nth=1:expired", "put:nth=4:expired"],
    },
    Scenario {
        name: "bad-digest",
        title: "S3 finds that the bytes do not match their Content-MD5",
        production: "The bytes changed after they were hashed: something wrote to the file while it was \
            read, a proxy rewrote the body, or memory flipped a bit. S3 answers 400 BadDigest and stores \
            nothing. Without Content-MD5 it would have stored the broken file.",
        client: "Reads the file again, hashes what it reads now, and uploads that. The URL is for one MD5, \
            so it requests a new URL if the MD5 has changed. After two or three attempts it gives up, and \
            says that the file changes during the upload.",
        wrong: "PUT -> 400 BadDigest; the same bytes and header again -> 400",
        right: "PUT -> 400 BadDigest; the file is read again; presign of its new MD5; PUT -> 200",
        rules: &["put:nth=1:error=BadDigest"],
    },
    Scenario {
        name: "slow-down",
        title: "S3 answers 503 SlowDown twice, then accepts the upload",
        production: "S3 splits a bucket into partitions by load. While it does, a busy prefix gets 503 \
            SlowDown. This happens to correct clients, mostly when many start at once, and ends within \
            seconds unless all of them retry at the same moment.",
        client: "Retries the same PUT with the same URL, after a pause that doubles each time, with jitter \
            and an upper bound. It sends the body from the first byte: a stream that the first attempt has \
            read would make the second one empty.",
        wrong: "PUT -> 503; PUT at once -> 503; the client gives up",
        right: "PUT -> 503; 1s; PUT -> 503; 2s; the same PUT -> 200",
        rules: &["put:times=2:error=SlowDown"],
    },
    Scenario {
        name: "throttled-api",
        title: "Alloy answers 429 with Retry-After",
        production: "Too many calls in a short time, often from a batch job on the same account. The API \
            answers 429, with the seconds to wait in Retry-After. A client that calls earlier gets 429 \
            again, and may be blocked for longer.",
        client: "Waits as long as Retry-After says before it calls again, and chooses its own pause only \
            without that header. It slows down the whole queue, not one call: each parallel worker would get \
            the same answer.",
        wrong: "POST upload/request -> 429, Retry-After: 1; again at once -> 429",
        right: "POST upload/request -> 429, Retry-After: 1; 1s; again -> 200",
        rules: &["presign:times=2:error=429,retry_after=1s", "list:nth=1:error=429,retry_after=1s"],
    },
    Scenario {
        name: "flaky-network",
        title: "Connections break, stall and close, at random",
        production: "A train, a hotel's Wi-Fi, a VPN that changes its route: every fourth upload breaks \
            after some kilobytes, every tenth connection closes before its answer, and answers are late. No \
            service has failed, and no server's log shows it.",
        client: "Treats a broken connection as a reason to try again on a new connection, with pauses and a \
            limit. It sends a broken PUT again from the first byte, since a single PUT cannot be resumed. It \
            has timeouts for connecting and for idle connections, not one for the whole upload.",
        wrong: "PUT -> ECONNRESET; the client exits with an unknown error",
        right: "PUT -> ECONNRESET; 1s; PUT of the whole file on a new connection -> 200",
        rules: &[
            "put:probability=0.25:reset=32KiB",
            "any:probability=0.1:close",
            "any:probability=0.2:delay=100ms,jitter=100ms",
        ],
    },
    Scenario {
        name: "lost-response",
        title: "The upload takes effect, and its answer is lost",
        production: "S3 stored the object and answered, and the connection broke in between: a NAT forgot \
            it, or a phone left its Wi-Fi. To the client this looks like a failed upload. Giving up is wrong \
            here, and so is a retry under another name.",
        client: "Uploads to the same URL again: a PUT is idempotent, and overwrites the file with itself. Or \
            it requests a URL again, and Alloy says `existing` if the file is there. It does not choose \
            another name, which leaves a duplicate, and does not report a failure before it has looked.",
        wrong: "PUT -> connection closed; presign of `a (1).txt`; PUT -> 200: two files",
        right: "PUT -> connection closed; presign -> `existing`, or the same PUT -> 200: one file",
        rules: &["put:nth=1:lost-response"],
    },
    Scenario {
        name: "slow-uplink",
        title: "The upload passes 64 KiB a second",
        production: "Home connections send at a tenth of the speed at which they receive, and phones at the \
            edge of a cell are slower still. An upload of 20 MiB takes five minutes and is healthy all the \
            time. The client's own timeout of 60 seconds ends it, at the same place each time.",
        client: "Ends an upload that is idle, not one that is slow. It streams the file instead of holding \
            it in memory for minutes, shows progress, and renews the URL if a retry would come after it \
            expires.",
        wrong: "PUT of 20 MiB; after 60s the client closes the connection, each time",
        right: "PUT of 20 MiB; bytes move for five minutes; 200",
        rules: &["put:throttle=64KiB"],
    },
    Scenario {
        name: "outage",
        title: "Everything answers 503 for 30 seconds",
        production: "A deployment failed, or a region has a bad minute: Alloy and S3 answer 503, or a proxy \
            before them does. It ends by itself, and all clients come back at once. Clients that retry in a \
            tight loop keep it from ending.",
        client: "Waits as long as Retry-After says, then retries with growing pauses, for longer than an \
            outage lasts. It keeps its queue, and continues where it was. At its limit it says that the \
            service is unavailable, not that the file is broken.",
        wrong: "PUT -> 503, Retry-After: 5; 200 retries in 5s",
        right: "PUT -> 503, Retry-After: 5; 5s; PUT -> 503; 10s; … ; the same PUT -> 200",
        rules: &["any:for=30s:error=503,retry_after=5s"],
    },
    Scenario {
        name: "gateway-html",
        title: "A proxy answers with its own HTML page",
        production: "Load balancers and company proxies stand between client and service. When the service \
            is slow or gone, they answer: 502 or 504, `text/html`, a page for people. A client that parses \
            it as JSON or XML reports an unexpected `<` at position 0.",
        client: "Checks the status before the body, and Content-Type before it parses. It treats 502 and 504 \
            as temporary and retries. After a 504 the PUT may have taken effect, and a second one does no \
            harm. It reports status and address, not a parser's error.",
        wrong: "POST upload/request -> 502 <html>; `unexpected token <`",
        right: "POST upload/request -> 502 <html>; 1s; again -> 200",
        rules: &["presign:nth=1:garbage", "put:nth=1:garbage=504"],
    },
    Scenario {
        name: "credentials-rotated",
        title: "The key that signed the URL is gone",
        production: "A presigned URL is valid only as long as the access key that signed it. When the \
            service rotates its keys, or a role's session ends, older URLs get 403 InvalidAccessKeyId, long \
            before their hour is over. The user's own API key is still valid.",
        client: "Discards the URL, requests another and uploads to that. It does not ask the user to log in \
            again: it is not their key. If new URLs fail the same way, it stops after a few and says so.",
        wrong: "PUT -> 403 InvalidAccessKeyId; the client asks the user to log in",
        right: "PUT -> 403 InvalidAccessKeyId; a new presign; PUT to its URL -> 200",
        rules: &["put:nth=1:error=InvalidAccessKeyId"],
    },
    Scenario {
        name: "corrupted-storage",
        title: "S3 stores other bytes than were sent",
        production: "Rare and serious, since everything answers 200: a broken machine between the client and the disk, a \
            proxy that converts line ends, a gateway with a bug. The ETag shows it: it is the MD5 of the stored bytes, \
            for a single PUT that is not encrypted with SSE-KMS.",
        client: "Compares an ETag of 32 hex digits with the MD5 of the file, unless x-amz-server-side-encryption begins \
            with aws:kms, and uploads again if they differ. It ignores any other ETag. It does not use the key before \
            the upload has succeeded.",
        wrong: "PUT -> 200, ETag of other bytes; the client uses the key",
        right: "PUT -> 200, ETag of other bytes; the same PUT -> 200, ETag = MD5 of the file",
        rules: &["put:nth=1:corrupt"],
    },
    Scenario {
        name: "no-answer",
        title: "The upload is never answered",
        production: "The server is gone without closing the connection: a firewall drops packets silently, \
            or a machine lost power. TCP does not notice for many minutes while nothing is sent. A client \
            without a timeout waits for ever.",
        client: "Has a timeout, of about a minute, for the answer once the body is sent, and closes the \
            connection then. It uploads the same bytes to the same URL again, since it cannot know whether \
            they were stored.",
        wrong: "PUT, and no response; the client waits for ever",
        right: "PUT, and no response for a minute; the client closes; the same PUT -> 200",
        rules: &["put:nth=1:hang"],
    },
    Scenario {
        name: "cut-answer",
        title: "Alloy's answer ends in the middle",
        production: "A connection that closes too early cuts its answer: half of the JSON with the URL \
            arrives. Content-Length says how long it should be. Libraries that do not check it return the \
            half with status 200, and the JSON parser fails.",
        client: "Treats a body that is shorter than its Content-Length, or JSON that ends too early, as a \
            broken connection, and requests the URL again, which does no harm. It never uses a URL that was \
            cut: S3 would report a wrong signature.",
        wrong: "POST upload/request -> 200, half of the JSON; the client reports invalid JSON",
        right: "POST upload/request -> 200, half of the JSON; again -> 200, all of it",
        rules: &["presign:nth=1:truncate"],
    },
];
