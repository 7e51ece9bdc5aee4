//! Single settings, a complete file, and wrong files.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use proptest::prelude::*;

use super::{options::all, *};
use crate::{
    exchange::Severity,
    files::{ApiKey, Dedup, EtagForm, UserId},
    report::Kind,
};

const FULL: &str = include_str!("../../fixtures/config/full.toml");
const PATH: &str = "fixtures/config/full.toml";

/// Options of a command that starts an emulator.
#[derive(Args)]
struct Options {
    #[command(flatten)]
    emulator: Config,
    #[command(flatten)]
    log: LogSettings,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        Self { emulator: settings.emulator, log: settings.log }
    }
}

/// Options of a command that starts none.
struct Server(ServerSettings);

impl From<Settings> for Server {
    fn from(settings: Settings) -> Self {
        Self(settings.server)
    }
}

impl FromArgMatches for Server {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        ServerSettings::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

fn matches<T: Args>(options: &[&str]) -> Result<ArgMatches, String> {
    let command = with_variables(T::augment_args_for_update(Command::new("test")));
    let words = ["test"].into_iter().chain(options.iter().copied());
    command
        .try_get_matches_from(words)
        .map_err(|error| error.to_string().trim_start_matches("error: ").to_owned())
}

/// Reads options, and the file that `--config` names.
fn read_options(options: &[&str]) -> Result<Config, String> {
    let matches = matches::<Options>(options)?;
    let (mut options, file): (Options, _) = read(&matches).map_err(|error| error.to_string())?;
    options.emulator.complete(&matches, file.as_ref()).map_err(|error| error.to_string())?;
    Ok(options.emulator)
}

/// Reads a file in the folder of the fixtures.
fn read_file(content: impl Into<Vec<u8>>) -> Result<Config, String> {
    let file = File::parse(Path::new("fixtures/config/assay.toml"), content.into())
        .map_err(|error| error.to_string())?;
    let mut config = file.settings().emulator.clone();
    let matches = matches::<Options>(&[])?;
    config.complete(&matches, Some(&file)).map_err(|error| error.to_string())?;
    Ok(config)
}

#[test]
fn reads_each_setting() {
    assert_eq!(read_options(&["--url-expiry", "59m50s"]).unwrap().url_expiry.0.as_secs(), 3590);
    assert_eq!(read_options(&["--max-object-size", "64KiB"]).unwrap().max_object_size.0, 65_536);
    assert_eq!(read_options(&["--dedup", "off"]).unwrap().dedup, Dedup::Off);
    assert_eq!(read_options(&["--seed", "7"]).unwrap().seed, Some(Seed(7)));
    assert!(read_options(&["--sign-content-type"]).unwrap().sign_content_type.0);
    assert_eq!(read_options(&["--listen", "[::1]:0"]).unwrap().listen.0, "[::1]:0");
    assert_eq!(read_options(&["--etag", "opaque"]).unwrap().etag, EtagForm::Opaque);
}

#[test]
fn a_mistake_says_where_what_and_how_to_fix_it() {
    for (option, value, message) in [
        ("url-expiry", "soon", "invalid duration `soon`: expected one such as 300ms, 2s, 59m50s or 1h"),
        (
            "url-expiry",
            "8h30m5.5s",
            "invalid lifetime `8h30m5.5s`: expected whole seconds from 1s to 168h, the 7 days that S3 allows",
        ),
        (
            "url-expiry",
            "169h",
            "invalid lifetime `169h`: expected whole seconds from 1s to 168h, the 7 days that S3 allows",
        ),
        (
            "max-object-size",
            "big",
            "invalid size `big`: expected a number of bytes, or one such as 64KiB, 8MiB or 5GiB",
        ),
        ("dedup", "on", "invalid value `on`: expected user, key or off"),
        ("seed", "-1", "invalid number `-1`: expected a whole number from 0"),
        (
            "listen",
            "7979",
            "invalid address `7979`: expected HOST:PORT, such as 127.0.0.1:7979; port 0 picks a free one",
        ),
        (
            "public-url",
            "example.com",
            "invalid URL `example.com`: expected one such as http://assay.test:7979",
        ),
        (
            "public-url",
            "http://a.test/x",
            "invalid URL `http://a.test/x`: expected scheme, host and port, without a path: the path of a presigned URL is signed",
        ),
        (
            "control-host",
            "a.test:80",
            "invalid host name `a.test:80`: expected one such as assay.test, without scheme or port",
        ),
        (
            "cors",
            "http://*.*.test",
            "invalid origin `http://*.*.test`: S3 allows one `*` in an origin; give several origins",
        ),
        ("region", "", "invalid region ``: expected one such as us-east-1"),
        ("api-key", "", "empty API key: expected visible ASCII characters without blanks"),
        ("api-key", "a b\n", "invalid API key: expected visible ASCII characters without blanks"),
        (
            "fault",
            "put:nth=0:close",
            "`nth` is `0`; write a whole number from 1 on\n  |\n1 | put:nth=0:close\n  |         ^",
        ),
    ] {
        let error = read_options(&[&format!("--{option}"), value]).err().unwrap();
        assert_eq!(error.trim_end(), format!("--{option}: {message}"));
    }
    for (option, value, message) in [
        ("cases", "0", "invalid number `0`: expected a whole number from 1"),
        ("case", "-1", "invalid number `-1`: expected a whole number from 0"),
        ("only", "", "empty pattern: expected a check's id, or a pattern such as upload/*"),
        ("max-time", "0s", "invalid duration `0s`: expected more than 0s"),
    ] {
        let error = matches::<SuiteSettings>(&[&format!("--{option}"), value]).err().unwrap();
        assert_eq!(error.trim_end(), format!("--{option}: {message}"));
    }
    for (option, value, message) in [
        ("rate", "fast", "invalid number `fast`: expected a whole number from 1"),
        (
            "prefix",
            "a/b",
            "invalid prefix `a/b`: expected at most 64 letters, digits, dots, hyphens and underscores",
        ),
        ("url", "", "empty URL: expected one such as http://127.0.0.1:7979"),
        ("other-api-key", "a b", "invalid API key: expected visible ASCII characters without blanks"),
    ] {
        let error = matches::<ServerSettings>(&[&format!("--{option}"), value]).err().unwrap();
        assert_eq!(error.trim_end(), format!("--{option}: {message}"));
    }
}

#[test]
fn splits_a_key_at_a_user_id_only() {
    let id = "651eb6e11d156e0d7a42c59d";
    let split: ApiKey = format!("a=b={id}").parse().unwrap();
    assert_eq!(split, ApiKey { key: "a=b".into(), user: id.parse().unwrap() });
    for key in ["abc", "abc==", "a=b", &format!("a{id}"), &format!("a={id}0")] {
        assert_eq!(key.parse::<ApiKey>().unwrap(), ApiKey { key: key.into(), user: UserId::of_key(key) });
    }
}

#[test]
fn rejects_a_key_or_a_user_given_twice() {
    let id = "651eb6e11d156e0d7a42c59d";
    let error = |keys: [&str; 2]| read_options(&["--api-key", keys[0], "--api-key", keys[1]]).err();
    assert_eq!(error(["alice", "alice"]).unwrap(), "--api-key: duplicate API key; give each key once");
    let message = error([&format!("a={id}"), &format!("b={id}")]).unwrap();
    assert!(message.contains("belongs to another key"), "{message}");
    assert_eq!(error(["alice", "bob"]), None);
}

#[test]
fn reads_keys_of_a_file_and_does_not_show_them() {
    let id = "651eb6e11d156e0d7a42c59d";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut read_keys = |content: &str| {
        std::io::Write::write_all(file.as_file_mut(), content.as_bytes()).unwrap();
        read_options(&["--api-key", "first", "--api-key-file", file.path().to_str().unwrap()])
    };
    let config = read_keys(&format!("# ours\n\nalice={id}\r\nbob\n")).unwrap();
    let keys: Vec<_> = config.api_keys.iter().map(|key| key.key.as_str()).collect();
    assert_eq!((keys, config.api_keys[1].user.to_string()), (vec!["first", "alice", "bob"], id.to_owned()));
    let error = read_keys("a secret\n").err().unwrap();
    assert!(
        error.contains("line 5 of") && error.contains("invalid API key") && !error.contains("secret"),
        "{error}"
    );
    let twice = read_options(&["--api-key-file", "/dev/null"]).err().unwrap();
    assert!(twice.starts_with("--api-key-file: no API key in `/dev/null`"), "{twice}");
}

#[test]
fn uses_the_key_of_alloys_variable_where_no_other_is_given() {
    let mut settings = ServerSettings::default();
    assert_eq!(settings.key_or(Some("alice".into())).unwrap().as_deref(), Some("alice"));
    assert_eq!((settings.key_or(Some("".into())).unwrap(), settings.key_or(None).unwrap()), (None, None));
    let error = settings.key_or(Some("al ice".into())).unwrap_err().to_string();
    assert_eq!(error, "ALLOY_API_KEY: invalid API key: expected visible ASCII characters without blanks");
    settings.api_key = Some("bob".parse().unwrap());
    assert_eq!(settings.key_or(Some("al ice".into())).unwrap().as_deref(), Some("bob"));
}

#[test]
fn a_full_file_sets_everything() {
    let config = read_options(&["--config", PATH]).unwrap();
    let (alice, jane): (UserId, UserId) =
        ("651eb6e11d156e0d7a42c59d".parse().unwrap(), "68c3229752345278627ae373".parse().unwrap());
    assert_eq!(config.listen.0, "127.0.0.1:0");
    assert_eq!(config.specs, [FilePath("fixtures/config/../../openapi/alloy-files.yaml".into())]);
    assert_eq!(config.public_url.as_ref().unwrap().to_string(), "http://assay.test:7979");
    assert_eq!(config.control_hosts, ["assay.test", "files.test"].map(|name| HostName(name.to_owned())));
    let NetworkSettings { tls_cert, tls_key, ca_dir, intercept_hosts, allow_hosts } = config.network.clone();
    let files = [tls_cert, tls_key, ca_dir].map(|path| path.unwrap().0);
    let here = |name: &str| Path::new("fixtures/config").join(name);
    assert_eq!(files, [here("certs/localhost.pem"), here("certs/localhost-key.pem"), here("ca")]);
    assert_eq!(intercept_hosts, [HostName("api.example.com".to_owned())]);
    assert_eq!(allow_hosts, [HostPattern("*.npmjs.org".to_owned())]);
    assert_eq!(config.url_expiry.0.as_secs(), 600);
    assert_eq!((config.max_object_size.0, config.spill_over.0), (65_536, 32_768));
    assert_eq!(config.idle_timeout.0.as_secs(), 5);
    assert_eq!(
        (config.dedup, config.sign_content_type, config.etag),
        (Dedup::Key, Switch(true), EtagForm::Opaque)
    );
    assert!(config.no_finding_header.0);
    let origins = ["http://localhost:5173", "http://*.example.test"].map(|origin| origin.parse().unwrap());
    assert_eq!(Cors::of(&config.cors), Cors::Origins(origins.into()));
    assert_eq!((config.region.0.as_str(), config.access_key_id.0.as_str()), ("eu-central-1", "AKIDEXAMPLE"));
    assert_eq!(config.secret_access_key.0, "not-a-real-secret");
    assert_eq!(config.seed, Some(Seed(255)));
    let faults: Vec<_> = config.faults().iter().map(ToString::to_string).collect();
    let expected = [
        "put:filename=*.pdf:nth=1:error=SlowDown",
        "any:probability=0.05:delay=200ms",
        "list:from=10s:for=30s:error=503,retry_after=5s",
        "put:reset=64KiB",
        "put:times=2:error=SlowDown",
    ];
    assert_eq!(faults, expected);
    let defects: Vec<_> = config.defects.iter().map(|defect| defect.id).collect();
    assert_eq!(defects, ["lives-two-hours", "size-in-characters"]);
    let users: Vec<_> = config.api_keys.iter().map(|key| (key.key.as_str(), key.user)).collect();
    assert_eq!(users, [("alice-key", alice), ("bob-key", UserId::of_key("bob-key"))]);
    assert_eq!((config.users[0].account, config.users[0].user), (Some(alice), jane));
    assert_eq!(config.users[0].username, "jane@example.com");
    assert_eq!(config.users[0].full_name.as_deref(), Some("Jane Doe"));
    let files: Vec<_> =
        config.files.iter().map(|f| (f.user, f.filename.as_str(), f.mime_type.as_str())).collect();
    assert_eq!(
        files,
        [(alice, "report.txt", "text/plain"), (jane, "jane's report.bin", "application/x-report")]
    );
    assert_eq!(config.files[0].path, Path::new("fixtures/config/files/report.txt"));
}

#[test]
fn a_full_file_sets_what_run_and_conformance_use() {
    let file = File::parse(Path::new(PATH), FULL.into()).unwrap();
    let Settings { log, serve, run, suite, server, client, .. } = file.settings();
    let here = |name: &str| Some(FilePath(PathBuf::from("fixtures/config").join(name)));
    assert_eq!(log.format, LogFormat::Json);
    assert!(serve.until_stdin_closes.0 && run.pass_with_no_requests.0 && client.persistent.0);
    assert_eq!(run.fail_on.0, Some(Severity::Warning));
    assert!(run.intercept.0 && run.ignores("s3-md5-hex") && !run.ignores("md5-format"));
    let report = ReportFile { kind: Kind::Junit, path: here("assay.xml").unwrap().0 };
    assert_eq!((&run.reports, &suite.reports), (&vec![report.clone()], &vec![report]));
    assert_eq!(run.timeout.as_ref().unwrap().0.as_secs(), 10);
    let selected = ["upload/a", "dedup/a", "expiry/a", "list/a"].map(|id| suite.selects(id));
    assert_eq!(selected, [true, true, false, false]);
    assert_eq!(
        (&suite.cases, &suite.case, &server.rate),
        (&Some(Count(50)), &Some(CaseNumber(3)), &Some(Count(20)))
    );
    assert_eq!(
        (&suite.known_failing, &suite.past_failures),
        (&here("known-failing.txt"), &here("past-failures.txt"))
    );
    assert_eq!((suite.max_time.as_ref().unwrap().0.as_secs(), &suite.timeout), (30, &run.timeout));
    assert!(suite.strict.0 && server.yes_this_is_remote.0);
    assert_eq!(server.prefix.as_ref().unwrap().0, "ci-");
    assert_eq!(server.url.as_ref().unwrap().0, "http://127.0.0.1:7979");
    assert_eq!(server.other_api_key.as_ref().unwrap().0, "another-real-key");
    assert_eq!(server.key_or(Some("of-the-environment".into())).unwrap().as_deref(), Some("alice-key"));
}

#[test]
fn the_full_file_has_every_setting() {
    let in_file = |name: &str| {
        FULL.lines().any(|line| line.starts_with(&format!("{name} = ")) || line == format!("[[{name}]]"))
    };
    // Keys have tables, and a file of their own in a test. The directory must not exist yet: `tests/cli` has it.
    let missing: Vec<_> =
        file::names(&all()).filter(|name| !FULL.contains(&format!("[[{name}]]")) && !in_file(name)).collect();
    assert_eq!(missing, ["api_key_file", "intercept_dir"]);
}

#[test]
fn conformance_accepts_a_key_other_than_the_files_users() {
    assert!(read_options(&["--config", PATH, "--api-key", "mine"]).is_err());
    let command = with_variables(ServerSettings::augment_args_for_update(Command::new("test")));
    let command = with_variables(LogSettings::augment_args_for_update(command));
    let matches = command.get_matches_from(["test", "--config", PATH, "--api-key", "mine"]);
    let (server, _): (Server, _) = read(&matches).unwrap();
    assert_eq!(server.0.key_or(None).unwrap().as_deref(), Some("mine"));
}

#[test]
fn unclaimed_user_belongs_to_the_first_account() {
    let user = "[[user]]\nuser_id = '68c3229752345278627ae373'\nusername = 'jane'\n";
    assert_eq!(read_file(user).unwrap().users[0].account, None);
    let named = read_file(format!("{user}api_key = 'alice-key'\n")).unwrap();
    assert_eq!(named.users[0].account, Some(UserId::of_key("alice-key")));
    // The files exist, so only their owner can be wrong.
    let file = "[[file]]\nuser_id = '68c3229752345278627ae374'\npath = 'files/report.txt'\n";
    assert_eq!(read_file(file).unwrap().files.len(), 1);
}

#[test]
fn usernames_are_unique_in_their_account_only() {
    let user = |id: char, key: &str| {
        let id = id.to_string().repeat(24);
        format!("[[user]]\nuser_id = '{id}'\nusername = 'jane'\napi_key = '{key}'\n")
    };
    assert_eq!(read_file(user('a', "alice") + &user('b', "bob")).unwrap().users.len(), 2);
    let twice = read_file(user('a', "alice") + &user('b', "alice")).err().unwrap();
    assert!(twice.contains("duplicate username `jane`"), "{twice}");
}

#[test]
fn an_option_replaces_the_files_list() {
    let config = read_options(&["--config", PATH, "--defect", "any-md5", "--fault", "put:close"]).unwrap();
    assert_eq!(config.defects.iter().map(|defect| defect.id).collect::<Vec<_>>(), ["any-md5"]);
    assert_eq!((config.rules.len(), config.faults().len()), (1, 4));
}

#[test]
fn rejects_a_file_that_is_not_utf_8() {
    let error = File::parse(Path::new("assay.toml"), b"seed = 1\n\xff\n".to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "assay.toml:2: not valid UTF-8; save the file as UTF-8");
}

/// The keys and secrets of the full file, in the next test.
const SECRETS: [&str; 4] =
    ["q7wz81hx-v2kd93nb", "m4jt62rq-y9pf05lc", "g3vs58bk-w1xz47hd", "t8nc36fy-z5hg92wm"];

fn full_with_secrets() -> String {
    let [first, second, secret, other] = SECRETS;
    let full = FULL.replace("another-real-key", other);
    full.replace("alice-key", first).replace("bob-key", second).replace("not-a-real-secret", secret)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_bytes_make_it_panic(content in any::<Vec<u8>>()) {
        let _ = File::parse(Path::new("assay.toml"), content);
    }

    #[test]
    fn nothing_that_looks_like_toml_makes_it_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "[", "]", "[[", "]]", "\n", "=", " ", ".", ",", "{", "}", "\"", "'", "\"\"\"", "#", "\r\n", "\t",
            "key", "user_id", "api_key", "user", "file", "path", "listen", "seed", "spec", "url_expiry",
            "max_object_size", "quiet", "1", "-5", "0xff", "1.5", "true", "1h", "é", "日本", "\u{1b}", "x",
        ]), 0..40),
    ) {
        let _ = read_file(parts.concat());
    }

    #[test]
    fn no_rule_makes_it_panic(rule in any::<String>()) {
        let _ = read_options(&["--fault", &rule]);
        let _ = read_options(&["--fault", &format!("put:{rule}")]);
    }

    /// No message shows a secret, or half of one, whatever the typing error.
    #[test]
    fn no_typing_error_shows_a_secret(
        at in any::<prop::sample::Index>(),
        removed in 0_usize..12,
        added in prop::sample::select(vec![
            "", "\"", "'", "\n", "=", "[", "]", " ", "x", "#", "\"\"\"", "key = 5\n", "seed = ", "\u{7}",
        ]),
    ) {
        let full = full_with_secrets();
        let at = at.index(full.len());
        let end = (at + removed).min(full.len());
        let typed = format!("{}{added}{}", &full[..at], &full[end..]);
        if let Err(error) = read_file(typed) {
            for secret in SECRETS {
                prop_assert!(!error.contains(&secret[..8]) && !error.contains(&secret[8..]), "{error}");
            }
        }
    }
}
