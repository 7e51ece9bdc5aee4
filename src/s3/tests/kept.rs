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

async fn upload(bucket: &TestBucket, content: &'static str, keep: impl Keep + 'static) -> Answer {
    let request = bucket.presigned(&Method::PUT, &[]).with("content-length", &content.len().to_string());
    let accepted = bucket.s3.begin(&request.raw(), bucket.clock.now()).unwrap();
    let answer = bucket.s3.finish(accepted, TestBody::of(content), Box::new(keep)).await;
    answer.unwrap_or_else(|rejection| bucket.s3.refuse(&Method::PUT, &rejection.refusal))
}

fn stored(bucket: &TestBucket) -> Option<Vec<u8>> {
    let objects = bucket.state.objects();
    Some(objects.first()?.blob.read().unwrap())
}

#[tokio::test]
async fn the_answer_tells_of_what_is_kept() {
    let bucket = TestBucket::new();
    let answer = upload(&bucket, CONTENT, Other::default()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["etag"], "\"abababababababababababababababab\"");
    assert_eq!(answer.headers["x-amz-checksum-crc64nvme"], "AAAAAAAAAAE=");
    assert_eq!(stored(&bucket).unwrap(), b"other");
}

#[tokio::test]
async fn what_came_is_verified_and_the_policy_not_asked_where_it_is_wrong() {
    let (bucket, keep) = (TestBucket::new(), Other::default());
    let request = bucket.upload();
    let accepted = bucket.s3.begin(&request.raw(), bucket.clock.now()).unwrap();
    let rejection =
        bucket.s3.finish(accepted, TestBody::of("654321"), Box::new(keep.clone())).await.unwrap_err();
    assert!(matches!(rejection.refusal, Refusal::BadDigest { .. }));
    assert!(keep.asked.lock().unwrap().is_empty());
    assert_eq!(stored(&bucket), None);
}

#[tokio::test]
async fn nothing_is_stored_where_nothing_can_be_kept() {
    let bucket = TestBucket::new();
    assert_eq!(upload(&bucket, CONTENT, Full).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(stored(&bucket), None);
}

/// Up to 64 KiB, doing it at once is faster.
#[tokio::test]
async fn a_policy_that_reads_a_large_upload_does_so_elsewhere() {
    const LARGE: &str = match std::str::from_utf8(&[b'a'; (64 << 10) + 1]) {
        Ok(text) => text,
        Err(_) => "",
    };
    let (bucket, keep) = (TestBucket::new(), Other::default());
    for content in [CONTENT, &LARGE[1..], LARGE] {
        assert_eq!(upload(&bucket, content, keep.clone()).await.status, 200);
    }
    let here = keep.asked.lock().unwrap().iter().map(|id| *id == thread::current().id()).collect::<Vec<_>>();
    assert_eq!(here, [true, true, false]);
}
