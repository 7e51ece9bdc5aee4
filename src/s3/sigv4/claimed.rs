//! Unverified parts of a raw query: enough to recognise a presigned URL, and its expiry.

use jiff::Timestamp;

use super::{AmzDate, Query, verify::seconds};

/// Returns the signature in a raw query as it is, neither decoded nor verified. No signed URL has its name escaped.
pub fn signature_of(query: &str) -> Option<&str> {
    let (_, rest) = query.split_once("X-Amz-Signature=")?;
    rest.split('&').next()
}

/// Returns the last second in which a presigned query is valid: `X-Amz-Date` plus `X-Amz-Expires`.
/// `None` where either is missing or malformed.
pub fn end_of(query: Option<&str>) -> Option<Timestamp> {
    let query = Query::parse(query);
    let date = AmzDate::parse(&query.get("X-Amz-Date")?)?;
    let expires = seconds(&query.get("X-Amz-Expires")?).ok()?;
    Some(end(&date, expires))
}

/// Returns when a URL expires, at the end of time at the latest.
pub(super) fn end(date: &AmzDate, expires: u32) -> Timestamp {
    let end = date.timestamp().as_second().saturating_add(i64::from(expires));
    Timestamp::from_second(end.min(Timestamp::MAX.as_second())).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_ends_with_its_parameter() {
        assert_eq!(signature_of("a=b&X-Amz-Signature=0123&x-id=PutObject"), Some("0123"));
        assert_eq!(signature_of("X-Amz-Signature=0123"), Some("0123"));
        assert_eq!(signature_of("X-Amz-Signature=&a=b"), Some(""));
        assert_eq!(signature_of("X-Amz-Signature=é"), Some("é"));
        assert_eq!(signature_of("x-amz-signature=0123&X-Amz-Signature"), None);
    }

    #[test]
    fn a_query_ends_when_its_seconds_are_over() {
        let end = |query: &str| end_of(Some(query)).map(|end| end.to_string());
        let date = "X-Amz-Date=20260102T030405Z";
        assert_eq!(end(&format!("{date}&X-Amz-Expires=3600")).unwrap(), "2026-01-02T04:04:05Z");
        assert_eq!(end(&format!("X-Amz-Expires=%30&{date}")).unwrap(), "2026-01-02T03:04:05Z");
        let last = "X-Amz-Date=99991230T220000Z&X-Amz-Expires=604800";
        assert_eq!(end(last), Some(Timestamp::from_second(Timestamp::MAX.as_second()).unwrap().to_string()));
        for query in [date, "X-Amz-Expires=1", "X-Amz-Date=2026&X-Amz-Expires=1", ""] {
            assert_eq!(end(query), None, "{query}");
        }
        for expires in ["", "-1", "604801", "1h"] {
            assert_eq!(end(&format!("{date}&X-Amz-Expires={expires}")), None, "{expires}");
        }
        assert_eq!(end_of(None), None);
    }
}
