//! Programs of a test: `lapwing` with arguments, and what it prints.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use lapwing_conformance::browser::{Browser, Kind, Options};
use lapwing_conformance::netns::ADDRESS;
use serde_json::Value;

pub(super) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Cold starts of browsers on a busy machine take tens of seconds.
pub(super) const SOON: Duration = Duration::from_secs(90);

/// Pictures that a native peer decodes of each track, on average, before it is asked for its
/// report: enough for [`FRAMES_MIN`] of one that a busy browser encodes ten times slower than
/// others do.
const PICTURES: u64 = 100;

/// Decoded frames with which a track counts as flowing.
const FRAMES_MIN: u32 = 10;

/// A running `lapwing`. Dropping it kills it.
pub(super) struct Program {
    child: Child,
    lines: Receiver<Value>,
    said: Vec<Value>,
}

impl Program {
    pub(super) fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Outcome<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lapwing"))
            .args(arguments)
            // What programs keep for their next start stays with the tests.
            .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("its output is a pipe")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::Null);
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        Ok(Program { child, lines, said: Vec::new() })
    }

    /// A room server in the namespace of this thread; gives the address of a room too.
    pub(super) fn server() -> Outcome<(Self, String)> {
        Program::serve("127.0.0.1:0")
    }

    /// Another server where one was before, by the address of a room of that one.
    pub(super) fn server_at(room: &str) -> Outcome<Self> {
        let address = room.trim_start_matches("http://").split('/').next().ok_or("an address")?;
        Ok(Program::serve(address)?.0)
    }

    fn serve(listen: &str) -> Outcome<(Self, String)> {
        let media = ADDRESS.to_string();
        let arguments = [
            "serve",
            "--listen",
            listen,
            "--media",
            "127.0.0.1",
            "--media",
            &media,
            "--allow-control",
            "--json",
        ];
        let mut server = Program::start(arguments)?;
        let listening = server.await_event("listening", SOON)?;
        let url = listening["url"].as_str().ok_or("an address")?;
        Ok((server, format!("{url}r/test")))
    }

    /// Waits for the line that tells an event.
    pub(super) fn await_event(&mut self, event: &str, within: Duration) -> Outcome<Value> {
        let end = Instant::now() + within;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line =
                line.map_err(|error| format!("no {event:?}: {error}; it said {:?}", self.said))?;
            self.said.push(line.clone());
            if line["event"] == event {
                return Ok(line);
            }
        }
    }

    /// Whether it has told a warning with these words so far.
    pub(super) fn has_warned(&mut self, words: &str) -> bool {
        self.said.extend(self.lines.try_iter());
        let warned = |line: &Value| line["what"].as_str().is_some_and(|what| what.contains(words));
        self.said.iter().any(warned)
    }

    /// Waits until a native peer has so many tracks of each kind coming in, and has decoded
    /// pictures for a while since.
    pub(super) fn await_tracks(&mut self, count: usize) -> Outcome {
        let flows = |line: &&Value| line["event"] == "track-flows";
        while self.said.iter().filter(flows).count() < 2 * count {
            self.await_event("track-flows", SOON)?;
        }
        let (mut decoded, enough) = (0, PICTURES * count as u64);
        for _ in 0..SOON.as_secs() {
            let second = self.await_event("second", SOON)?;
            decoded += second["picturesDecoded"].as_u64().ok_or("seconds tell pictures")?;
            if decoded >= enough {
                return Ok(());
            }
        }
        Err(format!("{decoded} pictures of {enough} were decoded").into())
    }

    /// Asks it to end by a signal, and gives the report it ends with.
    pub(super) fn report(&mut self) -> Outcome<Value> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status()?;
        Ok(self.await_event("report", SOON)?["report"].clone())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page in the room, joined by its own fake devices.
pub(super) fn page(kind: Kind, room: &str, name: &str, codec: Option<&str>) -> Outcome<Browser> {
    let video = codec.map(|codec| format!("video={codec}")).unwrap_or_default();
    let url = format!("{room}?{video}");
    // Pictures are drawn by the processor here: a small window leaves it to the call.
    let options = Options { size: (640, 480), ..Options::default() };
    let mut browser = Browser::launch(kind, &url, &options)?;
    join(&mut browser, name)?;
    let connected = "lapwing.connections().some((pc) => pc.connectionState === 'connected')";
    browser.wait_for(connected, SOON)?;
    Ok(browser)
}

/// Two pages of Chromium in the room that see and hear each other: carol and dan.
pub(super) fn pair(room: &str) -> Outcome<[Browser; 2]> {
    let mut pages =
        [page(Kind::Chromium, room, "carol", None)?, page(Kind::Chromium, room, "dan", None)?];
    for page in &mut pages {
        await_tracks(page, 1)?;
    }
    Ok(pages)
}

/// Joins as a program does: with the devices that the link names.
pub(super) fn join(page: &mut Browser, name: &str) -> Outcome {
    page.eval_within(&format!("lapwing.join({})", Value::from(name)), SOON)?;
    Ok(())
}

/// An expression: how many incoming tracks of a kind are decoded, with at least `frames` frames.
pub(super) fn decoded(kind: &str, frames: u32) -> String {
    // A fiftieth of a second of sound counts as a frame.
    let counter = match kind {
        "video" => "entry.framesDecoded",
        _ => "entry.totalSamplesReceived / 960",
    };
    format!(
        "lapwing.stats().then((all) => Object.values(all).flat().filter((entry) => \
         entry.type === 'inbound-rtp' && entry.kind === '{kind}' && {counter} >= {frames}).length)"
    )
}

/// Waits until the page decodes so many tracks of each kind.
pub(super) fn await_tracks(browser: &mut Browser, count: usize) -> Outcome {
    for kind in ["audio", "video"] {
        let enough = format!("{}.then((count) => count >= {count})", decoded(kind, FRAMES_MIN));
        if let Err(error) = browser.wait_for(&enough, SOON) {
            let tracks = browser.eval(INBOUND)?;
            return Err(format!("{error}\nwhat comes in: {tracks:#}").into());
        }
    }
    Ok(())
}

/// What a page says of the tracks that come in.
const INBOUND: &str = "lapwing.stats().then((all) => Object.values(all).flat()\
    .filter((entry) => entry.type === 'inbound-rtp')\
    .map((entry) => [entry.kind, entry.mid, entry.packetsReceived ?? 0, entry.framesReceived ?? 0,\
      entry.framesDecoded ?? 0, entry.keyFramesDecoded ?? 0, entry.pliCount ?? 0].join(' ')))";

/// Asserts that a native peer's report has so many decoded tracks of each kind coming in.
pub(super) fn assert_tracks(report: &Value, count: usize) -> Outcome {
    let tracks = report["tracks"].as_array().ok_or("a report lists tracks")?;
    for kind in ["audio", "video"] {
        let decoded = tracks.iter().filter(|track| {
            track["direction"] == "inbound"
                && track["kind"] == kind
                && track["framesDecoded"].as_u64().unwrap_or(0) >= u64::from(FRAMES_MIN)
        });
        assert_eq!(decoded.count(), count, "{kind} tracks in {report:#}");
    }
    Ok(())
}
