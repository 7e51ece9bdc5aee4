//! `assay.toml` from outside: what each mistake in it is told as, and what goes before what.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use alloy_assay::{
    config::{Config, ConfigFile, Cors, LogFormat, Origin, Setting},
    exchange::Severity,
    files::{Dedup, UserId},
    report::Kind,
};
use proptest::prelude::*;

use crate::support::program::{Served, assay, mistake, serve};

const FULL: &str = include_str!("../../fixtures/config/full.toml");

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config")
}

/// A folder of this test's own, with this `assay.toml`.
fn folder(name: &str, configuration: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("assay.toml"), configuration).unwrap();
    folder
}

fn list_as(served: &Served, key: &str) -> u16 {
    let headers = format!("authorization: Bearer {key}\r\nx-api-version: 2025-09\r\n");
    served.get("/connectors/files/list", &headers).status
}

/// The golden files: `NAME.toml` has one mistake, `NAME.txt` is what the program says. To write those anew,
/// run it in the folder and read them: `assay serve --config NAME.toml 2> NAME.txt`.
#[test]
fn each_mistake_is_told_with_its_line_a_caret_and_the_way_out() {
    let mut told = 0;
    for entry in fs::read_dir(fixtures()).unwrap() {
        let file = entry.unwrap().path();
        let golden = file.with_extension("txt");
        if file.extension().is_none_or(|end| end != "toml") || file.ends_with("full.toml") {
            continue;
        }
        let name = file.file_name().unwrap().to_str().unwrap();
        let output = assay(&["serve", "--config", name]).current_dir(fixtures()).output().unwrap();
        let expected = fs::read_to_string(&golden).unwrap_or_else(|error| panic!("{golden:?}: {error}"));
        assert_eq!(mistake(&output), expected, "{name}");
        told += 1;
    }
    assert!(told > 40, "{told}");
}

#[test]
fn no_message_shows_a_key_or_a_secret() {
    for entry in fs::read_dir(fixtures()).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|end| end == "txt") {
            let told = fs::read_to_string(&file).unwrap().replace("= \"alice-key\"\n", "");
            for secret in ["alice", "alcie", "bob-key", "nobody-may-see", "1234567890", "qdef"] {
                assert!(!told.contains(secret), "{file:?}: {told}");
            }
        }
    }
}

#[test]
fn a_full_file_sets_everything() {
    let path = Path::new("fixtures/config/full.toml");
    let file = ConfigFile::parse(path, FULL.into()).unwrap();
    let config = Config::read(&[], Some(&file)).unwrap();
    let (alice, jane): (UserId, UserId) =
        ("651eb6e11d156e0d7a42c59d".parse().unwrap(), "68c3229752345278627ae373".parse().unwrap());
    assert_eq!(config.listen, "127.0.0.1:0");
    assert_eq!(config.specs, [Path::new("fixtures/config/../../openapi/alloy-files.yaml")]);
    assert_eq!(config.public_url.unwrap().to_string(), "http://assay.test:7979");
    assert_eq!(config.control_hosts, ["assay.test", "files.test"]);
    assert_eq!(config.url_expiry, Duration::from_mins(10));
    assert_eq!((config.max_object_size, config.spill_over), (65_536, 32_768));
    assert_eq!(config.idle_timeout, Duration::from_secs(5));
    assert_eq!((config.dedup, config.sign_content_type), (Dedup::Key, true));
    let origins = ["http://localhost:5173", "http://*.example.test"].map(|origin| origin.parse().unwrap());
    assert_eq!(config.cors, Some(Cors::Origins(origins.into())));
    assert_eq!((config.region.as_str(), config.access_key_id.as_str()), ("eu-central-1", "AKIDEXAMPLE"));
    assert_eq!(config.secret_access_key, "not-a-real-secret");
    assert_eq!((config.seed, config.logging.format), (Some(255), LogFormat::Json));
    let faults: Vec<_> = config.faults.iter().map(ToString::to_string).collect();
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
fn a_full_file_sets_what_run_and_conformance_make_of_it() {
    let path = Path::new("fixtures/config/full.toml");
    let file = ConfigFile::parse(path, FULL.into()).unwrap();
    let config = Config::read(&[], Some(&file)).unwrap();
    let here = |name: &str| Some(Path::new("fixtures/config").join(name));
    assert_eq!(config.run.fail_on, Some(Severity::Warning));
    assert!(config.run.ignores("s3-md5-hex") && !config.run.ignores("md5-format"));
    assert_eq!(
        (config.reports[0].kind, here("assay.xml")),
        (Kind::Junit, Some(config.reports[0].path.clone()))
    );
    assert_eq!(config.timeout, Some(Duration::from_secs(10)));
    let settings = &config.conformance;
    assert_eq!((settings.cases, settings.case, settings.rate), (Some(50), Some(3), Some(20)));
    let selected = ["upload/a", "dedup/a", "expiry/a", "list/a"].map(|id| settings.selection.has(id));
    assert_eq!(selected, [true, true, false, false]);
    assert_eq!(settings.known_failing, here("known-failing.txt"));
    assert_eq!(settings.past_failures, here("past-failures.txt"));
    assert_eq!(settings.max_time, Some(Duration::from_secs(30)));
    assert!(settings.strict && settings.yes_this_is_remote);
    assert_eq!(
        (settings.prefix.as_deref(), settings.url.as_deref()),
        (Some("ci-"), Some("http://127.0.0.1:7979"))
    );
    assert_eq!(settings.other_api_key.as_deref(), Some("another-real-key"));
    assert_eq!(config.key_or(Some("of-the-environment".into())).unwrap().as_deref(), Some("alice-key"));
}

#[test]
fn who_starts_no_emulator_may_have_another_key_than_the_files_users() {
    let file = ConfigFile::parse(Path::new("fixtures/config/full.toml"), FULL.into()).unwrap();
    let key = Setting { name: "api_key".to_owned(), value: "mine".to_owned(), origin: Origin::Flag };
    assert!(Config::read(std::slice::from_ref(&key), Some(&file)).is_err());
    let config = Config::read_without_people(&[key], Some(&file)).unwrap();
    assert_eq!(config.key_or(None).unwrap().as_deref(), Some("mine"));
}

/// Reads a file that stands in the folder of the fixtures.
fn read(text: &str) -> Result<Config, String> {
    let file = ConfigFile::parse(Path::new("fixtures/config/assay.toml"), text.into());
    let config = file.and_then(|file| Config::read(&[], Some(&file)));
    config.map_err(|error| error.to_string())
}

#[test]
fn without_keys_a_user_belongs_to_the_account_that_is_named_or_to_the_first_that_names_it() {
    let user = "[[user]]\nuser_id = '68c3229752345278627ae373'\nusername = 'jane'\n";
    assert_eq!(read(user).unwrap().users[0].account, None);
    let named = read(&format!("{user}api_key = 'alice-key'\n")).unwrap();
    assert_eq!(named.users[0].account, Some(UserId::of_key("alice-key")));
    // Its files are there whoever it turns out to belong to.
    let file = "[[file]]\nuser_id = '68c3229752345278627ae374'\npath = 'files/report.txt'\n";
    assert_eq!(read(file).unwrap().files.len(), 1);
}

#[test]
fn usernames_are_unique_in_their_account_alone() {
    let user = |id: char, key: &str| {
        let id = id.to_string().repeat(24);
        format!("[[user]]\nuser_id = '{id}'\nusername = 'jane'\napi_key = '{key}'\n")
    };
    assert_eq!(read(&(user('a', "alice") + &user('b', "bob"))).unwrap().users.len(), 2);
    let twice = read(&(user('a', "alice") + &user('b', "alice"))).err().unwrap();
    assert!(twice.contains("`jane` is another user of this account"), "{twice}");
}

#[test]
fn the_file_of_the_working_directory_is_read_below_environment_and_flags() {
    let folder = folder("precedence", "[[api_key]]\nkey = 'file-1'\n[[api_key]]\nkey = 'file-2'\n");
    let start = |command: &mut Command| Served::start(command.current_dir(&folder));
    let keys = ["file-1", "file-2", "environment", "flag"];
    let good = |served: &Served| keys.map(|key| list_as(served, key) == 200);

    assert_eq!(good(&start(&mut serve(&[]))), [true, true, false, false]);
    // A list is replaced whole.
    let by_environment = start(serve(&[]).env("ASSAY_API_KEY", "environment"));
    assert_eq!(good(&by_environment), [false, false, true, false]);
    let by_flag = start(serve(&["--api-key", "flag"]).env("ASSAY_API_KEY", "environment"));
    assert_eq!(good(&by_flag), [false, false, false, true]);
}

#[test]
fn a_defect_of_a_flag_stands_for_those_of_the_file() {
    let file = ConfigFile::parse(Path::new("fixtures/config/full.toml"), FULL.into()).unwrap();
    let (name, value) = ("defect".to_owned(), "any-md5".to_owned());
    let config = Config::read(&[Setting { name, value, origin: Origin::Flag }], Some(&file)).unwrap();
    assert_eq!(config.defects.iter().map(|defect| defect.id).collect::<Vec<_>>(), ["any-md5"]);
}

#[test]
#[cfg(unix)]
fn how_to_log_and_the_seed_come_from_the_file_unless_something_stands_over_it() {
    let folder = folder("logging", "quiet = true\nseed = 11\nlog = 'json'\n");
    let log = |command: &mut Command| Served::start(command.current_dir(&folder)).end("-TERM").0;
    assert_eq!(log(&mut serve(&[])), "");
    let told = log(&mut serve(&["-v"]));
    assert!(told.contains(r#""seed":11"#) && told.contains("settings read from assay.toml"), "{told}");
    let told = log(serve(&["--log", "text", "--seed", "12"]).env("ASSAY_QUIET", "0"));
    assert!(told.contains("seed=12") && told.contains("settings read from assay.toml"), "{told}");
}

#[test]
fn a_file_is_named_by_flag_or_environment_and_has_to_be_there() {
    let folder = folder("named", "listen = 'nowhere'\n");
    fs::write(folder.join("other.toml"), "[[api_key]]\nkey = 'other'\n").unwrap();
    let other = Served::start(serve(&["--config", "other.toml"]).current_dir(&folder));
    assert_eq!((list_as(&other, "other"), list_as(&other, "any")), (200, 401));
    let other = Served::start(serve(&[]).env("ASSAY_CONFIG", "other.toml").current_dir(&folder));
    assert_eq!(list_as(&other, "any"), 401);

    let told = |command: &mut Command| mistake(&command.current_dir(&folder).output().unwrap());
    assert_eq!(
        told(&mut assay(&["serve", "--config", "gone.toml"])),
        "assay: --config: there is no file `gone.toml`; name a file of settings, such as assay.toml\n"
    );
    let by_environment = told(assay(&["serve"]).env("ASSAY_CONFIG", "."));
    assert!(by_environment.starts_with("assay: ASSAY_CONFIG: `.` cannot be read: "), "{by_environment}");
    // A mistake of the file is one even where a flag stands over it.
    let below = told(&mut assay(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(below.starts_with("assay: assay.toml:1:10: `nowhere` is no address"), "{below}");
}

#[test]
fn what_is_no_text_at_all_is_told_by_its_line() {
    let told = ConfigFile::parse(Path::new("assay.toml"), b"seed = 1\n\xff\n".to_vec()).unwrap_err();
    assert_eq!(told.to_string(), "assay.toml:2: this line is no UTF-8; save the file as UTF-8");
}

/// What stands in the full file where it has keys and a secret, and in no message of ours.
const SECRETS: [&str; 4] =
    ["q7wz81hx-v2kd93nb", "m4jt62rq-y9pf05lc", "g3vs58bk-w1xz47hd", "t8nc36fy-z5hg92wm"];

fn full_with_secrets() -> String {
    let [first, second, secret, other] = SECRETS;
    let full = FULL.replace("another-real-key", other);
    full.replace("alice-key", first).replace("bob-key", second).replace("not-a-real-secret", secret)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_makes_it_panic(content in any::<Vec<u8>>()) {
        let _ = ConfigFile::parse(Path::new("assay.toml"), content);
    }

    #[test]
    fn nothing_that_looks_like_toml_makes_it_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "[", "]", "[[", "]]", "\n", "=", " ", ".", ",", "{", "}", "\"", "'", "\"\"\"", "#", "\r\n", "\t",
            "key", "user_id", "api_key", "user", "file", "path", "listen", "seed", "spec", "url_expiry",
            "max_object_size", "quiet", "1", "-5", "0xff", "1.5", "true", "1h", "é", "日本", "\u{1b}", "x",
        ]), 0..40),
    ) {
        let _ = read(&parts.concat());
    }

    /// Whatever slip of the pen a file has, what is told about it does not tell its secrets.
    #[test]
    fn no_slip_of_the_pen_tells_a_secret(
        at in any::<prop::sample::Index>(),
        removed in 0_usize..12,
        added in prop::sample::select(vec![
            "", "\"", "'", "\n", "=", "[", "]", " ", "x", "#", "\"\"\"", "key = 5\n", "seed = ", "\u{7}",
        ]),
    ) {
        let full = full_with_secrets();
        let at = at.index(full.len());
        let end = (at + removed).min(full.len());
        let slip = format!("{}{added}{}", &full[..at], &full[end..]);
        if let Err(told) = read(&slip) {
            for secret in SECRETS {
                // Half of one would be too much as well.
                prop_assert!(!told.contains(&secret[..8]) && !told.contains(&secret[8..]), "{told}");
            }
        }
    }
}
