//! `ETag`s that are not the MD5 of the content, as of objects encrypted with SSE-KMS.

use alloy_assay::EtagForm;

use crate::support::bucket::{MD5_HEX, frozen_with, signed, upload};

#[test]
fn an_opaque_etag_is_not_the_md5_and_stays_with_the_object() {
    let emulator = frozen_with(|builder| builder.etag(EtagForm::Opaque));
    let put = upload(&emulator).send(&emulator);
    assert_eq!(put.status, 200, "{}", put.text());
    let etag = put.header("etag").to_owned();
    let digits = etag.trim_matches('"');
    assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{etag}");
    assert_ne!(digits, MD5_HEX);
    assert_eq!(put.header("x-amz-server-side-encryption"), "aws:kms");
    assert!(put.header("x-amz-server-side-encryption-aws-kms-key-id").starts_with("arn:aws:kms:us-east-1:"));
    let key = &emulator.files()[0].s3_key().to_owned();
    for method in ["GET", "HEAD"] {
        let read = signed(method, key, &[]).send(&emulator);
        assert_eq!((read.status, read.header("etag")), (200, etag.as_str()), "{method}");
    }
    let overwrite = |if_match: &str| upload(&emulator).and("if-match", if_match).send(&emulator).status;
    assert_eq!([overwrite(&etag), overwrite(&format!("\"{MD5_HEX}\""))], [200, 412]);
}
