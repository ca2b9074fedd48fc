//! A program that speaks the protocol on standard input and output.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use serde_json::Value;

use super::{Peer, PeerError, Ready};
use crate::netns::Namespace;

/// A longer line is no protocol: descriptions and lists of a thousand messages are far below.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// Lines read and not yet looked at. A peer that says more waits.
const LINES_MAX: usize = 4096;

/// A cold start of an interpreter on a busy machine takes seconds.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A program that closes its output is about to end.
const END_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 400_000_000 };

/// How much of the log is shown when a program ends.
const TAIL_BYTES: usize = 1200;

/// A running peer. Its processes are killed on drop.
#[derive(Debug)]
pub struct ProcessPeer {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<Value>,
    events: VecDeque<Value>,
    ready: Ready,
    log: PathBuf,
    next_id: u64,
    over: bool,
}

impl ProcessPeer {
    /// Starts a program inside a network namespace and waits for its first line. Its standard error
    /// goes to the end of `log`.
    ///
    /// # Errors
    /// When it cannot be started, ends, or says nothing in a minute.
    pub fn start(run: &[String], namespace: &Namespace, log: &Path) -> Result<Self, PeerError> {
        let (mut child, log) = namespace
            .run(|| spawn(run, log))
            .map_err(|error| PeerError::Gone(format!("{} cannot be started: {error}", run[0])))?;
        let stdin = child.stdin.take().expect("standard input was asked for");
        let stdout = child.stdout.take().expect("standard output was asked for");
        let (sender, lines) = sync_channel(LINES_MAX);
        std::thread::spawn(move || follow(stdout, &sender));
        let events = VecDeque::new();
        let ready = Ready::default();
        let mut peer = Self { child, stdin, lines, events, ready, log, next_id: 0, over: false };
        let first = peer.next_line(Instant::now() + START_TIMEOUT, "the start")?;
        let ready =
            serde_json::from_value(first.clone()).ok().filter(|_| first["event"] == "ready");
        peer.ready =
            ready.ok_or_else(|| PeerError::Failed(format!("its first line is {first}")))?;
        Ok(peer)
    }

    fn next_line(&mut self, until: Instant, request: &str) -> Result<Value, PeerError> {
        let begun = Instant::now();
        match self.lines.recv_timeout(until.saturating_duration_since(begun)) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => {
                Err(PeerError::Silent { request: request.to_owned(), waited: begun.elapsed() })
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.gone()),
        }
    }

    /// How it ended and what it said last.
    fn gone(&mut self) -> PeerError {
        self.over = true;
        let status = self.reap();
        let how = match status.map(|status| (status.code(), status.signal())) {
            Some((Some(code), _)) => format!("exit code {code}"),
            Some((None, Some(signal))) => format!("signal {signal}"),
            _ => "it closed its standard output".to_owned(),
        };
        let log = std::fs::read(&self.log).unwrap_or_default();
        let tail =
            String::from_utf8_lossy(&log[log.len().saturating_sub(TAIL_BYTES)..]).into_owned();
        PeerError::Gone(format!("{how}; {}", tail.trim()))
    }

    /// Ends what is left of its processes. The group is there as long as its leader has not been
    /// waited for, so the others go first.
    fn reap(&mut self) -> Option<ExitStatus> {
        let leader = Pid::from_child(&self.child);
        if let Ok(descriptor) = pidfd_open(leader, PidfdFlags::empty()) {
            // Readable when it has ended. One that goes on is killed next.
            let _ = poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], Some(&END_TIMEOUT));
        }
        let _ = kill_process_group(leader, Signal::KILL);
        self.child.wait().ok()
    }

    fn send(&mut self, mut request: Value) -> Result<u64, PeerError> {
        self.next_id += 1;
        request["id"] = self.next_id.into();
        let line = format!("{request}\n");
        if self.stdin.write_all(line.as_bytes()).and_then(|()| self.stdin.flush()).is_err() {
            return Err(self.gone());
        }
        Ok(self.next_id)
    }
}

fn spawn(run: &[String], log: &Path) -> io::Result<(Child, PathBuf)> {
    let file = File::options().create(true).append(true).open(log)?;
    let child = Command::new(&run[0])
        .args(&run[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(file)
        .process_group(0)
        .spawn()?;
    Ok((child, log.to_owned()))
}

/// Hands lines on until the program's output ends. What is no JSON is handed on as such, to be seen
/// in the records of the case.
fn follow(stdout: ChildStdout, lines: &SyncSender<Value>) {
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let value = serde_json::from_slice(&line).unwrap_or_else(|error| {
            let text = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
            serde_json::json!({ "event": "garbage", "text": text, "error": error.to_string() })
        });
        if lines.send(value).is_err() {
            return;
        }
    }
}

impl Peer for ProcessPeer {
    fn ready(&self) -> &Ready {
        &self.ready
    }

    fn request(&mut self, request: Value, within: Duration) -> Result<Value, PeerError> {
        if self.over {
            return Err(PeerError::Gone("it ended earlier".to_owned()));
        }
        let name = request["do"].as_str().unwrap_or("?").to_owned();
        let id = self.send(request)?;
        let until = Instant::now() + within;
        loop {
            let mut line = self.next_line(until, &name)?;
            if line["id"] == id {
                return match line.get("error") {
                    Some(error) => Err(PeerError::of_reply(error)),
                    None => Ok(line["ok"].take()),
                };
            }
            // A late reply to a request that was given up is passed over.
            if line.get("event").is_some() {
                self.events.push_back(line);
            }
        }
    }

    fn events(&mut self) -> Vec<Value> {
        self.events.extend(self.lines.try_iter().filter(|line| line.get("event").is_some()));
        self.events.drain(..).collect()
    }

    fn wait(&mut self, time: Duration) {
        if !self.events.is_empty() {
            return;
        }
        match self.lines.recv_timeout(time) {
            Ok(line) if line.get("event").is_some() => self.events.push_back(line),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            // Without this a program that ended would make its waiter spin.
            Err(RecvTimeoutError::Disconnected) => std::thread::park_timeout(time),
        }
    }

    fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    fn kill(&mut self) {
        if !self.over {
            self.over = true;
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

impl Drop for ProcessPeer {
    fn drop(&mut self) {
        self.kill();
    }
}
