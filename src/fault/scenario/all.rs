//! The scenarios as data.

use super::Scenario;

/// All of them: what becomes of URLs, what S3 and Alloy say, what the network does, what is stored.
pub(super) static ALL: [Scenario; 14] = [
    Scenario {
        name: "expired-url",
        title: "The presigned URL is over when the upload comes",
        production: "A presigned URL lives for an hour from when it was handed out, whatever happened in between: the \
            laptop slept, the user went to lunch with the dialog open, the upload was retried all night. S3 then \
            answers 403 AccessDenied with `Request has expired`, and it answers so for ever: no retry with the same \
            URL can succeed.",
        client: "Asks for a URL right before it uploads. When S3 says that the request has expired, asks Alloy for a \
            new URL and uploads once more, from the first byte. Does not count a 403 among the errors that are worth \
            a retry as they are, and does not tell the user that they lack a permission.",
        wrong: "PUT -> 403 `Request has expired`; the same PUT again -> 403",
        right: "PUT -> 403 `Request has expired`; a new presign; PUT to its URL -> 200",
        rules: &["put:nth=1:expired"],
    },
    Scenario {
        name: "expires-mid-queue",
        title: "URLs asked for in a batch run out while the queue is worked off",
        production: "A client asks for the URLs of all its files first and uploads one by one. The first files are \
            quick; a large one or a slow line holds up the rest, and from some place in the queue on the URLs are \
            older than an hour. What worked with three files fails with three hundred.",
        client: "Asks for each URL when the file's turn comes, or remembers when each was handed out and renews those \
            that are old. A file whose URL is over gets a new one and keeps its place: neither the files before it \
            are uploaded again, nor are those behind it given up.",
        wrong: "100 presigns, then 100 PUTs; from the 60th on -> 403",
        right: "presign, PUT, presign, PUT, …; a file whose URL has expired is presigned again",
        rules: &["put:nth=1:expired", "put:nth=4:expired"],
    },
    Scenario {
        name: "bad-digest",
        title: "S3 finds that the bytes do not match their Content-MD5",
        production: "The bytes changed between the digest and the wire: the file was written to while it was read, a \
            proxy rewrote the body, memory or a network card flipped a bit. S3 answers 400 BadDigest and stores \
            nothing. This is what Content-MD5 is for: without it the broken file would have been stored.",
        client: "Reads the file again, computes the digest of what it reads now and uploads that. Since Alloy's URL is \
            for the digest that was asked for, it asks for a new URL where the digest is another. After two or three \
            attempts it gives up and says that the file changes while it is uploaded.",
        wrong: "PUT -> 400 BadDigest; the same bytes and header again -> 400",
        right: "PUT -> 400 BadDigest; the file is read again; presign of its new MD5; PUT -> 200",
        rules: &["put:nth=1:error=BadDigest"],
    },
    Scenario {
        name: "slow-down",
        title: "S3 answers 503 SlowDown twice, then takes the upload",
        production: "S3 splits a bucket into partitions by its load, and while it does, a prefix that got busy is \
            answered 503 SlowDown. It happens to correct clients on good days, mostly when many of them begin at once, \
            and it goes away within seconds unless everybody retries at the same moment.",
        client: "Retries the same PUT with the same URL, after a wait that doubles each time and is partly random, up to a bound. Sends the body from its first byte: a stream that was read to its end by the first \
            attempt makes an empty second one.",
        wrong: "PUT -> 503; PUT at once -> 503; the client gives up",
        right: "PUT -> 503; 1s; PUT -> 503; 2s; the same PUT -> 200",
        rules: &["put:times=2:error=SlowDown"],
    },
    Scenario {
        name: "throttled-api",
        title: "Alloy answers 429 with Retry-After",
        production: "Too many calls in too short a time, often by a batch job on the same account that nobody thought \
            of. The API answers 429 and says in Retry-After how many seconds to stay away; a client that calls earlier \
            is answered 429 again, and may be kept out for longer.",
        client: "Waits as long as Retry-After says, in whole seconds, before it calls again; only without the header \
            does it choose a wait of its own. Slows the whole queue down, not the one call: each of its parallel \
            workers would meet the same answer.",
        wrong: "POST upload/request -> 429, Retry-After: 1; again at once -> 429",
        right: "POST upload/request -> 429, Retry-After: 1; 1s; again -> 200",
        rules: &["presign:times=2:error=429,retry_after=1s", "list:nth=1:error=429,retry_after=1s"],
    },
    Scenario {
        name: "flaky-network",
        title: "Connections break, stall and close, at random",
        production: "A train, a hotel's WLAN, a VPN that changes its way: every fourth upload dies on the line after \
            some kilobytes, every tenth connection is closed before its answer, answers are late. No single one of \
            these is an error of any service, and no log on the other side shows them.",
        client: "Takes a broken connection for what it is, worth a new attempt on a new connection, with waits in \
            between and an end. Begins a broken PUT anew from its first byte, since a single PUT cannot be resumed. \
            Keeps timeouts for connecting and for standing still rather than one for the whole upload.",
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
        title: "The upload took effect, and its answer was lost",
        production: "S3 stored the object and answered, and the line broke in between: a NAT forgot the connection, a \
            phone went from WLAN to mobile. For the client this looks exactly like an upload that failed. It is the \
            one case in which giving up and trying again both may be wrong.",
        client: "Asks Alloy again, which says `existing` where the bytes are there; or uploads them to the same URL \
            once more: a PUT is idempotent, and the second overwrites the first with the same. It does not choose \
            another name to be safe, which leaves a duplicate, and it does not tell the user that the file is not \
            there before it has looked.",
        wrong: "PUT -> connection closed; presign of `a (1).txt`; PUT -> 200: two files",
        right: "PUT -> connection closed; presign -> `existing`, or the same PUT -> 200: one file",
        rules: &["put:nth=1:lost-response"],
    },
    Scenario {
        name: "slow-uplink",
        title: "The upload crawls at 64 KiB a second",
        production: "Lines at home send at a tenth of the speed at which they receive, and a phone at the edge of its \
            cell at a hundredth. An upload of 20 MiB takes five minutes and is healthy all the time; it is the \
            client's own timeout of 60 seconds that kills it, at the same place each time.",
        client: "Ends an upload that stands still, not one that is slow. Streams the file instead of holding it in \
            memory for minutes, shows that it moves, and has its URL renewed where it uploads for so long that the \
            next attempt would come too late.",
        wrong: "PUT of 20 MiB; after 60s the client closes the connection, each time",
        right: "PUT of 20 MiB; bytes move for five minutes; 200",
        rules: &["put:throttle=64KiB"],
    },
    Scenario {
        name: "outage",
        title: "Everything answers 503 for 30 seconds",
        production: "A deployment went wrong or a region has a bad minute: Alloy and S3 alike answer 503, or what \
            stands before them does. It ends by itself, and then all clients come back at once. Those that retried in \
            a tight loop are what keeps it from ending.",
        client: "Stays away for what Retry-After says, then tries again with growing waits, for longer than such a \
            minute lasts. Keeps what it has to do, and goes on where it was. After a bound it says that the service \
            is not available, not that the file is broken.",
        wrong: "PUT -> 503, Retry-After: 5; 200 retries in 5s",
        right: "PUT -> 503, Retry-After: 5; 5s; PUT -> 503; 10s; … ; the same PUT -> 200",
        rules: &["any:for=30s:error=503,retry_after=5s"],
    },
    Scenario {
        name: "gateway-html",
        title: "A proxy answers with an HTML page of its own",
        production: "Between a client and a service stand load balancers and companies' proxies, and when the service \
            is slow or gone, they are the ones who answer: 502 or 504, `text/html`, a page for people. A client that \
            feeds it to its JSON or XML parser tells the user of an unexpected `<` at position 0.",
        client: "Looks at the status before it looks at the body, and at Content-Type before it parses. Takes 502 and \
            504 for what passes and tries again; a 504 on a PUT may mean that the upload took effect, which does no \
            harm when it is repeated. Shows status and address, not a parser's complaint.",
        wrong: "POST upload/request -> 502 <html>; `unexpected token <`",
        right: "POST upload/request -> 502 <html>; 1s; again -> 200",
        rules: &["presign:nth=1:garbage", "put:nth=1:garbage=504"],
    },
    Scenario {
        name: "credentials-rotated",
        title: "The key that signed the URL is gone",
        production: "A presigned URL is worth as much as the access key that signed it. When the service's keys are \
            rotated or a role's session ends, URLs that were handed out before die with 403 InvalidAccessKeyId, long \
            before their hour is over. The user's own API key is as good as it was.",
        client: "Throws the URL away, asks Alloy for another and uploads to that. Does not send the user to log in \
            again: it is not their key. Where fresh URLs die the same way, it stops after a few and says so.",
        wrong: "PUT -> 403 InvalidAccessKeyId; the client asks the user to log in",
        right: "PUT -> 403 InvalidAccessKeyId; a new presign; PUT to its URL -> 200",
        rules: &["put:nth=1:error=InvalidAccessKeyId"],
    },
    Scenario {
        name: "corrupted-storage",
        title: "S3 stores other bytes than were sent",
        production: "Rare, and the worst of all, since everybody says 200: a broken machine between the client's \
            digest and the disk, a proxy that repairs line ends, a gateway with a bug. What tells it apart is the \
            ETag of the answer: the MD5 of the stored bytes, for a single PUT that is not encrypted with SSE-KMS.",
        client: "Compares an ETag of 32 hex digits with the MD5 that it computed of the file, unless \
            x-amz-server-side-encryption begins with aws:kms, and takes another one for a failed upload: uploads \
            again, and does not hand the key on. A client that ignores the ETag ends here with a file that nobody can \
            open.",
        wrong: "PUT -> 200, ETag of other bytes; the client hands the key on",
        right: "PUT -> 200, ETag of other bytes; the same PUT -> 200, ETag = MD5 of the file",
        rules: &["put:nth=1:corrupt"],
    },
    Scenario {
        name: "no-answer",
        title: "The upload is never answered",
        production: "The server that held the connection is gone without a word, and so is the one who would have \
            said that it is gone: a firewall that drops in silence, a machine that lost its power. TCP does not \
            notice for many minutes where nothing is sent. Without a timeout, neither does the client, ever.",
        client: "Has a timeout for an answer that does not come once the body is out, in the order of a minute, and \
            closes the connection. Then does as with a lost answer: uploads the same bytes to the same URL once more, \
            since it cannot know whether they were stored.",
        wrong: "PUT, and no response; the client waits for ever",
        right: "PUT, and no response for a minute; the client closes; the same PUT -> 200",
        rules: &["put:nth=1:hang"],
    },
    Scenario {
        name: "cut-answer",
        title: "Alloy's answer ends in the middle",
        production: "A connection that is closed too early cuts what is under way: of the JSON that has the URL, half \
            arrives. Content-Length says how long it should have been; libraries that do not look hand on the half, \
            with status 200, and the JSON parser complains of something that is no mistake of the service's.",
        client: "Takes a body that is shorter than its Content-Length, or JSON that ends too early, for a broken \
            connection and asks again: to ask for a URL twice does no harm. Never uses a URL that was cut, which S3 \
            would answer as one with a wrong signature.",
        wrong: "POST upload/request -> 200, half of the JSON; the client reports invalid JSON",
        right: "POST upload/request -> 200, half of the JSON; again -> 200, all of it",
        rules: &["presign:nth=1:truncate"],
    },
];
