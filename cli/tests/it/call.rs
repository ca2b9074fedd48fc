//! Native peers call each other and send files, through a server in this process.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use lapwing::call;
use lapwing::join::{Console, Interrupt};
use lapwing::replay;
use lapwing::transfer::{ReceiveArgs, SendArgs, TransferError, receive_files, send_files};
use lapwing_rooms::call::{CallReport, TrackReport};
use lapwing_rooms::client::{Bell, Signalling, SignallingConfig, SignallingEvent, Trust};
use lapwing_rooms::protocol::signalling::{Mode, ServerMessage};
use lapwing_rooms::server::{MediaConfig, Server, ServerConfig};
use lapwing_rooms::transfer::TransferReport;
use tokio::sync::oneshot;

/// A bound on everything that is waited for here.
const LONG: Duration = Duration::from_secs(120);

/// A server on a thread of its own, until it is dropped.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    fn start(mode: Mode) -> Self {
        let loopback = [127, 0, 0, 1];
        let media = match mode {
            Mode::Direct => None,
            Mode::Forward => Some(MediaConfig {
                addresses: vec![loopback.into()],
                port: Some(0),
                advertised: Vec::new(),
            }),
        };
        let listen = vec![SocketAddr::from((loopback, 0))];
        let config = ServerConfig { mode, media, ..ServerConfig::new(listen) };
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = std::sync::mpsc::channel();
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let server = Server::bind(config).await.expect("loopback can be listened on");
                let address = server.local_addr().expect("it listens");
                bound.send(address).expect("the test waits");
                let stopped = async { stopped.await.unwrap_or_default() };
                server.run(stopped).await.expect("the server runs");
            });
        };
        let thread = Some(thread::spawn(serve));
        let address = address.recv_timeout(LONG).expect("the server binds");
        Running { address, stop: Some(stop), thread }
    }

    fn room(&self, name: &str) -> String {
        format!("http://{}/r/{name}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

/// Arguments as typed.
#[derive(Parser)]
struct Line<T: clap::Args> {
    #[command(flatten)]
    args: T,
}

fn typed<T: clap::Args>(words: &[&str]) -> T {
    let words = std::iter::once("lapwing").chain(words.iter().copied());
    Line::parse_from(words).args
}

fn make_call(words: &[&str]) -> CallReport {
    let args = typed::<call::Args>(words);
    let mut console = Console::silent();
    let report = call::call(&args, &mut console, Bell::default(), &Interrupt::default());
    report.expect("a call comes about")
}

fn send(words: &[&str]) -> Result<TransferReport, TransferError> {
    let mut files = send_all(words)?;
    assert_eq!(files.len(), 1, "one was named");
    Ok(files.remove(0))
}

fn send_all(words: &[&str]) -> Result<Vec<TransferReport>, TransferError> {
    let args = typed::<SendArgs>(words);
    send_files(&args, &mut Console::silent(), Bell::default(), &Interrupt::default())
}

fn receive(words: &[&str]) -> Result<Vec<TransferReport>, TransferError> {
    let args = typed::<ReceiveArgs>(words);
    receive_files(&args, &mut Console::silent(), Bell::default(), &Interrupt::default())
}

fn track<'a>(report: &'a CallReport, direction: &str, kind: &str) -> &'a TrackReport {
    let found =
        report.tracks.iter().find(|track| track.direction == direction && track.kind == kind);
    found.unwrap_or_else(|| panic!("no {direction} {kind} in {report:#?}"))
}

/// What holds at both ends of a call with pictures and sound.
fn assert_flows(report: &CallReport, codec: &str) {
    assert!(report.ok, "{:?}", report.problems);
    let connection = report.connection.as_ref().expect("it was connected");
    assert_eq!(connection.dtls_version, "1.3");
    assert_eq!(connection.srtp_cipher, "SRTP_AEAD_AES_256_GCM");
    assert!(report.setup_ms.is_some_and(|ms| ms > 0.0));
    assert!(report.series.len() >= 2, "a row for each second: {}", report.series.len());
    assert!(report.series.iter().any(|row| row.bitrate_in > 50_000.0));
    for direction in ["outbound", "inbound"] {
        assert_eq!(track(report, direction, "audio").codec.as_deref(), Some("opus"));
        assert_eq!(track(report, direction, "video").codec.as_deref(), Some(codec));
        assert!(track(report, direction, "video").frame_width.is_some());
    }
    assert!(track(report, "outbound", "video").frames_sent > 20, "{report:?}");
    assert!(track(report, "outbound", "audio").frames_sent > 50, "{report:?}");
    let video = track(report, "inbound", "video");
    assert!(video.frames_decoded > 20 && video.key_frames >= 1, "{report:?}");
    let audio = track(report, "inbound", "audio");
    assert!(audio.frames_decoded > 50, "{report:?}");
    // A sine of -20 dBFS peak has 3 dB less on average.
    let level = audio.audio_level_dbfs.expect("there is sound");
    assert!((-26.0..=-20.0).contains(&level), "{level} dBFS");
}

/// The text is in the file: the name of a codec or of a document type, as EBML has them.
fn holds(path: &Path, text: &str) -> bool {
    let bytes = std::fs::read(path).expect("the recording can be read");
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn two_peers_call_each_other_directly_and_record() {
    let server = Running::start(Mode::Direct);
    let folder = tempfile::tempdir().expect("a folder");
    let (room, calls) = (server.room("pair"), folder.path().display().to_string());
    let common = ["--seconds", "4", "--wait", "60", "--expect-tracks", "2"];
    let [whole, redacted] = ["ada.log", "bob.log"].map(|name| folder.path().join(name));
    let (ada_log, bob_log) = (whole.display().to_string(), redacted.display().to_string());
    let ada = ["--name", "ada", "--record", &calls, "--driver", "mio", "--log", &ada_log];
    let bob = ["--name", "bob", "--driver", "tokio", "--log", &bob_log, "--log-redacted"];
    let ada = [&[&room[..]], &ada[..], &common[..]];
    let bob = [&[&room[..]], &bob[..], &common[..]];
    let (ada, bob) = thread::scope(|scope| {
        let ada = scope.spawn(|| make_call(&ada.concat()));
        let bob = scope.spawn(|| make_call(&bob.concat()));
        (ada.join().expect("no panic"), bob.join().expect("no panic"))
    });
    assert_flows(&ada, "VP8");
    assert_flows(&bob, "VP8");
    assert_eq!(ada.mode, "direct");
    assert_eq!(track(&ada, "inbound", "video").participant, "bob");
    let echoes = ada.data_channels.echoes + bob.data_channels.echoes;
    assert!(echoes >= 2, "the side that opened the channel measures it: {echoes}");
    assert_eq!(ada.recordings.len(), 1);
    for text in ["webm", "V_VP8", "A_OPUS"] {
        assert!(holds(&ada.recordings[0], text), "{text} in {:?}", ada.recordings);
    }
    assert_replays(&whole, &redacted);
}

/// A log gives what happened again; one without keys and payload is listed.
fn assert_replays(whole: &Path, redacted: &Path) {
    let again = |path: &Path, more: &[&str]| {
        let log = std::fs::read(path).expect("the log was written");
        let args = [&[path.to_str().expect("a plain name")], more].concat();
        let mut lines = Vec::new();
        let summary = replay::replay(&typed::<replay::Args>(&args), &log, &mut lines);
        (summary.expect("memory takes every line"), String::from_utf8(lines).expect("text"))
    };
    let (summary, lines) = again(whole, &[]);
    assert_eq!((summary.fault, summary.first), (None, None));
    assert!(summary.outputs > 500, "{summary:?}");
    let state = summary.state.expect("it was replayed");
    assert!(state.stats.outbound_rtp.iter().any(|stream| stream.frames_sent > 20));
    assert!(lines.contains("out ConnectionState connected"), "{lines}");
    assert!(lines.contains("out ChannelOpened"), "{lines}");
    let (summary, lines) = again(redacted, &["--json"]);
    assert_eq!((summary.fault, summary.state), (None, None));
    assert!(lines.contains(r#""kind":"connection-state""#), "{lines}");
    assert!(!lines.contains("ice-pwd"), "{lines}");
}

#[test]
fn three_peers_call_through_the_server() {
    let server = Running::start(Mode::Forward);
    let room = server.room("three");
    let names = ["ada", "bob", "eve"];
    let drivers = ["mio", "smol", "tokio"];
    let reports: Vec<CallReport> = thread::scope(|scope| {
        let room = &room;
        let calls = names.iter().zip(drivers).map(|(name, driver)| {
            scope.spawn(move || {
                make_call(&[
                    room,
                    "--name",
                    name,
                    "--driver",
                    driver,
                    "--seconds",
                    "8",
                    "--wait",
                    "60",
                    "--size",
                    "160x90",
                    "--expect-tracks",
                    "4",
                ])
            })
        });
        let calls: Vec<_> = calls.collect();
        calls.into_iter().map(|call| call.join().expect("no panic")).collect()
    });
    for report in &reports {
        assert_flows(report, "VP8");
        assert_eq!(report.mode, "forward");
        let mut from: Vec<&str> = report
            .tracks
            .iter()
            .filter(|track| track.direction == "inbound" && track.frames_decoded > 10)
            .map(|track| track.participant.as_str())
            .collect();
        from.sort_unstable();
        from.dedup();
        assert_eq!(from.len(), 2, "{report:?}");
        assert!(report.data_channels.echo_ms.is_some(), "the server echoes");
    }
}

/// Bytes that repeat nowhere near each other.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut data = Vec::with_capacity(bytes + 8);
    while data.len() < bytes {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data.extend_from_slice(&state.to_le_bytes());
    }
    data.truncate(bytes);
    data
}

#[test]
fn a_file_goes_over_in_both_modes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("noise.bin");
    let data = noise(8 << 20);
    std::fs::write(&path, &data).expect("written");
    for (mode, driver) in [(Mode::Direct, "mio"), (Mode::Forward, "smol")] {
        let server = Running::start(mode);
        let room = server.room("file");
        let (file, out) = (path.display().to_string(), folder.path().join(mode.to_string()));
        let out = out.display().to_string();
        let (sent, received) = thread::scope(|scope| {
            let sent = scope.spawn(|| send(&[&file, &room, "--name", "ada", "--wait", "60"]));
            let received =
                [&room, "--name", "bob", "--out", &out, "--wait", "60", "--driver", driver];
            let received = scope.spawn(move || receive(&received));
            (sent.join().expect("no panic"), received.join().expect("no panic"))
        });
        let (sent, received) = (sent.expect("it is sent"), received.expect("it is received"));
        assert_eq!((sent.size, sent.peer.as_str()), (8 << 20, "bob"));
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].sha256, sent.sha256);
        let arrived = std::fs::read(&received[0].path).expect("it is there");
        assert!(arrived == data, "{mode}: the file is the same");
        assert_eq!(std::fs::read_dir(&out).expect("a folder").count(), 1, "no part is left");
    }
}

#[test]
fn folders_go_over_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let top = folder.path().join("top");
    std::fs::create_dir_all(top.join("deep/er")).expect("made");
    let mut sizes = Vec::new();
    for number in 0..12_u32 {
        let name = ["", "deep", "deep/er"][number as usize % 3];
        let bytes = number as usize * 40_000;
        std::fs::write(top.join(name).join(format!("{number}.bin")), noise(bytes))
            .expect("written");
        sizes.push(bytes as u64);
    }
    let single = folder.path().join("single.txt");
    std::fs::write(&single, "by itself").expect("written");
    for mode in [Mode::Direct, Mode::Forward] {
        let server = Running::start(mode);
        let room = server.room("folders");
        let out = folder.path().join(mode.to_string());
        let [top, single, into] = [&top, &single, &out].map(|path| path.display().to_string());
        let (sent, received) = thread::scope(|scope| {
            let words = [&top, &single, &room, "--name", "ada", "--wait", "60"];
            let sent = scope.spawn(move || send_all(&words));
            let received = [&room, "--name", "bob", "--out", &into, "--wait", "60"];
            let received = scope.spawn(move || receive(&received));
            (sent.join().expect("no panic"), received.join().expect("no panic"))
        });
        let (sent, received) = (sent.expect("they are sent"), received.expect("they arrive"));
        assert_eq!((sent.len(), received.len()), (13, 13), "{mode}");
        for report in &sent {
            let name = report.path.to_str().expect("of letters");
            let source = folder.path().join(name);
            let arrived = std::fs::read(out.join(name)).expect("it is where it was");
            assert!(arrived == std::fs::read(source).expect("it is there"), "{mode}: {name}");
        }
        let total: u64 = received.iter().map(|report| report.size).sum();
        assert_eq!(total, sizes.iter().sum::<u64>() + 9);
        let entries = std::fs::read_dir(&out).expect("a folder");
        assert_eq!(entries.count(), 2, "{mode}: no part is left");
    }
}

#[test]
fn a_receiver_that_comes_back_gets_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, out) = (folder.path().join("large.bin"), folder.path().join("out"));
    let data = noise(48 << 20);
    std::fs::write(&path, &data).expect("written");
    let server = Running::start(Mode::Direct);
    let (room, file) = (server.room("resume"), path.display().to_string());
    let out_text = out.display().to_string();
    let words = [&room[..], "--name", "bob", "--out", &out_text, "--wait", "60"];
    let (sent, received) = thread::scope(|scope| {
        let sent = scope.spawn(|| send(&[&file, &room, "--name", "ada", "--wait", "60"]));
        let (bell, interrupt) = (Bell::default(), Interrupt::default());
        let first = scope.spawn({
            let (args, bell) = (typed::<ReceiveArgs>(&words), bell.clone());
            let interrupt = interrupt.clone();
            move || receive_files(&args, &mut Console::silent(), bell, &interrupt)
        });
        let some_is_there = until(|| part_length(&out) > 1 << 20);
        interrupt.raise();
        bell.ring();
        assert!(some_is_there, "a megabyte arrives");
        let first = first.join().expect("no panic");
        assert!(matches!(first, Err(TransferError::Interrupted)), "{first:?}");
        let received = scope.spawn(|| receive(&words));
        (sent.join().expect("no panic"), received.join().expect("no panic"))
    });
    let (sent, received) = (sent.expect("it is sent"), received.expect("it is received"));
    assert!(sent.resumed_from > 1 << 20, "{sent:?}");
    assert_eq!(sent.interruptions, 1);
    assert_eq!(received[0].resumed_from, sent.resumed_from);
    assert!(std::fs::read(&received[0].path).expect("it is there") == data, "the file is whole");
}

/// Length of the part in a folder.
fn part_length(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let parts = entries.filter(|entry| entry.path().extension().is_some_and(|e| e == "part"));
    parts.filter_map(|part| part.metadata().ok()).map(|part| part.len()).max().unwrap_or(0)
}

/// Whether it comes to hold.
fn until(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if holds() {
            return true;
        }
        thread::yield_now();
    }
    false
}

#[test]
fn a_caller_takes_a_file_and_the_sender_needs_no_media() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small.bin");
    std::fs::write(&path, noise(300_000)).expect("written");
    let out = folder.path().join("out").display().to_string();
    let server = Running::start(Mode::Direct);
    let (room, file) = (server.room("both"), path.display().to_string());
    let (report, sent) = thread::scope(|scope| {
        let report = scope.spawn(|| {
            make_call(&[
                &room,
                "--name",
                "ada",
                "--files",
                &out,
                "--seconds",
                "4",
                "--wait",
                "60",
                "--expect-tracks",
                "0",
            ])
        });
        let sent = scope.spawn(|| send(&[&file, &room, "--name", "bob", "--wait", "60"]));
        (report.join().expect("no panic"), sent.join().expect("no panic"))
    });
    assert!(report.ok, "{:?}", report.problems);
    assert_eq!(report.files.len(), 1);
    assert_eq!(report.files[0].sha256, sent.expect("it is sent").sha256);
    assert_eq!(track(&report, "outbound", "video").frames_sent, 0, "nobody wants pictures");
}

#[test]
fn faults_are_named() {
    let words = |url: &str| typed::<call::Args>(&[url, "--video", "none", "--audio", "none"]);
    let fail = |url: &str| {
        let mut console = Console::silent();
        let report = call::call(&words(url), &mut console, Bell::default(), &Interrupt::default());
        report.expect_err("it fails").to_string()
    };
    assert!(fail("http://127.0.0.1:9/r/x").contains("no server answers at 127.0.0.1:9"));
    let server = Running::start(Mode::Direct);
    let room = server.room("full");
    let seats = ["ada", "bob"].map(|name| take_seat(&room, name));
    assert!(fail(&room).contains("the server says"), "a third is told that the room is full");
    seats.into_iter().for_each(Signalling::leave);
}

/// Takes a seat without a peer behind it.
fn take_seat(room: &str, name: &str) -> Signalling {
    let (bell, (rings, rung)) = (Bell::default(), std::sync::mpsc::channel());
    bell.connect(move || rings.send(()).unwrap_or_default());
    let url = room.parse().expect("a link");
    let config = SignallingConfig {
        url,
        name: name.to_owned(),
        trust: Trust::System,
        password: None,
        owner: None,
    };
    let seat = Signalling::start(config, bell).expect("a thread");
    loop {
        rung.recv_timeout(LONG).expect("the server answers");
        while let Some(event) = seat.poll() {
            match event {
                SignallingEvent::Message(message) => {
                    if let ServerMessage::Welcome(_) = *message {
                        return seat;
                    }
                }
                other => panic!("a welcome is expected, not {other:?}"),
            }
        }
    }
}
