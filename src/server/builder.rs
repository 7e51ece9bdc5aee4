//! Sets up an emulator from a test, option by option.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{Emulator, StartError};
use crate::{
    config::{
        AccessKeyId, Config, Cors, FilePath, HostName, HostPattern, Listen, PublicUrl, Region,
        SecretAccessKey, Seed, Size, Switch, Timeout, UrlExpiry,
    },
    defect::Defect,
    fault::Fault,
    files::{ApiKey, Dedup, EtagForm, UserId},
};

/// An emulator that is about to be started. Every option is as of `assay serve`, and so is its default,
/// but for the port, which is a free one.
#[derive(Clone)]
pub struct Builder {
    config: Config,
    api_keys: Vec<ApiKey>,
    defects: Vec<String>,
    is_tls: bool,
}

impl Default for Builder {
    fn default() -> Self {
        let config = Config { listen: Listen("127.0.0.1:0".to_owned()), ..Config::default() };
        Self { config, api_keys: Vec::new(), defects: Vec::new(), is_tls: false }
    }
}

impl Builder {
    /// Makes a key good. Without any, all are. The key's own user is derived from the key.
    #[must_use]
    pub fn api_key(self, key: impl Into<String>) -> Self {
        let key = key.into();
        let user = UserId::of_key(&key);
        self.api_key_of(key, user)
    }

    /// Makes a key good that is this user by itself.
    #[must_use]
    pub fn api_key_of(mut self, key: impl Into<String>, user: UserId) -> Self {
        self.api_keys.push(ApiKey { key: key.into(), user });
        self
    }

    /// Checks the Alloy API against an OpenAPI 3.0 document, or a page with one, in place of the
    /// built-in one. Repeatable.
    #[cfg(feature = "schemas")]
    #[must_use]
    pub fn spec(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.specs.push(FilePath(path.into()));
        self
    }

    /// Listens elsewhere than on a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.config.listen = Listen(address.to_string());
        self
    }

    /// Lets presigned URLs begin with this, whatever the request's `Host` says.
    #[must_use]
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.config.public_url = Some(url);
        self
    }

    /// Adds a host name under which the control API answers.
    #[must_use]
    pub fn control_host(mut self, name: impl Into<String>) -> Self {
        self.config.control_hosts.push(HostName(name.into()));
        self
    }

    /// Lets [`Emulator::base_url`] begin with `https`. Clients are to trust [`Emulator::ca_pem`]; the port takes plain
    /// HTTP, too, as it takes TLS without this.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.is_tls = true;
        self
    }

    /// Lets the forward proxy answer a further host. Repeatable.
    #[must_use]
    pub fn intercept_host(mut self, host: impl Into<String>) -> Self {
        self.config.network.intercept_hosts.push(HostName(host.into()));
        self
    }

    /// Lets the forward proxy tunnel to a host, or a pattern such as `*.npmjs.org`, for clients on this machine.
    /// Repeatable.
    #[must_use]
    pub fn allow_host(mut self, pattern: impl Into<String>) -> Self {
        self.config.network.allow_hosts.push(HostPattern(pattern.into()));
        self
    }

    /// Sets how long presigned URLs are valid: whole seconds, from 1 s to 7 days. Other values are clamped.
    #[must_use]
    pub fn url_expiry(mut self, expiry: Duration) -> Self {
        self.config.url_expiry = UrlExpiry(Duration::from_secs(expiry.as_secs().clamp(1, 604_800)));
        self
    }

    /// Sets the largest upload, in bytes.
    #[must_use]
    pub fn max_object_size(mut self, bytes: u64) -> Self {
        self.config.max_object_size = Size(bytes);
        self
    }

    /// Sets the largest upload that is kept in memory, in bytes; larger ones go to temporary files in `TMPDIR`.
    #[must_use]
    pub fn spill_over(mut self, bytes: u64) -> Self {
        self.config.spill_over = Size(bytes);
        self
    }

    /// Sets how long an upload may send nothing, in real time.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.config.idle_timeout = Timeout(timeout);
        self
    }

    /// Sets the scope of duplicate detection.
    #[must_use]
    pub fn dedup(mut self, dedup: Dedup) -> Self {
        self.config.dedup = dedup;
        self
    }

    /// Sets what `ETag`s say of objects.
    #[must_use]
    pub fn etag(mut self, form: EtagForm) -> Self {
        self.config.etag = form;
        self
    }

    /// Leaves out the response header `x-assay-finding`, which names the rules that an exchange broke.
    #[must_use]
    pub fn no_finding_header(mut self) -> Self {
        self.config.no_finding_header = Switch(true);
        self
    }

    /// Lets presigned URLs sign `content-type` too.
    #[must_use]
    pub fn sign_content_type(mut self) -> Self {
        self.config.sign_content_type = Switch(true);
        self
    }

    /// Whose web pages may use presigned URLs from a browser, in place of everybody's:
    /// `"http://localhost:5173".parse()?`, `Cors::Off`, or several with `Cors::Origins`.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.config.cors = vec![cors];
        self
    }

    /// Sets the credentials of presigned URLs.
    #[must_use]
    pub fn credentials(
        mut self,
        region: impl Into<String>,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
    ) -> Self {
        self.config.region = Region(region.into());
        self.config.access_key_id = AccessKeyId(access_key_id.into());
        self.config.secret_access_key = SecretAccessKey(secret_access_key.into());
        self
    }

    /// Sets the seed for everything random.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(Seed(seed));
        self
    }

    /// Sets a fault from the start on, and again after each reset.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.config.rules.push(fault);
        self
    }

    /// Introduces a known server bug, to check that a test suite detects it. Repeatable; `assay defects` lists the
    /// names.
    #[must_use]
    pub fn defect(mut self, name: impl Into<String>) -> Self {
        self.defects.push(name.into());
        self
    }

    /// Starts the emulator. It accepts connections when this returns.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the address cannot be listened on, a document cannot be used, or a defect
    /// is unknown.
    #[expect(clippy::unused_async, reason = "room for a start that waits, behind a face that stays")]
    pub async fn start(self) -> Result<Emulator, StartError> {
        self.start_blocking()
    }

    /// Starts the emulator as [`Self::start`] does, for tests without a runtime. It works inside one too.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let mut config = self.config;
        for key in self.api_keys {
            config.add_api_key(key)?;
        }
        for name in self.defects {
            config.add_defect(Defect::named(&name)?);
        }
        Emulator::start(&config, self.is_tls)
    }
}
