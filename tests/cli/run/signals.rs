//! Signals: the run passes them on to the command, and still reports.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{client, python_is_here, run};

/// Runs a command without a terminal, even if the test has one.
const DETACHED: &str = "import os, sys\nos.setsid()\nos.execvp(sys.argv[1], sys.argv[1:])";

fn detached(command: &Command) -> Command {
    let mut detached = Command::new("python3");
    detached.args(["-c", DETACHED]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => detached.env(name, value),
            None => detached.env_remove(name),
        };
    }
    detached.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    detached
}

/// Tells of each signal; ends by the second of them. The pipe wakes it: a signal between a look and a wait would be
/// slept through.
const TELLS_SIGNALS: &str = "
import signal
reading, writing = os.pipe()
os.set_blocking(writing, False)
signal.set_wakeup_fd(writing)
for one in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]:
    signal.signal(one, lambda *_: None)
error()
print('ready', flush=True)
for _ in range(2):
    print(signal.Signals(os.read(reading, 1)[0]).name, flush=True)
sys.exit(5)
";

#[test]
fn passes_on_a_signal_and_still_reports() {
    if !python_is_here() {
        return;
    }
    let pairs = [(Signal::INT, Signal::TERM), (Signal::HUP, Signal::QUIT), (Signal::USR1, Signal::USR2)];
    for (first, second) in pairs {
        let mut child = detached(&client(&[], TELLS_SIGNALS)).spawn().unwrap();
        let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert_eq!(lines.next().unwrap(), "ready");
        for (signal, name) in [first, second].map(|signal| (signal, name(signal))) {
            kill_process(id, signal).unwrap();
            assert_eq!(lines.next().unwrap(), name);
        }
        assert_eq!(lines.next(), None, "each is sent once");
        let mut reported = String::new();
        child.stderr.take().unwrap().read_to_string(&mut reported).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(5), "{reported}");
        assert!(reported.contains("contract-header, once") && reported.contains("exit code 5"), "{reported}");
    }
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::INT => "SIGINT",
        Signal::TERM => "SIGTERM",
        Signal::HUP => "SIGHUP",
        Signal::QUIT => "SIGQUIT",
        Signal::USR1 => "SIGUSR1",
        Signal::USR2 => "SIGUSR2",
        _ => "another",
    }
}

#[test]
fn a_command_that_a_signal_ends_ends_the_run_with_its_number() {
    if !python_is_here() {
        return;
    }
    let script = "print('ready', flush=True)\nimport signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nsignal.pause()";
    let mut child = detached(&client(&[], script)).spawn().unwrap();
    let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_is_ignored_from_the_start_stays_so() {
    if !python_is_here() {
        return;
    }
    let ignores = "import os, signal, sys\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nos.execvp(sys.argv[1], sys.argv[1:])";
    let inner = client(&[], "import signal\nprint(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)");
    let mut command = Command::new("python3");
    command.args(["-c", ignores]).arg(inner.get_program()).args(inner.get_args());
    assert_eq!(run(&mut command).1, "True\n");
}

/// Common part of the scripts with a terminal: how they read it until it shows something.
const READS_A_TERMINAL: &str = "
import os
shown = b''
def until(text):
    global shown
    while text not in shown:
        try: piece = os.read(terminal, 4096)
        except OSError: piece = b''
        if not piece: break
        shown += piece
";

/// Sits before a terminal: waits until the command is ready, and interrupts it in these ways, each once the command
/// has told of the one before: by Ctrl-C, or by a signal to the program alone. Behind each another signal is sent, which
/// is passed on after all before it: the program has the one before by then, with which the next would be one otherwise.
/// What the terminal shows in the end is printed.
const BEFORE_A_TERMINAL: &str = "
import pty, signal, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
until(b'ready')
for count, how in enumerate(sys.argv[1].split()):
    if how == 'key': os.write(terminal, b'\\x03')
    else: os.kill(pid, signal.SIGINT)
    until(b'SIGINT %d' % (count + 1))
    os.kill(pid, signal.SIGUSR1)
    until(b'SIGUSR1 %d' % (count + 1))
os.write(terminal, b'go on\\n')
until(b'never shown')
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(shown.decode().replace('\\r', ''))
sys.exit(code)
";

/// Counts the interrupts, and reads from the terminal, as only its foreground group may.
const AT_A_TERMINAL: &str = "
import collections, signal
counts = collections.Counter()
def told(number, _):
    counts[number] += 1
    print(signal.Signals(number).name, counts[number], flush=True)
for one in [signal.SIGINT, signal.SIGUSR1]: signal.signal(one, told)
error()
print('ready', flush=True)
line = sys.stdin.readline()
print(f'{counts[signal.SIGINT]} and {line.strip()!r}, in our group: {os.getpgrp() == os.getpgid(os.getppid())}', flush=True)
";

/// Runs [`AT_A_TERMINAL`], interrupted in these ways; returns the exit code and the terminal's output.
fn interrupted(ways: &str) -> (i32, String) {
    // The wait may never end.
    let inner = client(&["--timeout", "20s"], AT_A_TERMINAL);
    let mut outer = Command::new("python3");
    outer
        .args(["-c", &format!("{READS_A_TERMINAL}{BEFORE_A_TERMINAL}"), ways])
        .arg(inner.get_program())
        .args(inner.get_args());
    let (code, shown, reported) = run(outer.env_remove("NO_COLOR").env("no_proxy", "*").stdin(Stdio::null()));
    (code, shown + &reported)
}

#[test]
fn the_command_keeps_the_terminal_and_ctrl_c_reaches_it_once() {
    if !python_is_here() {
        return;
    }
    let (code, shown) = interrupted("key");
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("1 and 'go on', in our group: True"), "{shown}");
    assert!(shown.contains("\u{1b}[1;31m1 error\u{1b}[0m in 1 exchange"), "in colours: {shown}");
}

#[test]
#[cfg(target_os = "linux")]
fn passes_on_an_interrupt_of_the_program_at_a_terminal() {
    if !python_is_here() {
        return;
    }
    for (ways, count) in [("kill", 1), ("key kill", 2), ("kill key", 2)] {
        let (code, shown) = interrupted(ways);
        assert_eq!(code, 1, "{ways}: {shown}");
        assert!(shown.contains(&format!("{count} and 'go on', in our group: True")), "{ways}: {shown}");
    }
}

/// Has a terminal, and sends two signals to only the program: in the foreground, or in the background.
const SENDS_AT_A_TERMINAL: &str = "
import pty, signal, sys
where, first, second = sys.argv[1:4]
pid, terminal = pty.fork()
if pid == 0:
    if where == 'foreground': os.execvp(sys.argv[4], sys.argv[4:])
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.execvp(sys.argv[4], sys.argv[4:])
    print('is', pid, flush=True)
    os.waitpid(pid, 0)
    os._exit(0)
until(b'ready')
if where == 'background':
    until(b'is ')
    until(b'\\n')
    pid = int(shown.split(b'is ')[1].split()[0])
for name in [first, second]:
    os.kill(pid, signal.Signals[name])
    until(name.encode())
until(b'never shown')
print(shown.decode().replace('\\r', ''))
";

#[test]
fn at_a_terminal_what_the_terminal_has_not_sent_is_sent_on_too() {
    if !python_is_here() {
        return;
    }
    for [place, first, second] in [
        ["foreground", "SIGHUP", "SIGTERM"],
        ["foreground", "SIGUSR1", "SIGUSR2"],
        #[cfg(target_os = "linux")]
        ["foreground", "SIGINT", "SIGQUIT"],
        ["background", "SIGINT", "SIGQUIT"],
    ] {
        // In the background its output must not stop it, and it reads nothing.
        let inner = client(&["--timeout", "20s"], TELLS_SIGNALS);
        let mut outer = Command::new("python3");
        outer.args(["-c", &format!("{READS_A_TERMINAL}{SENDS_AT_A_TERMINAL}"), place, first, second]);
        outer.arg(inner.get_program()).args(inner.get_args()).env("no_proxy", "*").stdin(Stdio::null());
        let (_, shown, reported) = run(&mut outer);
        assert!(shown.contains(first) && shown.contains(second), "{place}: {shown}{reported}");
        assert!(shown.contains("exit code 5"), "{place}: {shown}{reported}");
    }
}

#[test]
fn a_signal_while_the_command_is_being_ended_ends_it_at_once() {
    if !python_is_here() {
        return;
    }
    let script = "import signal
signal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True))
print('ready', flush=True)
while True: signal.pause()";
    let mut child = detached(&client(&["--timeout", "1s"], script)).spawn().unwrap();
    let id = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!([lines.next().unwrap(), lines.next().unwrap()], ["ready", "asked"]);
    let begun = std::time::Instant::now();
    kill_process(id, Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(124));
    assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
}

/// Runs a command at a terminal, below a shell that outlives it.
const BELOW_A_SHELL: &str = "import pty, sys
pty.spawn(['sh', '-c', '\"$@\"; echo code $?', 'sh', *sys.argv[1:]])";

#[test]
#[cfg(target_os = "linux")]
fn at_a_terminal_too_a_timeout_ends_all_that_was_started() {
    if !python_is_here() {
        return;
    }
    // An orphan, one in a new session, and one in the foreground.
    let script = "import subprocess
print('pid', subprocess.run(['sh', '-c', 'sleep 40 > /dev/null & echo $!'], stdout=subprocess.PIPE, text=True).stdout)
print('pid', subprocess.Popen(['sleep', '40'], start_new_session=True).pid, flush=True)
subprocess.run(['sleep', '40'])";
    let inner = client(&["--timeout", "1s"], script);
    let mut outer = Command::new("python3");
    outer.args(["-c", BELOW_A_SHELL]).arg(inner.get_program()).args(inner.get_args()).stdin(Stdio::null());
    let (_, shown, _) = run(&mut outer);
    assert!(shown.contains("code 124"), "{shown}");
    let pids: Vec<&str> = shown.lines().filter_map(|line| line.trim().strip_prefix("pid ")).collect();
    assert_eq!(pids.len(), 2, "{shown}");
    for pid in pids {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat} is left");
    }
}
