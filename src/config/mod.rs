//! How an emulator is set up: one value for all of it, read from settings that know where they come from,
//! so that a mistake can be named where it was made. `cli` gathers settings, `emulator` takes the result.

mod error;
mod parse;
mod public_url;
mod setting;

use std::time::Duration;

use crate::{
    files::{ApiKey, Dedup},
    journal::Bounds,
};

pub use error::{ConfigError, Problem};
pub use public_url::PublicUrl;
pub use setting::{Origin, Setting};

/// Where the emulator listens unless told otherwise: on this machine alone.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:7979";

/// AWS's documented example key, which is nobody's.
const EXAMPLE_ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const EXAMPLE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// All that can be set.
#[derive(Clone)]
pub struct Config {
    /// `ADDR:PORT`; port 0 takes a free one.
    pub listen: String,
    /// The keys that are good; with none, all are.
    pub api_keys: Vec<ApiKey>,
    /// What presigned URLs begin with; without it, what the client called.
    pub public_url: Option<PublicUrl>,
    /// Further names under which the control side answers.
    pub control_hosts: Vec<String>,
    /// How long a presigned URL lives: whole seconds, from 1 s to 7 days (S3's bounds).
    pub url_expiry: Duration,
    /// The largest upload, in bytes.
    pub max_object_size: u64,
    /// How long an upload may send nothing, in real time.
    pub idle_timeout: Duration,
    /// What counts as a duplicate.
    pub dedup: Dedup,
    /// Whether presigned URLs sign `content-type` too.
    pub sign_content_type: bool,
    /// The region that presigned URLs are signed for.
    pub region: String,
    /// The access key that presigned URLs are signed with.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The seed of all chance; random without one.
    pub seed: Option<u64>,
    /// How much the journal keeps.
    pub journal: Bounds,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN.to_owned(),
            api_keys: Vec::new(),
            public_url: None,
            control_hosts: Vec::new(),
            url_expiry: Duration::from_hours(1),
            max_object_size: 5 << 30,
            idle_timeout: Duration::from_secs(20),
            dedup: Dedup::default(),
            sign_content_type: false,
            region: "us-east-1".to_owned(),
            access_key_id: EXAMPLE_ACCESS_KEY_ID.to_owned(),
            secret_access_key: EXAMPLE_SECRET.to_owned(),
            seed: None,
            journal: Bounds::default(),
        }
    }
}

impl Config {
    /// Reads settings over the defaults. Names that are no setting of an emulator (how to log, say) are
    /// left to others.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first setting that cannot be used.
    pub fn read(settings: &[Setting]) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for setting in settings {
            config.take(setting).map_err(|problem| ConfigError::new(setting, problem))?;
        }
        Ok(config)
    }

    fn take(&mut self, setting: &Setting) -> Result<(), Problem> {
        let value = setting.value.as_str();
        match setting.name.as_str() {
            "listen" => self.listen = parse::listen(value)?,
            "api_key" => {
                let key = parse::api_key(value)?;
                self.add_api_key(key)?;
            }
            "public_url" => self.public_url = Some(value.parse()?),
            "control_host" => self.control_hosts.push(parse::host_name(value)?),
            "url_expiry" => self.url_expiry = parse::url_expiry(value)?,
            "max_object_size" => self.max_object_size = parse::size(value)?,
            "idle_timeout" => self.idle_timeout = parse::positive_duration(value)?,
            "dedup" => self.dedup = parse::dedup(value)?,
            "sign_content_type" => self.sign_content_type = value == "true",
            "region" => self.region = parse::region(value)?,
            "access_key_id" => self.access_key_id = parse::access_key_id(value)?,
            "secret_access_key" => self.secret_access_key = parse::secret_access_key(value)?,
            "seed" => self.seed = Some(parse::seed(value)?),
            _ => {}
        }
        Ok(())
    }

    /// Adds a key that is good, unless it, or its user, is there already.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that does not tell the key.
    pub fn add_api_key(&mut self, key: ApiKey) -> Result<(), Problem> {
        if self.api_keys.iter().any(|known| known.key == key.key) {
            return Err(Problem::new("the same key is given twice", "give each key once"));
        }
        if self.api_keys.iter().any(|known| known.user == key.user) {
            let what = format!("user {} belongs to another key already", key.user);
            return Err(Problem::new(what, "give each key a user of its own"));
        }
        self.api_keys.push(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Config, String> {
        let setting = Setting { name: name.to_owned(), value: value.to_owned(), origin: Origin::Flag };
        Config::read(&[setting]).map_err(|error| error.to_string())
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
            (
                "url_expiry",
                "soon",
                "--url-expiry: `soon` is no duration; write one like 300ms, 2s, 59m50s or 1h",
            ),
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
    fn no_key_and_no_user_is_given_twice() {
        fn error(keys: [&str; 2]) -> Option<String> {
            let setting = |value: &str| Setting {
                name: "api_key".to_owned(),
                value: value.to_owned(),
                origin: Origin::Environment,
            };
            Config::read(&keys.map(setting)).err().map(|error| error.to_string())
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
}
