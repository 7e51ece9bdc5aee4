//! Settings one by one, and the sentence of each mistake.

use super::*;

fn read(name: &str, value: &str) -> Result<Config, String> {
    let setting = Setting { name: name.to_owned(), value: value.to_owned(), origin: Origin::Flag };
    Config::read(&[setting], None).map_err(|error| error.to_string())
}

#[test]
fn each_setting_is_read() {
    assert_eq!(read("url_expiry", "59m50s").unwrap().url_expiry, Duration::from_secs(3590));
    assert_eq!(read("max_object_size", "64KiB").unwrap().max_object_size, 65_536);
    assert_eq!(read("dedup", "off").unwrap().dedup, Dedup::Off);
    assert_eq!(read("seed", "7").unwrap().seed, Some(7));
    assert!(read("sign_content_type", "true").unwrap().sign_content_type);
    assert_eq!(read("listen", "[::1]:0").unwrap().listen, "[::1]:0");
}

#[test]
fn a_mistake_names_the_option_what_is_wrong_and_what_would_be_right() {
    for (name, value, message) in [
        ("url_expiry", "soon", "--url-expiry: `soon` is no duration; write one like 300ms, 2s, 59m50s or 1h"),
        (
            "url_expiry",
            "8h30m5.5s",
            "--url-expiry: `8h30m5.5s` is not a whole number of seconds; give one from 1s to 168h",
        ),
        (
            "url_expiry",
            "169h",
            "--url-expiry: `169h` is more than the 7 days that S3 allows; give one from 1s to 168h",
        ),
        (
            "max_object_size",
            "big",
            "--max-object-size: `big` is no size; write a number of bytes, or one like 64KiB, 8MiB or 5GiB",
        ),
        ("dedup", "on", "--dedup: `on` is none of its values; write user, key or off"),
        ("seed", "-1", "--seed: `-1` is no seed; write a whole number from 0 to 18446744073709551615"),
        (
            "listen",
            "7979",
            "--listen: `7979` is no address with a port; write one like 127.0.0.1:7979, or port 0 for a free one",
        ),
        (
            "public_url",
            "example.com",
            "--public-url: `example.com` does not begin with http:// or https://; write one like http://assay.test:7979",
        ),
        (
            "public_url",
            "http://a.test/x",
            "--public-url: `http://a.test/x` has a path; write scheme, host and port alone, since the path of a presigned URL is signed",
        ),
        (
            "control_host",
            "a.test:80",
            "--control-host: `a.test:80` is no host name; write one like assay.test, without scheme or port",
        ),
        (
            "cors",
            "http://*.*.test",
            "--cors: `http://*.*.test` has more than one `*`, and S3 allows one; give several origins, each with one",
        ),
        ("cases", "0", "--cases: `0` is no number from 1 on; write one like 100"),
        ("rate", "fast", "--rate: `fast` is no number from 1 on; write one like 50"),
        ("case", "-1", "--case: `-1` is no case's number; write it as a report does, counted from 0"),
        ("only", "", "--only: the pattern is empty; write a check's id, or a pattern such as upload/*"),
        ("max_time", "0s", "--max-time: `0s` leaves no time; give more than 0s"),
        (
            "prefix",
            "a/b",
            "--prefix: `a/b` cannot begin a name; write letters, digits, dots, hyphens and underscores, 64 at the most",
        ),
        ("url", "", "--url: the address is empty; write one like http://127.0.0.1:7979"),
        (
            "other_api_key",
            "a b",
            "--other-api-key: the key has characters that no header can carry; use visible ASCII without blanks",
        ),
        ("region", "", "--region: `` is no region; write one like us-east-1"),
        (
            "api_key",
            "",
            "--api-key: the key is empty; write KEY, or KEY=USER_ID with a user id of 24 hex digits",
        ),
        (
            "api_key",
            "a b\n",
            "--api-key: the key has characters that no header can carry; use visible ASCII without blanks",
        ),
    ] {
        assert_eq!(read(name, value).err().as_deref(), Some(message));
    }
}

#[test]
fn alloys_own_variable_has_the_key_where_nothing_else_does() {
    let config = Config::default();
    assert_eq!(config.key_or(Some("alice".into())).unwrap().as_deref(), Some("alice"));
    assert_eq!((config.key_or(Some("".into())).unwrap(), config.key_or(None).unwrap()), (None, None));
    let told = config.key_or(Some("al ice".into())).unwrap_err().to_string();
    assert_eq!(
        told,
        "ALLOY_API_KEY: the key has characters that no header can carry; use visible ASCII without blanks"
    );
    let config = read("api_key", "bob").unwrap();
    assert_eq!(config.key_or(Some("al ice".into())).unwrap().as_deref(), Some("bob"));
}

#[test]
fn no_key_and_no_user_is_given_twice() {
    fn error(keys: [&str; 2]) -> Option<String> {
        let setting = |value: &str| Setting {
            name: "api_key".to_owned(),
            value: value.to_owned(),
            origin: Origin::Environment,
        };
        Config::read(&keys.map(setting), None).err().map(|error| error.to_string())
    }
    assert_eq!(
        error(["alice", "alice"]).as_deref(),
        Some("ASSAY_API_KEY: the same key is given twice; give each key once")
    );
    let id = "651eb6e11d156e0d7a42c59d";
    let message = error([&format!("a={id}"), &format!("b={id}")]).unwrap();
    assert!(message.contains("belongs to another key"), "{message}");
    assert_eq!(error(["alice", "bob"]), None);
}
