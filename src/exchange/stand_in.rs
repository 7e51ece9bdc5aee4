//! Texts that a program prints in place of a value: `[object Object]`, `undefined`, `b'…'`, `***`. They are
//! found as file content, as digests, in paths and in credentials.

/// The longest text that is looked at, in bytes: what programs print in place of a value is short.
const MAX_LENGTH: usize = 300;

/// Prefixes and suffixes of these texts, with their descriptions. The first match counts.
const STAND_INS: &[(&str, &str, &str)] = &[
    ("[object Promise]", "", "a JavaScript promise that was not awaited"),
    ("Promise {", "}", "a JavaScript promise that was not awaited"),
    ("[object ", "]", "a JavaScript object turned into text"),
    ("function ", "}", "a JavaScript function that was not called"),
    ("async function ", "}", "a JavaScript function that was not called"),
    ("<coroutine object", ">", "a Python coroutine that was not awaited"),
    ("<built-in method", ">", "a Python method that was not called: `()` is missing"),
    ("<bound method", ">", "a Python method that was not called: `()` is missing"),
    ("<_io.", ">", "a Python file object turned into text"),
    ("<memory at 0x", ">", "a Python object turned into text"),
    ("<Response [", "]>", "a Python object turned into text"),
    ("<Future ", ">", "a Python future that was not awaited"),
    ("<Task ", ">", "a Python task that was not awaited"),
    ("System.Threading.Tasks.Task", "", "a .NET task that was not awaited"),
    ("System.", "", "a .NET object turned into text"),
    ("[B@", "", "a Java byte array turned into text"),
    ("#<", ">", "a Ruby object turned into text"),
    ("Resource id #", "", "a PHP resource turned into text"),
    ("Instance of 'Future", "'", "a Dart future that was not awaited"),
    ("Instance of '", "'", "a Dart object turned into text"),
    ("File: '", "'", "a Dart file object turned into text"),
    ("${", "}", "a placeholder that was not filled in"),
    ("{{", "}}", "a placeholder that was not filled in"),
];

/// The same for whole texts.
const WORDS: &[(&str, &str)] = &[
    ("undefined", "JavaScript's `undefined`: the variable has no value"),
    ("null", "`null`: the variable has no value"),
    ("None", "Python's `None`: the variable has no value"),
    ("nil", "`nil`: the variable has no value"),
    ("<nil>", "Go's `nil`: the variable has no value"),
    ("NaN", "JavaScript's `NaN`, which is not a number"),
    ("true", "a truth value turned into text"),
    ("false", "a truth value turned into text"),
    ("{}", "an empty JSON object, as `JSON.stringify` makes of a `Blob`, a `File` or an `ArrayBuffer`"),
    ("[]", "an empty list"),
    ("\"\"", "an empty JSON string"),
    ("\"undefined\"", "JavaScript's `undefined`: the variable has no value"),
    ("Array", "a PHP array turned into text"),
];

/// Describes a text that replaces a value, as a noun phrase.
pub fn stand_in(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH || text.contains('\n') {
        return None;
    }
    if is_masked(text) {
        return Some("a mask that a log or a CI system put in place of a secret");
    }
    let word = WORDS.iter().find(|(word, _)| *word == text).map(|(_, what)| *what);
    let fits = |(begin, end, _): &&(&str, &str, &str)| {
        text.len() >= begin.len() + end.len() && text.starts_with(begin) && text.ends_with(end)
    };
    let shape = || STAND_INS.iter().find(fits).map(|(_, _, what)| *what);
    let object = || is_python_object(text).then_some("a Python object turned into text");
    let java = || is_java_object(text).then_some("a Java object turned into text");
    word.or_else(shape).or_else(object).or_else(java)
}

/// Returns whether a text is what logs and CI systems show instead of a secret.
pub fn is_masked(text: &str) -> bool {
    let text = text.trim();
    let bare = text.trim_matches(['[', ']', '<', '>', '(', ')', '{', '}']);
    let words = ["masked", "redacted", "filtered", "secret", "hidden", "removed", "redact"];
    let is_word = bare.len() < text.len() && words.iter().any(|word| bare.eq_ignore_ascii_case(word));
    let is_row = |mark: char| text.chars().count() >= 3 && text.chars().all(|character| character == mark);
    is_word || ['*', '•', '█', 'X'].into_iter().any(is_row) || text.contains("***")
}

/// `<botocore.response.StreamingBody object at 0x7f2c…>`.
fn is_python_object(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>') && text.contains(" at 0x")
}

/// `java.io.FileInputStream@1b6d3586`.
fn is_java_object(text: &str) -> bool {
    let Some((class, hash)) = text.rsplit_once('@') else { return false };
    let is_name = |name: &str| {
        let mut characters = name.chars();
        characters.next().is_some_and(char::is_alphabetic)
            && characters.all(|character| character.is_alphanumeric() || "_$".contains(character))
    };
    class.contains('.')
        && class.split('.').all(is_name)
        && (1..=8).contains(&hash.len())
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_text_in_place_of_a_value() {
        for (text, telling) in [
            ("[object Object]", "JavaScript object"),
            ("[object Promise]", "not awaited"),
            (" undefined\n", "undefined"),
            ("None", "Python"),
            ("{}", "JSON.stringify"),
            ("<_io.BufferedReader name='p.jpg'>", "Python file object"),
            ("<built-in method hexdigest of _hashlib.HASH object at 0x7f>", "not called"),
            ("<botocore.response.StreamingBody object at 0x7f2c>", "Python object"),
            ("[B@6d06d69c", "Java byte array"),
            ("java.io.FileInputStream@1b6d3586", "Java object"),
            ("System.Byte[]", ".NET object"),
            ("#<File:0x000055d>", "Ruby"),
            ("${FILE}", "placeholder"),
            ("***", "mask"),
            ("[MASKED]", "mask"),
            ("AKIA***", "mask"),
        ] {
            assert!(
                stand_in(text).is_some_and(|what| what.contains(telling)),
                "{text}: {:?}",
                stand_in(text)
            );
        }
    }

    #[test]
    fn leaves_other_text_alone() {
        for text in
            ["", "file", "masked", "a@b.example", "jane@example.com", "report.pdf", "0", "XX", "<p>hello</p>"]
        {
            assert_eq!(stand_in(text), None, "{text}");
        }
    }
}
