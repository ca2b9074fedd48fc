//! What a run leaves in its folder while it goes on: nothing is kept in memory.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use lapwing_rooms::disk::{self, Secrecy};
use lapwing_rooms::text::count;
use lapwing_simnet::capture::{Capture, EventLog, RtpLog};
use lapwing_simnet::run::Run;
use lapwing_simnet::{ChainLog, EndpointId, Time};

use super::args::RunArgs;
use super::{SimError, store};

/// The capture of all peers.
pub(super) const CAPTURE: &str = "run.pcapng";
/// The secrets of the handshakes in it, as an NSS key log.
pub(super) const KEYS: &str = "run.keys";
/// What happened, one JSON object a line.
pub(super) const EVENTS: &str = "events.jsonl";
/// The packets' log of RFC 8868 section 3.1.
pub(super) const PACKETS: &str = "rfc8868.log";

/// A file with a limit: what would go beyond it is left out, and all after it. Nobody else may read
/// it: the run may be of a call that was made, and some hold keys.
struct Limited {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
    limit: u64,
    /// When it was full.
    full: Option<Time>,
}

impl Limited {
    fn create(folder: &Path, name: &str, limit: u64) -> Result<Limited, SimError> {
        let (name, path) = (name.to_owned(), folder.join(name));
        let file = disk::create(&path, Secrecy::Secret);
        let file = file.map_err(|error| SimError::File(path.clone(), error))?;
        Ok(Limited { name, path, file: BufWriter::new(file), bytes: 0, limit, full: None })
    }

    /// Takes whole blocks or lines.
    fn write(&mut self, part: &[u8], now: Time) -> Result<(), SimError> {
        let bytes = self.bytes + part.len() as u64;
        if self.full.is_none() && bytes > self.limit {
            self.full = Some(now);
        }
        if self.full.is_some() || part.is_empty() {
            return Ok(());
        }
        self.bytes = bytes;
        let written = self.file.write_all(part);
        written.map_err(|error| self.fault(error))
    }

    fn finish(&mut self) -> Result<Option<String>, SimError> {
        let flushed = self.file.flush();
        flushed.map_err(|error| self.fault(error))?;
        Ok(self.full.map(|at| {
            format!(
                "{} ends at {:.2} s: what follows would take it beyond {} bytes (--log-limit).",
                self.name,
                at.as_secs_f64(),
                self.limit
            )
        }))
    }

    fn fault(&self, error: io::Error) -> SimError {
        SimError::File(self.path.clone(), error)
    }
}

/// Writes the files of a run as it goes on.
pub(super) struct Recorder {
    folder: PathBuf,
    chain: Limited,
    capture: Option<Limited>,
    events: Limited,
    packets: Limited,
    /// Of each flow the sender's and the receiver's.
    recordings: Vec<Limited>,
}

impl Recorder {
    /// Empties the folder of the files of an earlier run and watches this one, which has not begun.
    /// No file but the chain grows beyond the limit of `args`.
    pub(super) fn begin(
        folder: &Path,
        run: &mut Run,
        args: &RunArgs,
    ) -> Result<Recorder, SimError> {
        let limit = args.log_limit.saturating_mul(1_000_000);
        clear(folder)?;
        let peers = run.peers().to_vec();
        let (mut ends, mut names): (Vec<EndpointId>, Vec<String>) = (Vec::new(), Vec::new());
        for peer in &peers {
            ends.extend([peer.sender.id(), peer.receiver.id()]);
            names.extend(["sender", "receiver"].map(|side| format!("flow-{}-{side}", peer.id)));
        }
        let interfaces: Vec<(EndpointId, &str)> =
            ends.iter().copied().zip(names.iter().map(String::as_str)).collect();
        let capture = !args.no_pcap;
        if capture {
            run.sim().watch(Capture::new(&interfaces).with_drops());
        }
        run.sim().watch(EventLog::default());
        run.sim().watch(RtpLog::new(peers.iter().map(|peer| (peer.sender.id(), peer.id))));
        let capture = capture.then(|| Limited::create(folder, CAPTURE, limit)).transpose()?;
        let named = names.iter().filter(|_| args.record);
        let recordings = named.map(|name| Limited::create(folder, &recording(name), limit));
        let recordings = recordings.collect::<Result<Vec<_>, _>>()?;
        Ok(Recorder {
            folder: folder.to_owned(),
            // It is what a run is known by, and has eight bytes an event: it is never cut.
            chain: Limited::create(folder, store::CHAIN, u64::MAX)?,
            capture,
            events: Limited::create(folder, EVENTS, limit)?,
            packets: Limited::create(folder, PACKETS, limit)?,
            recordings,
        })
    }

    /// Writes what was gathered in a step; `chain` is that of its events.
    pub(super) fn step(&mut self, run: &mut Run, chain: &ChainLog) -> Result<(), SimError> {
        let said = run.take_events();
        let recorded = run.take_recordings();
        let sim = run.sim();
        let now = sim.now();
        self.chain.write(&chain.to_bytes(), now)?;
        for (file, part) in self.recordings.iter_mut().zip(recorded) {
            file.write(&part, now)?;
        }
        if let (Some(file), Some(capture)) = (&mut self.capture, sim.watcher::<Capture>()) {
            file.write(&capture.take(), now)?;
        }
        if let Some(log) = sim.watcher::<EventLog>() {
            said.into_iter().for_each(|line| log.push(line));
            self.events.write(log.take().as_bytes(), now)?;
        }
        if let Some(log) = sim.watcher::<RtpLog>() {
            self.packets.write(log.take().as_bytes(), now)?;
        }
        Ok(())
    }

    /// Ends the files, and gives what readers of them must know.
    pub(super) fn finish(mut self, run: &mut Run) -> Result<Vec<String>, SimError> {
        let mut notes = Vec::new();
        let end = run.sim().now();
        for (file, part) in self.recordings.iter_mut().zip(run.finish_recordings()) {
            file.write(&part, end)?;
        }
        let files = [Some(&mut self.chain), self.capture.as_mut()];
        let files = files.into_iter().flatten().chain(&mut self.recordings);
        for file in files.chain([&mut self.events, &mut self.packets]) {
            notes.extend(file.finish()?);
        }
        store::write_file(&self.folder.join(KEYS), run.key_log().as_bytes(), Secrecy::Secret)?;
        let left_out = run.sim().watcher::<EventLog>().map_or(0, |log| log.left_out());
        if left_out > 0 {
            notes
                .push(format!("{EVENTS} lacks {}: there were too many.", count(left_out, "event")));
        }
        Ok(notes)
    }
}

/// The file of a peer's recording.
fn recording(peer: &str) -> String {
    format!("{peer}.log")
}

fn is_recording(file: &OsStr) -> bool {
    let peer = file.to_str().and_then(|name| name.strip_suffix(".log"));
    let side = peer.and_then(|peer| peer.strip_prefix("flow-")?.split_once('-'));
    side.is_some_and(|(flow, side)| {
        flow.parse::<u64>().is_ok() && matches!(side, "sender" | "receiver")
    })
}

/// Removes what an earlier run left, so that no file is of another run than the others.
pub(super) fn clear(folder: &Path) -> Result<(), SimError> {
    store::make(folder)?;
    for name in [store::SUMMARY, store::PAGE, store::CHAIN, CAPTURE, KEYS, EVENTS, PACKETS] {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(SimError::File(path, error));
            }
            _ => {}
        }
    }
    let entries =
        std::fs::read_dir(folder).map_err(|error| SimError::File(folder.to_owned(), error))?;
    for entry in entries.flatten().filter(|entry| is_recording(&entry.file_name())) {
        let path = entry.path();
        std::fs::remove_file(&path).map_err(|error| SimError::File(path, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_full_file_takes_nothing_more() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut file = Limited::create(folder.path(), EVENTS, 10).expect("it can be made");
        let at = Time::from_secs;
        for (second, part) in [(1, "five\n"), (2, "and too long\n"), (3, "x\n")] {
            file.write(part.as_bytes(), at(second)).expect("it can be written");
        }
        let note = file.finish().expect("it can be written").unwrap_or_default();
        assert!(note.starts_with("events.jsonl ends at 2.00 s"), "{note}");
        let kept = std::fs::read_to_string(folder.path().join(EVENTS)).expect("it is there");
        assert_eq!(kept, "five\n");
    }

    #[test]
    fn files_of_a_run_are_secret_and_replace_nothing() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let target = folder.path().join("target");
        std::fs::write(&target, "mine").expect("it can be written");
        std::os::unix::fs::symlink(&target, folder.path().join(KEYS)).expect("linked");
        assert!(Limited::create(folder.path(), KEYS, 10).is_err());
        clear(folder.path()).expect("it can be cleared");
        Limited::create(folder.path(), KEYS, 10).expect("it can be made");
        let metadata = std::fs::metadata(folder.path().join(KEYS)).expect("it is there");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(target).expect("it is there"), b"mine");
    }

    #[test]
    fn nothing_of_an_earlier_run_stays() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for name in [store::SUMMARY, CAPTURE, "mine.txt"] {
            std::fs::write(folder.path().join(name), "x").expect("it can be written");
        }
        clear(folder.path()).expect("it can be cleared");
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("it is there").collect();
        assert_eq!(left.len(), 1);
    }
}
