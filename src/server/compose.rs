//! The composition root: makes the parts of an emulator from its configuration.

#[cfg(feature = "tls")]
use std::{io, path::Path};
use std::{net::SocketAddr, sync::Arc, time::Duration};

#[cfg(feature = "cli")]
use super::pass;
#[cfg(feature = "tls")]
use super::tls::{Tls, TlsError};
use super::{
    fault::FaultLayer,
    forward::Forward,
    initial::{UnreadableFile, initial},
    records::Records,
    sign::UrlSigner,
    surroundings::Surroundings,
};
#[cfg(feature = "schemas")]
use crate::contract::{LintError, ReadError, Specs};
#[cfg(feature = "tls")]
use crate::intercept::Interception;
use crate::{
    alloy::{self, Alloy},
    config::{AllowedOrigin, Config, Cors, FilePath},
    contract::{Contract, LoadError},
    control::{Control, Hosts, LargeAnswers, Streams},
    exchange::{BUCKET, Glob, Rng},
    fault::{CannotSet, Faults},
    files::{Clock, S3Key, State},
    findings::Detector,
    journal::Journal,
    s3::{
        self, S3,
        sigv4::{Credentials, Signer},
    },
};
#[cfg(feature = "cli")]
use crate::{
    http::CaError,
    proxy::{BaselineError, Proxy},
};

/// The server of one emulator.
pub struct Server {
    pub(super) address: SocketAddr,
    pub(super) idle_timeout: Duration,
    /// Whether answers name the rules that their exchanges break.
    pub(super) names_findings: bool,
    pub(super) alloy: Alloy,
    pub(super) alloy_hooks: Arc<dyn alloy::Hooks>,
    pub(super) s3: S3,
    pub(super) s3_hooks: Arc<dyn s3::Hooks>,
    pub(super) control: Control,
    pub(super) state: Arc<State>,
    pub(super) clock: Arc<Clock>,
    pub(super) faults: FaultLayer,
    pub(super) records: Arc<Records>,
    pub(super) forward: Forward,
    #[cfg(feature = "tls")]
    pub(super) tls: Arc<Tls>,
    #[cfg(feature = "cli")]
    pub(super) proxy: Option<Proxy>,
}

/// Why an emulator cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The built-in contract cannot be used.
    #[error(transparent)]
    Contract(#[from] LoadError),
    /// A file of `--spec` cannot be read.
    #[cfg(feature = "schemas")]
    #[error("--spec: {0}")]
    Unreadable(#[from] ReadError),
    /// A document of `--spec` cannot be used.
    #[cfg(feature = "schemas")]
    #[error("--spec: {0}")]
    Lint(#[from] LintError),
    /// TLS cannot be offered as configured.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The upstream of a proxy cannot be used.
    #[cfg(feature = "cli")]
    #[error("{0}")]
    Upstream(String),
    /// The certificates of `--ca` cannot be used.
    #[cfg(feature = "cli")]
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The baseline cannot be used.
    #[cfg(feature = "cli")]
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// An initial fault cannot strike.
    #[error(transparent)]
    Fault(#[from] CannotSet),
    /// An initial file cannot be read.
    #[error(transparent)]
    File(#[from] UnreadableFile),
}

/// Why a command's connections cannot be led to an emulator.
#[cfg(feature = "tls")]
#[derive(Debug, thiserror::Error)]
pub enum InterceptError {
    /// TLS has no certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The files cannot be written.
    #[error("cannot write the files of an interception: {0}")]
    Files(#[from] io::Error),
}

impl Server {
    /// Creates the server of an emulator at `address`.
    ///
    /// # Errors
    ///
    /// [`SetUpError`] where the contract cannot be used, or a configured file cannot be read.
    pub fn new(config: &Config, address: SocketAddr) -> Result<Self, SetUpError> {
        let contract = contract(&config.specs)?;
        let clock = Arc::new(Clock::new());
        let state = Arc::new(State::new(initial(config, clock.now())?, config.dedup));
        let rng = Arc::new(Rng::new(config.seed.as_ref().map_or_else(Rng::random_seed, |seed| seed.0)));
        let journal = Arc::new(Journal::new(
            config.journal,
            config.api_keys.iter().map(|key| key.key.clone()).collect(),
        ));
        let signer = Arc::new(Signer::new(Credentials {
            access_key_id: config.access_key_id.0.clone(),
            secret: config.secret_access_key.0.clone(),
            region: config.region.0.clone(),
        }));
        let s3 = S3 {
            bucket: BUCKET.to_owned(),
            signer: Arc::clone(&signer),
            state: Arc::clone(&state),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
            max_object_size: config.max_object_size.0,
            spill_over: config.spill_over.0,
            cors: s3::Cors(origins(config)),
            etag: config.etag,
        };
        let url_signer = Arc::new(UrlSigner {
            signer,
            bucket: BUCKET,
            public_url: config.public_url.clone(),
            // Bounded by S3's seven days where it was read.
            expires: u32::try_from(config.url_expiry.0.as_secs()).unwrap_or(604_800),
            sign_content_type: config.sign_content_type.0,
        });
        let around = Surroundings::of(&config.defects, &state);
        let alloy = Alloy {
            state: Arc::clone(&state),
            ownership: around.ownership,
            hooks: Arc::clone(&around.alloy),
            contract: contract.clone(),
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
        };
        let faults = Arc::new(Faults::new(Arc::clone(&clock), Arc::clone(&rng), config.faults())?);
        #[cfg(feature = "cli")]
        let (proxy, drifts) = match &config.proxy {
            Some(settings) => {
                let (proxy, drifts) = pass::proxy(settings, contract.clone(), &clock, &rng, &faults)?;
                (Some(proxy), Some(drifts))
            }
            None => (None, None),
        };
        let public_host = config.public_url.iter().map(|url| url.host().to_owned());
        let detector = Arc::new(Detector::new(Arc::clone(&state)));
        let records = Arc::new(Records {
            // The clock still shows real time here.
            started: clock.now(),
            rng: Arc::clone(&rng),
            clock: Arc::clone(&clock),
            journal: Arc::clone(&journal),
            detector: Arc::clone(&detector),
            #[cfg(feature = "cli")]
            drifts,
        });
        let forward = forward(config, address);
        #[cfg(feature = "tls")]
        let tls = Arc::new(Tls::new(config.network.clone(), forward.names())?);
        let control = Control {
            state: Arc::clone(&state),
            clock: Arc::clone(&clock),
            rng,
            journal,
            advice: Arc::clone(&records) as _,
            faults: Arc::clone(&faults),
            streams: Streams::default(),
            large: LargeAnswers::default(),
            results: Arc::clone(&records) as _,
            #[cfg(feature = "tls")]
            ca_pem: certificate_of(&tls),
            #[cfg(not(feature = "tls"))]
            ca_pem: Box::new(|| Err("built without the feature `tls`".to_owned())),
            hosts: Hosts::new(config.control_hosts.iter().map(|name| name.0.clone()).chain(public_host)),
        };
        let filename = Box::new(move |key: &S3Key, query: Option<&str>| detector.filename(key, query));
        Ok(Self {
            address,
            idle_timeout: config.idle_timeout.0,
            names_findings: !config.no_finding_header.0,
            alloy,
            alloy_hooks: around.alloy,
            s3,
            s3_hooks: around.s3,
            control,
            state,
            faults: FaultLayer { faults, clock: Arc::clone(&clock), signer: url_signer, filename },
            clock,
            records,
            forward,
            #[cfg(feature = "tls")]
            tls,
            #[cfg(feature = "cli")]
            proxy,
        })
    }

    /// Makes the files and variables that lead a command's connections to this server: in a new directory of this name,
    /// or in a temporary one.
    ///
    /// # Errors
    ///
    /// [`InterceptError`] if there is no certificate, or a file cannot be written.
    #[cfg(feature = "tls")]
    pub(crate) fn intercept(&self, folder: Option<&Path>) -> Result<Interception, InterceptError> {
        Ok(Interception::new(folder, self.address, self.forward.hosts(), &self.tls.ca()?)?)
    }

    /// Returns the seed that repeats this run.
    pub fn seed(&self) -> u64 {
        self.records.rng.seed()
    }

    /// Returns the source of this run's results, which outlives the server.
    pub fn results(&self) -> Arc<Records> {
        Arc::clone(&self.records)
    }
}

/// The forward proxy of an emulator, or of a proxy for another server.
fn forward(config: &Config, address: SocketAddr) -> Forward {
    #[cfg_attr(not(feature = "cli"), expect(unused_mut, reason = "a proxy alone stands for others"))]
    let mut forward = Forward::new(&config.network, &config.region.0, address);
    #[cfg(feature = "cli")]
    if config.proxy.is_some() {
        forward.stand_for(Server::upstream_host(config.proxy.as_ref()));
    }
    forward
}

/// The certificate of the local authority as PEM, for the control API.
#[cfg(feature = "tls")]
fn certificate_of(tls: &Arc<Tls>) -> Box<dyn Fn() -> Result<String, String> + Send + Sync> {
    let tls = Arc::clone(tls);
    Box::new(move || tls.ca_pem().map_err(|error| error.to_string()))
}

/// Returns the certificate of the local authority of these settings, which is made if it does not
/// exist.
///
/// # Errors
///
/// [`TlsError`] if it cannot be read or made.
#[cfg(feature = "cli")]
pub fn ca_pem(config: &Config) -> Result<String, TlsError> {
    let own = SocketAddr::from(([127, 0, 0, 1], 0));
    let forward = Forward::new(&config.network, &config.region.0, own);
    Tls::new(config.network.clone(), forward.names())?.ca_pem()
}

/// Returns the origins whose pages may upload.
fn origins(config: &Config) -> Vec<Glob> {
    match Cors::of(&config.cors) {
        Cors::Off => Vec::new(),
        Cors::Origins(origins) => origins.iter().map(AllowedOrigin::pattern).cloned().collect(),
    }
}

/// Reads the contract from these files, or the built-in one without any.
#[cfg(feature = "schemas")]
pub(super) fn contract(files: &[FilePath]) -> Result<Contract, SetUpError> {
    if files.is_empty() {
        return Ok(Contract::built_in()?);
    }
    let specs = Specs::read(&files.iter().map(|file| file.0.clone()).collect::<Vec<_>>())?;
    let warnings = specs.diagnostics().to_vec();
    let (loaded, unchecked) = (specs.files().to_vec(), specs.undescribed().collect::<Vec<_>>());
    let contract = specs.into_contract()?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    for file in loaded {
        let served = file.operations.iter().filter(|operation| operation.served.is_some()).count();
        tracing::info!(operations = file.operations.len(), served, "the contract is {}", file.name);
    }
    for operation in unchecked {
        if let Some((method, path)) = operation.route() {
            tracing::warn!("{operation} is answered unchecked: no document describes {method} {path}");
        }
    }
    Ok(contract)
}

/// The built-in contract: other documents need the feature `schemas`.
#[cfg(not(feature = "schemas"))]
fn contract(_files: &[FilePath]) -> Result<Contract, SetUpError> {
    Ok(Contract::built_in()?)
}
