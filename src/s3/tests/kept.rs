//! Policies that decide what is kept of an upload.

use std::{
    sync::Mutex,
    thread::{self, ThreadId},
};

use hyper::StatusCode;

use super::*;
use crate::files::{Blob, CannotKeep, Keep, Stored};

/// Keeps other bytes, and records its thread.
#[derive(Clone, Debug, Default)]
struct Other {
    asked: Arc<Mutex<Vec<ThreadId>>>,
}

impl Keep for Other {
    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep> {
        self.asked.lock().unwrap().push(thread::current().id());
        let blob = Blob::from(b"other".to_vec());
        Ok(Stored { blob, md5: [0xab; 16].into(), crc64nvme: 1, ..content })
    }

    fn reads(&self) -> bool {
        true
    }
}

/// Fails, as a full disk does.
#[derive(Debug)]
struct Full;

impl Keep for Full {
    fn keep(&self, _: Stored) -> Result<Stored, CannotKeep> {
        Err(std::io::Error::other("full").into())
    }

    fn reads(&self) -> bool {
        false
    }
}

async fn upload(room: &Room, content: &'static str, keep: impl Keep + 'static) -> Answer {
    let request = room.presigned(&Method::PUT, &[]).with("content-length", &content.len().to_string());
    let accepted = room.s3.begin(&request.raw(), room.clock.now()).unwrap();
    let answer = room.s3.finish(accepted, TestBody::of(content), Box::new(keep)).await;
    answer.unwrap_or_else(|rejection| room.s3.refuse(&Method::PUT, &rejection.refusal))
}

fn stored(room: &Room) -> Option<Vec<u8>> {
    let objects = room.state.objects();
    Some(objects.first()?.blob.read().unwrap())
}

#[tokio::test]
async fn the_answer_tells_of_what_is_kept() {
    let room = Room::new();
    let answer = upload(&room, CONTENT, Other::default()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["etag"], "\"abababababababababababababababab\"");
    assert_eq!(answer.headers["x-amz-checksum-crc64nvme"], "AAAAAAAAAAE=");
    assert_eq!(stored(&room).unwrap(), b"other");
}

#[tokio::test]
async fn what_came_is_verified_and_the_policy_not_asked_where_it_is_wrong() {
    let (room, keep) = (Room::new(), Other::default());
    let request = room.upload();
    let accepted = room.s3.begin(&request.raw(), room.clock.now()).unwrap();
    let rejection =
        room.s3.finish(accepted, TestBody::of("654321"), Box::new(keep.clone())).await.unwrap_err();
    assert!(matches!(rejection.refusal, Refusal::BadDigest { .. }));
    assert!(keep.asked.lock().unwrap().is_empty());
    assert_eq!(stored(&room), None);
}

#[tokio::test]
async fn nothing_is_stored_where_nothing_can_be_kept() {
    let room = Room::new();
    assert_eq!(upload(&room, CONTENT, Full).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(stored(&room), None);
}

/// Up to 64 KiB, doing it at once is faster.
#[tokio::test]
async fn a_policy_that_reads_a_large_upload_does_so_elsewhere() {
    const LARGE: &str = match std::str::from_utf8(&[b'a'; (64 << 10) + 1]) {
        Ok(text) => text,
        Err(_) => "",
    };
    let (room, keep) = (Room::new(), Other::default());
    for content in [CONTENT, &LARGE[1..], LARGE] {
        assert_eq!(upload(&room, content, keep.clone()).await.status, 200);
    }
    let here = keep.asked.lock().unwrap().iter().map(|id| *id == thread::current().id()).collect::<Vec<_>>();
    assert_eq!(here, [true, true, false]);
}
