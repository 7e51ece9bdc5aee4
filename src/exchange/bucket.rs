//! The hosts of production: Alloy's API, and the bucket.

/// Alloy's API in production.
pub const PRODUCTION: &str = "production.runalloy.com";

/// The bucket that files are uploaded to (Alloy's document and guide).
pub const BUCKET: &str = "alloy-user-files";

/// Returns whether a host, as it was sent, names the bucket itself: virtual-host style.
pub fn is_host_of_bucket(host: &[u8], bucket: &str) -> bool {
    host.get(..bucket.len()).is_some_and(|start| start.eq_ignore_ascii_case(bucket.as_bytes()))
        && host.get(bucket.len()) == Some(&b'.')
}
