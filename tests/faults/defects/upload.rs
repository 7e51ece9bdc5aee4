//! Defects of uploads to S3.

use super::{
    scene::{Scene, Shown},
    support::{Presigned, md5_base64, raw::Answer, request::Request},
};

pub const SHOWN: [Shown; 15] = [
    ("ignores-content-md5", |scene| {
        let (url, bytes) = url(scene);
        scene.put_wrong(&url, &bytes, b"other") == 200
    }),
    ("last-byte-lost", |scene| {
        let (url, bytes) = url(scene);
        is_good(&scene.put(&url, &bytes)) && scene.stored(&url).unwrap() == bytes[..bytes.len() - 1]
    }),
    ("any-signature", |scene| {
        let (url, bytes) = url(scene);
        let (before, after) = url.split_once("X-Amz-Signature=").unwrap();
        let altered = if after.starts_with('0') { "1" } else { "0" };
        let put = |url: &str| is_good(&scene.put(url, &bytes));
        put(&format!("{before}X-Amz-Signature={altered}{}", &after[1..]))
            && !put(&url.replace("a.txt", "b.txt"))
            && !put(&url.replace("&x-id=PutObject", ""))
    }),
    ("content-md5-optional", |scene| {
        let (url, bytes) = url(scene);
        is_good(&scene.send(&Scene::put_request(&url, &bytes).without("content-md5")))
    }),
    ("wrong-md5-header", |scene| {
        let (url, bytes) = url(scene);
        scene.put_wrong(&url, b"other", b"other") == 200
            && scene.put_wrong(&url, b"other", &bytes) == 400
            && scene.put_wrong(&url, &bytes, b"other") == 400
    }),
    ("post-is-put", |scene| {
        let (url, bytes) = url(scene);
        let answer = scene.send(&Scene::put_request(&url, &bytes).method("POST"));
        is_good(&answer) && scene.stored(&url) == Some(bytes)
    }),
    ("second-put-refused", |scene| {
        let (url, bytes) = url(scene);
        [200, 403] == [(); 2].map(|()| scene.put(&url, &bytes).status)
    }),
    ("empty-file-refused", |scene| {
        let url = scene.presign("empty", b"").url;
        scene.put(&url, b"").status == 411
    }),
    ("two-mechanisms", |scene| {
        let (url, bytes) = url(scene);
        is_good(&scene.send(&Scene::put_request(&url, &bytes).and("authorization", "Bearer a-key")))
    }),
    ("unsigned-headers", |scene| {
        let (url, bytes) = url(scene);
        let with = |name| is_good(&scene.send(&Scene::put_request(&url, &bytes).and(name, "public-read")));
        with("x-amz-meta-a") && !with("x-amz-acl")
    }),
    ("chunked-taken", |scene| {
        let (url, bytes) = url(scene);
        let framed = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n0\r\n\r\n"].concat();
        let request = Request::put(&url, &md5_base64(&bytes), &framed).without("content-length");
        let answer = scene.send(&request.and("transfer-encoding", "chunked"));
        is_good(&answer) && scene.stored(&url) == Some(bytes)
    }),
    ("stores-refused", |scene| {
        let (url, bytes) = url(scene);
        scene.put_wrong(&url, &bytes, b"other") == 400 && scene.stored(&url) == Some(b"other".into())
    }),
    ("failed-overwrite-loses-file", |scene| {
        let (url, bytes) = url(scene);
        let is_stored = is_good(&scene.put(&url, &bytes)) && scene.stored(&url).is_some();
        is_stored && scene.put_wrong(&url, &bytes, b"other") == 400 && scene.stored(&url).is_none()
    }),
    ("overwrite-ignored", |scene| {
        let [first, second] = [b"first", b"other"];
        let urls = [first, second].map(|bytes| {
            let Presigned { url, .. } = scene.presign("a.txt", bytes);
            assert!(is_good(&scene.put(&url, bytes)));
            url
        });
        scene.stored(&urls[1]) == Some(first.into())
    }),
    ("etag-in-base64", |scene| {
        let (url, bytes) = url(scene);
        scene.put(&url, &bytes).header("etag") == format!("\"{}\"", md5_base64(&bytes))
    }),
];

/// A URL, and the bytes that it is for.
fn url(scene: &Scene) -> (String, Vec<u8>) {
    let bytes = Scene::content();
    (scene.presign("a.txt", &bytes).url, bytes)
}

fn is_good(answer: &Answer) -> bool {
    answer.status == 200
}
