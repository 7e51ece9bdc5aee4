//! The keys for the signers: some with a purpose, the rest from a seeded generator, so that each run has the same.

use fastrand::Rng;

/// Number of keys.
pub const COUNT: usize = 200;

/// S3's limit for a key, in bytes.
const MAX_BYTES: usize = 1024;

/// Keys with a known or likely problem.
const PARTICULAR: &[&str] = &[
    // Plain ones, and blanks.
    "a",
    "reports/2026/report.pdf",
    "a b",
    " a  b ",
    " ",
    // Plus signs and escapes, which one decoding too many or too few would change.
    "a+b",
    "+",
    "a%20b",
    "a%2Bb%2fc",
    "%",
    "100%",
    "%%",
    "%zz%4",
    "%25252F",
    "%c3%28",
    // Slashes and dots, which must stay.
    "/",
    "//",
    "/lead",
    "//lead//double///",
    "trail/",
    "a//b",
    ".",
    "..",
    "...",
    "./a",
    "../a",
    "a/.",
    "a/..",
    "a/./b",
    "a/../b",
    "/../../etc/passwd",
    "%2e%2e/a",
    "..%2fa",
    "a\\..\\b",
    // Characters with a meaning in a URL, in a shell, in XML.
    "!*'();:@&=+$,/?#[]~",
    "!*'()",
    ":",
    "a:b@c",
    "http://other.example/a",
    "?",
    "a?b=c&d=e",
    "a#b",
    "?X-Amz-Signature=0&X-Amz-Date=1",
    "a;b,c",
    "~-._",
    "'it''s'",
    "\"quoted\"",
    "`$(id)` ${HOME}",
    "<a href=\"b\">&amp;</a>",
    "{a}|b^c",
    // Text with a meaning for the emulator, if the bucket is not in the path.
    "alloy-user-files",
    "alloy-user-files/a",
    "alloy-user-files//a",
    "_assay/health",
    "connectors/files/list",
    "2025-09/connectors/files/upload/request",
    // Control characters, which S3 advises against and takes.
    "\t",
    "a\tb",
    "a\nb",
    "a\r\nhost: b",
    "\u{1}\u{8}\u{b}\u{1f}",
    "a\u{7f}b",
    "\0",
    // One text in several forms: each is another key.
    "é",
    "e\u{301}",
    "Å",
    "A\u{30a}",
    "\u{212b}",
    "한글",
    "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
    "\u{fb01}n",
    "ıİiI",
    // Scripts, emoji, and characters that are not seen.
    "日本語のファイル.pdf",
    "汉字/漢字",
    "отчёт за год.doc",
    "Ελληνικά",
    "العربية",
    "עברית",
    "हिन्दी",
    "ไทย",
    "ქართული",
    "አማርኛ",
    "Übergröße/Straße",
    "😀",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 🇩🇪 👍🏽",
    "\u{feff}bom",
    "\u{202e}fdp.exe",
    "a\u{a0}b\u{2003}c\u{3000}d",
    "a\u{200b}b\u{ad}c",
    "\u{80}\u{9f}",
    "\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10ffff}",
];

/// Pieces for the generator.
const PIECES: &[&[&str]] = &[
    &["a", "B", "0", "report", "final (2)", "-", "_", ".", "~", ".pdf", ".tar.gz"],
    &["!", "*", "'", "(", ")", ";", ":", "@", "&", "=", "+", "$", ",", "?", "#", "[", "]"],
    &["%", "%20", "%2F", "%2f", "%41", "%C3%A9", "%00", "%u00e9"],
    &["/", "//", "/./", "/../", ".", ".."],
    &[" ", "  ", "\t", "\n", "\r", "\u{a0}", "\u{2028}", "\u{1}", "\u{1b}", "\u{7f}"],
    &["\"", "<", ">", "\\", "^", "`", "{", "|", "}"],
    &["é", "e\u{301}", "ß", "Ж", "λ", "ع", "ש", "क्ष", "ก็", "語", "한", "\u{1112}\u{1161}\u{11ab}"],
    &["😀", "🦀", "👍🏽", "🇫🇷", "👩\u{200d}💻", "𝒳", "𐍈", "\u{fe0f}", "\u{10fffd}"],
];

/// 200 different keys, the same in every run.
pub fn keys() -> Vec<String> {
    let mut keys: Vec<String> = PARTICULAR.iter().map(|key| (*key).to_owned()).collect();
    // As long as a key can be, in characters of each length.
    keys.extend(["a", "%", " ", "/", "é", "a/", "😀"].map(|unit| unit.repeat(MAX_BYTES / unit.len())));
    keys.extend(["語".repeat(341) + "a", "x".repeat(MAX_BYTES - 1)]);
    let mut rng = Rng::with_seed(20_260_102);
    while keys.len() < COUNT {
        let key = generate(&mut rng);
        if !key.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// One of up to twenty pieces; now and then one that is nearly too long.
fn generate(rng: &mut Rng) -> String {
    let (pieces, room) = if rng.u8(..8) == 0 {
        (usize::MAX, MAX_BYTES - rng.usize(..8))
    } else {
        (rng.usize(1..=20), MAX_BYTES)
    };
    let mut key = String::new();
    for _ in 0..pieces {
        let kind = PIECES[rng.usize(..PIECES.len())];
        let piece = kind[rng.usize(..kind.len())];
        if key.len() + piece.len() > room {
            break;
        }
        key.push_str(piece);
    }
    key
}

#[test]
fn the_keys_are_different_legal_and_of_every_kind() {
    let keys = keys();
    assert_eq!(keys, super::keys::keys(), "each run has the same");
    let different: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!((keys.len(), different.len()), (COUNT, COUNT));
    assert!(keys.iter().all(|key| (1..=MAX_BYTES).contains(&key.len())));
    assert!(keys.iter().filter(|key| key.len() > 1000).count() >= 15);
    for character in "!*'();:@&=+$,/?#[]~%\\\"<>`{|}^ \t\n\r".chars() {
        assert!(keys.iter().filter(|key| key.contains(character)).count() > 2, "{character:?}");
    }
}
