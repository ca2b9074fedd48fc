//! Native peers call each other, through a server in this process.

use std::path::Path;
use std::thread;

use lapwing::call;
use lapwing::join::{Console, Interrupt};
use lapwing::replay;
use lapwing_rooms::call::{CallReport, TrackReport};
use lapwing_rooms::client::{Bell, Signalling, SignallingConfig, SignallingEvent, Trust};
use lapwing_rooms::protocol::signalling::{Mode, ServerMessage};

use crate::running::{LONG, Running, typed};

pub(crate) fn make_call(words: &[&str]) -> CallReport {
    let args = typed::<call::Args>(words);
    let mut console = Console::silent();
    let report = call::call(&args, &mut console, Bell::default(), &Interrupt::default());
    report.expect("a call comes about")
}

pub(crate) fn track<'a>(report: &'a CallReport, direction: &str, kind: &str) -> &'a TrackReport {
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
    let sound = audio.sound.as_ref().expect("it was heard");
    let played = sound.jitter_buffer_emitted_count + sound.concealed_samples;
    assert!(played > 48_000, "more than a second: {sound:?}");
    assert!(sound.jitter_buffer_delay > 0.0 && sound.jitter_buffer_target_delay > 0.0, "{sound:?}");
}

/// What was played of a tone of -20 dBFS: how many seconds, and the level of the second half.
fn played(path: &Path) -> (f64, f64) {
    let bytes = std::fs::read(path).expect("it was written");
    let data = bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
    let samples: Vec<f64> = data.map(|sample| f64::from(sample) / 32_768.0).collect();
    let late = &samples[samples.len() / 2..];
    let mean = late.iter().map(|sample| sample * sample).sum::<f64>() / late.len() as f64;
    (samples.len() as f64 / 48e3, 10.0 * mean.log10())
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
    let heard = folder.path().join("heard.wav").display().to_string();
    let ada = ["--name", "ada", "--record", &calls, "--driver", "mio", "--log", &ada_log];
    let ada = [&ada[..], &["--play", &heard]].concat();
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
    let (seconds, level) = played(Path::new(&heard));
    assert!(seconds > 1.0, "{seconds} s");
    assert!((-26.0..=-20.0).contains(&level), "{level} dBFS");
}

#[test]
fn each_sends_the_codec_that_it_was_told() {
    let server = Running::start(Mode::Direct);
    let room = server.room("two");
    let common = ["--seconds", "4", "--wait", "60", "--expect-tracks", "2"];
    let ada = [&[&room[..]], &["--name", "ada", "--codec", "vp9"][..], &common[..]];
    let bob = [&[&room[..]], &["--name", "bob", "--codec", "h264"][..], &common[..]];
    let (ada, bob) = thread::scope(|scope| {
        let ada = scope.spawn(|| make_call(&ada.concat()));
        let bob = scope.spawn(|| make_call(&bob.concat()));
        (ada.join().expect("no panic"), bob.join().expect("no panic"))
    });
    for (report, sent, taken) in [(&ada, "VP9", "H264"), (&bob, "H264", "VP9")] {
        assert!(report.ok, "{:?}", report.problems);
        assert_eq!(track(report, "outbound", "video").codec.as_deref(), Some(sent));
        let video = track(report, "inbound", "video");
        assert_eq!(video.codec.as_deref(), Some(taken));
        assert!(video.frames_decoded > 20 && video.key_frames >= 1, "{report:?}");
    }
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
