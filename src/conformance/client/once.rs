//! A process for each file: its last line on stdout is the key, its exit code says whether it succeeded.

use std::{cell::Cell, ffi::OsString, process::ExitStatus, time::Duration};

use tokio::process::Child;

use super::{
    command::{BadCommand, Words},
    harness::{ClientRun, Job, until},
    outcome::Outcome,
    output::Tail,
};

/// Runs the client for one file, with these additional variables, until it ends, times out, or the verdict is certain.
pub(super) async fn run(
    words: &Words,
    variables: Vec<(&'static str, OsString)>,
    job: &Job<'_>,
    timeout: Duration,
    is_certain: &dyn Fn() -> bool,
) -> Result<ClientRun, BadCommand> {
    let mut command = words.for_file(job.path)?;
    command.envs(variables).envs([
        ("ALLOY_BASE_URL", job.base_url),
        ("ALLOY_API_KEY", job.api_key),
        ("ALLOY_USER_ID", job.user_id),
        ("ALLOY_FILENAME", job.filename),
        ("ALLOY_MIME_TYPE", job.mime_type),
    ]);
    let mut child = command.spawn().map_err(|source| words.not_started(source))?;
    let group = Group::of(&child);
    let (mut out, mut err) = (Tail::default(), Tail::default());
    let streams = (child.stdout.take(), child.stderr.take());
    let ended = {
        let (out, err) = (&mut out, &mut err);
        let read = async {
            let (Some(mut stdout), Some(mut stderr)) = streams else { return };
            tokio::join!(out.read(&mut stdout), err.read(&mut stderr));
        };
        let ends = async {
            // Processes that it left behind may hold the streams; they end with its group.
            let status = child.wait().await;
            let left = group.end();
            (status, left)
        };
        let all = async { tokio::join!(read, ends).1 };
        tokio::select! {
            (status, left) = all => Ok((status, left)),
            () = until(is_certain) => Err(Outcome::Ended),
            () = super::harness::after(timeout) => Err(Outcome::Nothing(timeout)),
        }
    };
    group.end();
    let outcome = match ended {
        Ok((_, true)) => {
            Outcome::Nonsense("the client ended and left processes behind, which were ended".to_owned())
        }
        Ok((Ok(status), false)) => of_end(status, &out, &err),
        Ok((Err(error), false)) => Outcome::Nonsense(format!("how the client ended is not known: {error}")),
        Err(outcome) => outcome,
    };
    Ok(ClientRun { outcome, output: printed(&out, &err) })
}

fn of_end(status: ExitStatus, out: &Tail, err: &Tail) -> Outcome {
    match status.code() {
        Some(0) => match out.last_line() {
            Some(key) => Outcome::Done(key),
            None => Outcome::Nonsense(
                "the client ended with exit code 0, and printed no key on stdout".to_owned(),
            ),
        },
        Some(code) => {
            let why = err.last_error();
            let has_reason = why.is_some();
            let why = why.map(|line| format!(": {line}")).unwrap_or_default();
            Outcome::Failed { how: format!("exit code {code}{why}"), has_reason }
        }
        None => Outcome::Nonsense(format!("the client crashed ({status})")),
    }
}

/// Returns the output of both streams.
pub(super) fn printed(out: &Tail, err: &Tail) -> String {
    let part = |name: &str, tail: &Tail| {
        let text = tail.text();
        if text.is_empty() { String::new() } else { format!("{name}:\n{}\n", text.trim_end()) }
    };
    format!("{}{}", part("stdout", out), part("stderr", err))
}

/// A client's process group, which is killed with all that the client started: by [`Self::end`], or on drop, since a
/// case may be given up in the middle.
#[derive(Debug)]
pub(super) struct Group(Cell<Option<u32>>);

impl Group {
    pub(super) fn of(child: &Child) -> Self {
        Self(Cell::new(child.id()))
    }

    /// Kills the rest of the process group; returns whether there was any.
    pub(super) fn end(&self) -> bool {
        // Only once: by then the number may be another group's.
        self.0.take().is_some_and(end_group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn end_group(id: u32) -> bool {
    use rustix::process::{Pid, Signal, kill_process_group};
    let id = id.try_into().ok().and_then(Pid::from_raw);
    id.is_some_and(|id| kill_process_group(id, Signal::KILL).is_ok())
}

#[cfg(not(unix))]
fn end_group(_id: u32) -> bool {
    false
}
