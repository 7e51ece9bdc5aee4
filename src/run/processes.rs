//! A command with all processes that it started, to end them after a time-out.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group};

/// A process that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    id: i32,
    parent: i32,
    group: i32,
}

/// Processes of a command. Remembers all it has seen, since the system reassigns children of a dead parent.
#[derive(Debug)]
pub(super) struct Processes {
    /// The command itself.
    root: Pid,
    /// Whether the command leads its own process group.
    leads_group: bool,
    seen: BTreeSet<i32>,
}

/// Makes orphans our children, where the system can (Linux). Call it before the command starts.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(getpid())) {
        tracing::debug!(%error, "who loses its parent is not found");
    }
}

impl Processes {
    pub(super) fn of(root: Pid, leads_group: bool) -> Self {
        Self { root, leads_group, seen: BTreeSet::from([root.as_raw_pid()]) }
    }

    /// Sends a signal to all of them.
    pub(super) fn send(&mut self, signal: Signal) {
        let running = self.running();
        // One that is gone meanwhile needs none.
        if self.leads_group {
            let _ = kill_process_group(self.root, signal);
        }
        let group = self.root.as_raw_pid();
        for process in running.iter().filter(|process| !self.leads_group || process.group != group) {
            let _ = Pid::from_raw(process.id).map(|id| kill_process(id, signal));
        }
    }

    /// Returns whether none runs any more.
    pub(super) fn are_gone(&mut self) -> bool {
        self.running().is_empty()
    }

    /// Returns the processes of the command that run.
    fn running(&mut self) -> Vec<Process> {
        let group = self.leads_group.then(|| self.root.as_raw_pid());
        family(&all(), &mut self.seen, group, getpid().as_raw_pid())
    }
}

/// Adds to `seen` the processes of `all` whose parent is there, that are our children or of this
/// group; returns them. We ourselves do not belong to it.
fn family(all: &[Process], seen: &mut BTreeSet<i32>, group: Option<i32>, ourselves: i32) -> Vec<Process> {
    let is_new = |process: &&Process, seen: &BTreeSet<i32>| {
        let parent = process.parent;
        let is_one = seen.contains(&parent) || parent == ourselves || Some(process.group) == group;
        is_one && process.id != ourselves && !seen.contains(&process.id)
    };
    while let Some(process) = all.iter().find(|process| is_new(process, seen)) {
        seen.insert(process.id);
    }
    all.iter().filter(|process| seen.contains(&process.id)).copied().collect()
}

/// Returns all processes: from `/proc` on Linux, by `ps` elsewhere.
fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return of_ps() };
    let is_process = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let paths = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_process));
    let found: Vec<_> =
        paths.filter_map(|entry| of_stat(&fs::read_to_string(entry.path().join("stat")).ok()?)).collect();
    if found.is_empty() { of_ps() } else { found }
}

/// Reads `/proc/PID/stat`: `1234 (any name) S 1 1234 …`; `None` for one that has ended.
fn of_stat(stat: &str) -> Option<Process> {
    let (before, after) = stat.rsplit_once(')')?;
    let id = before.split(' ').next()?.parse().ok()?;
    let mut fields = after.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    Some(Process { id, parent: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
}

fn of_ps() -> Vec<Process> {
    let mut ps = Command::new("ps");
    ps.args(["-A", "-o", "pid=,ppid=,pgid=,stat="]).stdin(Stdio::null()).stdout(Stdio::piped());
    let Ok(ps) = ps.spawn() else { return Vec::new() };
    // `ps` lists itself, a child of ours.
    let itself = i32::try_from(ps.id()).unwrap_or_default();
    let text = ps.wait_with_output().map(|output| output.stdout).unwrap_or_default();
    let processes = String::from_utf8_lossy(&text).lines().filter_map(of_line).collect::<Vec<_>>();
    processes.into_iter().filter(|process| process.id != itself).collect()
}

/// Reads a line of `ps`; `None` for a process that has ended.
fn of_line(line: &str) -> Option<Process> {
    let mut fields = line.split_whitespace();
    let mut number = || fields.next()?.parse().ok();
    let process = Process { id: number()?, parent: number()?, group: number()? };
    fields.next().is_some_and(|state| !state.starts_with('Z')).then_some(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn process(id: i32, parent: i32, group: i32) -> Process {
        Process { id, parent, group }
    }

    #[test]
    fn both_tables_are_read_and_the_dead_are_left_out() {
        assert_eq!(of_stat("42 (a) (b c) S 7 40 1 0 -1"), Some(process(42, 7, 40)));
        assert_eq!(of_stat("42 (sh) Z 7 40 1 0 -1"), None);
        assert_eq!(of_line("   42     7    40 Ss+"), Some(process(42, 7, 40)));
        assert_eq!((of_line("42 7 40 Z"), of_line("")), (None, None));
        assert!(all().iter().any(|process| process.id == getpid().as_raw_pid()));
        let of_ps = of_ps();
        assert!(of_ps.is_empty() || of_ps.iter().any(|process| process.id == getpid().as_raw_pid()));
    }

    #[test]
    fn finds_descendants_of_gone_parents() {
        let mut seen = BTreeSet::from([10]);
        let before =
            [process(1, 0, 1), process(12, 11, 5), process(11, 10, 5), process(5, 1, 5), process(10, 5, 5)];
        let ids = |found: Vec<Process>| found.iter().map(|process| process.id).collect::<Vec<_>>();
        assert_eq!(ids(family(&before, &mut seen, None, 5)), [12, 11, 10]);
        let after = [process(1, 0, 1), process(12, 1, 12), process(13, 12, 12), process(5, 1, 5)];
        assert_eq!(ids(family(&after, &mut seen, None, 5)), [12, 13]);
        let group = [process(20, 1, 10), process(5, 1, 10), process(21, 5, 21)];
        assert_eq!(ids(family(&group, &mut BTreeSet::from([10]), Some(10), 5)), [20, 21]);
    }
}
