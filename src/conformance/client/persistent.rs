//! One process for all files, which reads and writes a JSON object a line.

use std::{
    ffi::OsString,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout},
};

use super::{
    command::{BadCommand, Words},
    harness::{ClientRun, Job, after, until},
    once::Group,
    outcome::Outcome,
    output::Tail,
};

/// The longest line that is read, in bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// A running client.
pub(super) struct Process {
    /// Dropped first: it kills all that the child has started.
    group: Group,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    out: Tail,
    err: Arc<Mutex<Tail>>,
    cases: u64,
}

impl Process {
    /// Starts it with these variables.
    pub(super) fn start(words: &Words, variables: Vec<(&'static str, OsString)>) -> Result<Self, BadCommand> {
        let mut command = words.for_all()?;
        command.envs(variables);
        command.stdin(std::process::Stdio::piped());
        let mut child = command.spawn().map_err(|source| words.not_started(source))?;
        let group = Group::of(&child);
        let gone = || words.not_started(std::io::ErrorKind::BrokenPipe.into());
        let stdin = child.stdin.take().ok_or_else(gone)?;
        let stdout = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        let mut stderr = child.stderr.take().ok_or_else(gone)?;
        let err = Arc::new(Mutex::new(Tail::default()));
        let kept = Arc::clone(&err);
        tokio::spawn(async move {
            let mut buffer = vec![0; 8 << 10];
            while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
                lock(&kept).push(&buffer[..read]);
            }
        });
        Ok(Self { group, child, stdin, stdout, out: Tail::default(), err, cases: 0 })
    }

    /// Has it upload one file. If it breaks the protocol, it is ended, and `None` returned in its place.
    pub(super) async fn run(
        mut self,
        job: &Job<'_>,
        timeout: Duration,
        is_certain: &dyn Fn() -> bool,
    ) -> (ClientRun, Option<Self>) {
        self.cases += 1;
        self.out = Tail::default();
        *lock(&self.err) = Tail::default();
        let case = self.cases;
        let outcome = tokio::select! {
            outcome = self.ask(case, job) => outcome,
            () = until(is_certain) => Outcome::Ended,
            () = after(timeout) => Outcome::Nothing(timeout),
        };
        let output = super::once::printed(&self.out, &lock(&self.err));
        let goes_on = matches!(outcome, Outcome::Done(_) | Outcome::Failed { .. });
        let run = ClientRun { outcome, output };
        if goes_on {
            return (run, Some(self));
        }
        self.group.end();
        let _ = self.child.wait().await;
        (run, None)
    }

    async fn ask(&mut self, case: u64, job: &Job<'_>) -> Outcome {
        let line = json!({
            "case": case,
            "baseUrl": job.base_url,
            "apiKey": job.api_key,
            "userId": job.user_id,
            "file": job.path.to_string_lossy(),
            "filename": job.filename,
            "mimeType": job.mime_type,
        });
        let written = self.stdin.write_all(format!("{line}\n").as_bytes()).await;
        if written.is_err() || self.stdin.flush().await.is_err() {
            return self.crashed("it took no case any more").await;
        }
        let mut line = Vec::new();
        let read = (&mut self.stdout).take(LONGEST_LINE).read_until(b'\n', &mut line).await;
        self.out.push(&line);
        match read {
            Ok(1..) if line.ends_with(b"\n") => answer(case, &line),
            Ok(1..) if line.len() as u64 >= LONGEST_LINE => {
                Outcome::Nonsense(format!("the client printed a line of more than {LONGEST_LINE} bytes"))
            }
            _ => self.crashed("it printed no answer").await,
        }
    }

    async fn crashed(&mut self, what: &str) -> Outcome {
        let status = self.child.wait().await;
        let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        Outcome::Nonsense(format!("the client ended in the middle of its work ({how}): {what}"))
    }
}

fn lock(tail: &Mutex<Tail>) -> MutexGuard<'_, Tail> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Parses the answer to a case.
fn answer(case: u64, line: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(line);
    let shown: String = text.trim_end().chars().take(120).collect();
    let Ok(answer) = serde_json::from_slice::<Value>(line) else {
        return Outcome::Nonsense(format!("the client printed a line on stdout that is not JSON: {shown}"));
    };
    if answer["case"].as_u64().is_none() {
        return Outcome::Nonsense(format!("the client's answer has no number as its `case`: {shown}"));
    }
    if answer["case"].as_u64() != Some(case) {
        return Outcome::Nonsense(format!("the client answered another case than {case}: {shown}"));
    }
    match (answer["s3Key"].as_str(), answer["error"].as_str()) {
        (Some(key), None) => Outcome::Done(key.to_owned()),
        (None, Some(error)) => {
            Outcome::Failed { how: error.to_owned(), has_reason: !error.trim().is_empty() }
        }
        _ => Outcome::Nonsense(format!("the client's answer has neither s3Key nor error, or both: {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_answer_to_its_case_or_nonsense() {
        assert_eq!(answer(7, br#"{"case": 7, "s3Key": "k"}"#), Outcome::Done("k".into()));
        let failed = Outcome::Failed { how: "no".into(), has_reason: true };
        assert_eq!(answer(7, br#"{"case": 7, "error": "no"}"#), failed);
        for line in
            ["uploading…", r#"{"case": 6, "s3Key": "k"}"#, r#"{"case": "7", "s3Key": "k"}"#, r#"{"case": 7}"#]
        {
            assert!(matches!(answer(7, line.as_bytes()), Outcome::Nonsense(_)), "{line}");
        }
    }
}
