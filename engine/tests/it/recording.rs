//! A call that was recorded gives the same when it is replayed.

use std::process;
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, Command, Config, Entry, Exactness, MdnsPolicy, MediaKind, OutputClass,
    RecordOptions, RecordingReader, Replayer, SessionKind, Summary, TransceiverInit,
};
use lapwing_system as system;

use crate::media::{mid_of, opus, vp8};
use crate::pair::Pair;

/// A call with media both ways and channels, recorded on both sides.
fn recorded_call(
    session: SessionKind,
    options: RecordOptions,
    lose_every: Option<u64>,
) -> [Vec<u8>; 2] {
    let config = |number| Config {
        session,
        mdns: MdnsPolicy::Hide,
        ..Config::seeded(number).with_recording(options)
    };
    let mut pair = Pair::new(config(1), config(2));
    let id = pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room"));
    pair.on_a(|rtc, _| {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
    });
    pair.lose_every = lose_every;
    pair.negotiate(true);
    pair.connect();
    let mut recordings = [Vec::new(), Vec::new()];
    for number in 0..90_u8 {
        if number == 45 {
            pair.on_b(|rtc, _| rtc.negotiation().restart_ice());
            pair.negotiate(false);
        }
        let video = vp8(number, number % 30 == 0, 2500);
        pair.on_a(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Video);
            rtc.media(mid).expect("negotiated").write(&video, now).expect("taken");
            if let Some(mut channel) = rtc.channel(id) {
                // Refused until it is open, which is a result like any other.
                let _ = channel.write_text("how do you do");
                channel.buffered_amount();
            }
        });
        pair.on_b(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Audio);
            rtc.media(mid).expect("negotiated").write(&opus(number), now).expect("taken");
        });
        pair.run(Duration::from_millis(33));
        recordings[0].extend(pair.a.rtc.take_recording());
        recordings[1].extend(pair.b.rtc.take_recording());
    }
    pair.on_a(|rtc, now| rtc.close(now));
    pair.run(Duration::from_secs(1));
    recordings[0].extend(pair.a.rtc.finish_recording());
    recordings[1].extend(pair.b.rtc.finish_recording());
    recordings
}

fn replay(recording: &[u8], base: Instant, exactness: Exactness) -> (u64, usize) {
    let mut replayer = Replayer::new(recording, base, exactness).expect("a recording");
    let mut messages = 0;
    while let Some(step) = replayer.step() {
        let step = step.expect("the recording is whole");
        if let Some(divergence) = step.divergence {
            panic!("{divergence}");
        }
        if let Entry::Outputs { summaries, .. } = &step.entry.entry {
            let of_messages = summaries.iter().filter(|output| {
                output.class == OutputClass::ChannelMessage || output.class == OutputClass::Frame
            });
            messages += of_messages.count();
        }
    }
    (replayer.outputs(), messages)
}

/// An instant to begin at.
#[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to begin at")]
fn now() -> Instant {
    Instant::now()
}

/// Without losses: the pace at which str0m asks for lost packets follows from the wall clock.
#[test]
fn a_replay_gives_what_the_call_gave() {
    for recording in recorded_call(SessionKind::Str0m, RecordOptions::default(), None) {
        let (outputs, messages) = replay(&recording, now(), Exactness::Shapes);
        assert!(outputs > 1000, "{outputs} outputs");
        assert!(messages > 60, "{messages} frames and messages");
    }
}

/// With losses, in a process like any other: the session of our own reads nothing of the system.
#[test]
fn a_replay_gives_the_bytes() {
    for recording in recorded_call(SessionKind::Own, RecordOptions::default(), Some(13)) {
        let (outputs, messages) = replay(&recording, now(), Exactness::Bytes);
        assert!(outputs > 1000, "{outputs} outputs");
        assert!(messages > 60, "{messages} frames and messages");
    }
}

/// Set in the process whose system is replaced.
const CHILD: &str = "LAPWING_REPLAY_BYTES";

/// Where the system's randomness and clock are those of the recording, every byte is: of str0m's
/// session too.
#[test]
fn a_replay_gives_the_bytes_where_the_system_is_the_same() {
    if std::env::var_os(CHILD).is_none() {
        let test = "recording::a_replay_gives_the_bytes_where_the_system_is_the_same";
        let output = process::Command::new(std::env::current_exe().expect("a test has a binary"))
            .args([test, "--exact", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .expect("the test binary starts");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        return;
    }
    system::replace();
    let call = || recorded_call(SessionKind::Str0m, RecordOptions::default(), Some(13));
    let [recording, _] = system::on_fresh_thread(call);
    let (outputs, _) = system::on_fresh_thread(|| replay(&recording, now(), Exactness::Bytes));
    assert!(outputs > 1000, "{outputs} outputs");
}

#[test]
fn the_first_output_that_differs_is_named() {
    let [recording, _] = recorded_call(SessionKind::Str0m, RecordOptions::default(), None);
    let reader = RecordingReader::new(&recording).expect("a recording");
    let entries: Vec<_> = reader.map(|entry| entry.expect("whole")).collect();
    let closes = entries
        .iter()
        .filter(|timed| matches!(timed.entry, Entry::Command(Command::Close)))
        .count();
    assert_eq!(closes, 1);
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at));
    // The stamps of the wall clock in media differ, and nothing before.
    let mut replayer = Replayer::new(&recording, now(), Exactness::Bytes).expect("a recording");
    let first = loop {
        let step = replayer.step().expect("something differs").expect("whole");
        if let Some(divergence) = step.divergence {
            break divergence;
        }
    };
    let (Some(Summary::Output(recorded)), Some(Summary::Output(replayed))) =
        (first.recorded, first.replayed)
    else {
        panic!("both: {first:?}");
    };
    assert_ne!(recorded.content, replayed.content);
    assert_eq!((recorded.class, recorded.size), (replayed.class, replayed.size));
    assert!(first.to_string().starts_with("output "), "{first}");
}
