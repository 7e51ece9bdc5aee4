//! Large uploads: streamed, in temporary files, and without space for these.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

use std::fs;

use alloy_assay::Emulator;

use crate::support::{
    self, Client, md5_hex,
    program::{Served, serve},
    raw::{Answer, Connection},
    request::Request,
    start,
};

/// This many bytes, each derived from its position.
fn content(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|at| seed.wrapping_add(u8::try_from(at % 251).unwrap())).collect()
}

/// An emulator whose uploads above 64 KiB go to files.
fn spilling() -> Emulator {
    start(|builder| builder.spill_over(64 << 10))
}

/// An upload that has begun: its head is accepted and half of its body sent.
struct Upload {
    connection: Connection,
    rest: Vec<u8>,
}

impl Upload {
    fn begin(emulator: &Emulator, client: &Client, filename: &str, body: &[u8]) -> Self {
        let presigned = client.presign(filename, body);
        let request = Request::put(&presigned.url, &presigned.md5, body).and("expect", "100-continue");
        let mut connection = Connection::open(emulator);
        connection.write(&request.head());
        assert_eq!(connection.read_head().status, 100);
        let (half, rest) = body.split_at(body.len() / 2);
        connection.write(half);
        Self { connection, rest: rest.to_vec() }
    }

    fn end(mut self) -> Answer {
        self.connection.write(&self.rest);
        self.connection.read_answer()
    }
}

#[test]
fn spilled_content_comes_back_complete() {
    let emulator = spilling();
    let client = Client::new(&emulator, "alice-key");
    for length in [64 << 10, (64 << 10) + 1, 256 << 10, (256 << 10) + 1, 5 << 20] {
        let body = content(7, length);
        let presigned = client.presign("a.bin", &body);
        let stored = client.put(&presigned, &body).expect(200);
        assert_eq!(stored.header("etag"), format!("\"{}\"", md5_hex(&body)));
        let object = &emulator.files()[0];
        assert!(object.content() == body && object.size() == length as u64, "{length}");
        let back = client.control("GET", &format!("objects/{}", presigned.key), None).expect(200);
        assert!(back.body == body, "{length}");
        assert_eq!(back.header("content-length"), length.to_string());
        assert_eq!(client.presign("b.bin", &body).r#type, "existing", "{length}");
    }
}

#[test]
fn many_read_a_spilled_file_at_once() {
    let emulator = spilling();
    let client = Client::new(&emulator, "alice-key");
    let body = content(3, 3 << 20);
    let key = client.upload("a.bin", &body);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let client = Client::new(&emulator, "alice-key");
                let back = client.control("GET", &format!("objects/{key}"), None).expect(200);
                assert!(back.body == body);
                client.upload("a.bin", &body);
            });
        }
    });
}

#[test]
fn an_upload_shows_when_it_is_whole_and_not_before() {
    let emulator = spilling();
    let client = Client::new(&emulator, "alice-key");
    let (old, new) = (content(1, 200 << 10), content(2, 300 << 10));
    let first = Upload::begin(&emulator, &client, "a.bin", &old);
    assert!(emulator.files().is_empty() && client.list().is_empty());
    assert_eq!(first.end().status, 200);
    let second = Upload::begin(&emulator, &client, "a.bin", &new);
    assert!(emulator.files()[0].content() == old);
    assert_eq!(second.end().status, 200);
    assert!(emulator.files()[0].content() == new);
}

#[test]
fn two_uploads_to_one_key_end_with_one_of_them_whole() {
    let emulator = spilling();
    let client = Client::new(&emulator, "alice-key");
    for (one, other) in [(100 << 10, 200 << 10), (10, 200 << 10), (200 << 10, 10)] {
        let bodies = [content(1, one), content(2, other)];
        let [first, second] = [0, 1].map(|at| Upload::begin(&emulator, &client, "a.bin", &bodies[at]));
        assert_eq!(second.end().status, 200);
        assert!(emulator.files()[0].content() == bodies[1]);
        assert_eq!(first.end().status, 200);
        assert_eq!(emulator.files().len(), 1);
        assert!(emulator.files()[0].content() == bodies[0]);
    }
}

#[test]
fn a_failed_upload_leaves_the_spilled_file_that_was_there() {
    let emulator = spilling();
    let client = Client::new(&emulator, "alice-key");
    let (old, new) = (content(1, 200 << 10), content(2, 300 << 10));
    client.upload("a.bin", &old);
    let presigned = client.presign("a.bin", &new);
    let mut wrong = new.clone();
    wrong[299 << 10] ^= 1;
    assert!(client.put(&presigned, &wrong).expect(400).text().contains("<Code>BadDigest</Code>"));
    // Cut short, and gone.
    let mut cut = Upload::begin(&emulator, &client, "a.bin", &new);
    cut.connection.finish();
    assert_eq!(cut.connection.read_answer().status, 400);
    Upload::begin(&emulator, &client, "a.bin", &new).connection.reset();
    support::eventually("the upload that is gone", || {
        let exchanges = client.control("GET", "journal?operation=put", None).json();
        exchanges["exchanges"].as_array().unwrap().len() == 4
    });
    assert!(emulator.files()[0].content() == old);
    assert_eq!(client.presign("b.bin", &new).r#type, "new");
}

#[test]
fn a_reset_wins_over_uploads_under_way() {
    let emulator = spilling();
    let client = Client::new(&emulator, "alice-key");
    let bodies = [content(1, 100), content(2, 300 << 10)];
    let uploads = bodies.each_ref().map(|body| Upload::begin(&emulator, &client, "a.bin", body));
    emulator.reset();
    for upload in uploads {
        let answer = upload.end();
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert!(answer.text().contains("<Code>OperationAborted</Code>"), "{}", answer.text());
    }
    assert!(emulator.files().is_empty());
    client.upload("a.bin", &bodies[1]);
}

/// Counts the unnamed files below `folder` that a process has open.
#[cfg(target_os = "linux")]
fn nameless_files(process: u32, folder: &std::path::Path) -> usize {
    let folder = folder.to_str().unwrap();
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let targets = open.filter_map(|file| fs::read_link(file.unwrap().path()).ok());
    let is_nameless = |target: &std::path::PathBuf| {
        let target = target.to_string_lossy();
        target.starts_with(folder) && target.ends_with(" (deleted)")
    };
    targets.filter(is_nameless).count()
}

#[cfg(target_os = "linux")]
#[test]
fn temporary_files_have_no_name_and_go_with_their_objects() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(serve(&["-q", "--spill-over", "64KiB"]).env("TMPDIR", folder.path()));
    let client = served.client("alice-key");
    let count = || nameless_files(served.id(), folder.path());
    let (small, large, other) = (content(1, 100), content(1, 100 << 10), content(2, 100 << 10));
    client.upload("small.bin", &small);
    assert_eq!(count(), 0);
    let key = client.upload("a.bin", &large);
    client.upload("b.bin", &other);
    assert_eq!(count(), 2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no name");
    client.upload("b.bin", &large[1..]);
    support::eventually("the replaced file is let go", || count() == 2);
    client.delete(&key).expect(200);
    support::eventually("the deleted file is let go", || count() == 1);
    client.control("POST", "reset", None).expect(200);
    support::eventually("all files are let go", || count() == 0);
}

/// If nothing can be spilled, S3 has an internal error, and the emulator keeps running.
#[test]
fn only_large_uploads_fail_without_a_temporary_folder() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("gone");
    let served = Served::start(serve(&["--spill-over", "64KiB"]).env("TMPDIR", &nowhere));
    let client = served.client("alice-key");
    let (small, large) = (content(1, 64 << 10), content(1, 3 << 20));
    for _ in 0..2 {
        let presigned = client.presign("a.bin", &large);
        let mut connection = Connection::to(&served.address);
        connection.write(&Request::put(&presigned.url, &presigned.md5, &large).bytes());
        let answer = connection.read_answer();
        assert_eq!(answer.status, 500, "{}", answer.text());
        assert!(
            answer.text().contains("<Code>InternalError</Code><Message>We encountered an internal error.")
        );
        client.upload("b.bin", &small);
    }
    assert_eq!(client.list().len(), 1);
    let log = served.into_stderr();
    let reported = format!("make room in {}, name another folder in TMPDIR", nowhere.display());
    assert!(log.contains(&reported), "{log}");
}

/// A disk that is full, where this user may make one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_only_the_large_upload() {
    use std::process::Command;
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=2m tmpfs \"$0\"";
    let may = Command::new("unshare").args(["-m", "sh", "-c", mount]).arg(folder.path()).output();
    // Mounting is a matter of permissions: containers and CI may not have them.
    if !may.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: a small disk cannot be made without `unshare` and the right to mount");
        return;
    }
    let served = serve(&["-q", "--spill-over", "64KiB"]);
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &format!("{mount} && exec \"$@\"")]).arg(folder.path());
    command.arg(served.get_program()).args(served.get_args()).env("TMPDIR", folder.path());
    let served = Served::start(&mut command);
    let client = served.client("alice-key");
    let (fits, too_large) = (content(1, 1 << 20), content(2, 4 << 20));
    client.upload("a.bin", &fits);
    for _ in 0..3 {
        let presigned = client.presign("b.bin", &too_large);
        let mut connection = Connection::to(&served.address);
        connection.write(&Request::put(&presigned.url, &presigned.md5, &too_large).bytes());
        assert_eq!(connection.read_answer().status, 500);
    }
    // The space of the failed uploads is free again.
    support::eventually("room for a smaller one", || {
        let presigned = client.presign("c.bin", &fits[1..]);
        client.put(&presigned, &fits[1..]).status == 200
    });
    assert_eq!(client.list().len(), 2);
    assert!(served.into_stderr().contains("No space left on device"));
}
