//! What commands come to, recorded and replayed.

use std::borrow::Cow;

use proptest::prelude::*;

use super::super::divergence::{Exactness, Summary};
use super::super::entry::Entry;
use super::super::options::RecordOptions;
use super::super::outcome::{OutcomeSummary, Refusal};
use super::super::reader::RecordingReader;
use super::super::replayer::Replayer;
use super::made::commands;
use super::start;
use crate::bitrate::Bitrate;
use crate::candidate::CandidateInit;
use crate::channel::{ChannelConfig, ChannelReadError, ChannelWriteError};
use crate::codec::{Codec, MediaKind};
use crate::command::Command;
use crate::config::{Config, SessionKind};
use crate::event::{Direction, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{Mid, PayloadType};
use crate::jsep::{NegotiationError, SendEncoding, SessionDescription, TransceiverInit};
use crate::media::{KeyframeError, Media, RtcpWriteError, WriteError};
use crate::outcome::Outcome;
use crate::output::Output;
use crate::rtc::Rtc;
use crate::test_time::origin;
use crate::time::MediaTime;

/// What every command comes to, in its order, on a connection that has nothing but one m-line and a
/// channel.
#[test]
fn outcomes_are_recorded_by_kind() {
    let config = Config { session: SessionKind::Own, ..Config::seeded(1) };
    let config = config.with_recording(RecordOptions::default());
    let mut rtc = Rtc::new(config, origin());
    for command in commands(7, "some text", b"some bytes") {
        rtc.dispatch(&command, origin());
    }
    let recording = rtc.finish_recording();
    let read = RecordingReader::new(&recording).expect("a recording");
    let outcomes = read.filter_map(|timed| match timed.expect("whole").entry {
        Entry::Outcome { outcome } => Some(outcome),
        _ => None,
    });
    let told: Vec<_> = outcomes.map(|outcome| outcome.to_string()).collect();
    let told: Vec<_> =
        told.iter().map(|text| text.split(" (").next().unwrap_or_default()).collect();
    let wanted = [
        "0",
        "refused, unknown-transceiver",
        "refused, unknown-transceiver",
        "done",
        "description",
        "refused, not-created-here",
        "refused, no-description",
        "refused, wrong-state",
        "refused, no-remote-description",
        "refused, no-remote-description",
        "1",
        "refused, wrong-state",
        "done",
        "refused, no-codec",
        "refused, wrong-header-extensions",
        "refused, wrong-encodings",
        "refused, unknown-mid",
        "refused, wrong-delivery",
        "refused, rtcp-malformed",
        "refused, nothing-received",
        "done",
        "0",
        "refused, channel-not-open",
        "0",
        "done",
        "done",
        "refused, channel-not-open",
        "refused, channel-not-open",
        "refused, channel-not-open",
        "refused, channel-not-open",
        "done",
        "done",
        "done",
    ];
    assert_eq!(told, wanted);
}

/// Each method builds the command of its name, and takes its answer.
#[test]
fn every_method_is_a_command() {
    let config = Config { session: SessionKind::Own, ..Config::seeded(1) };
    let config = config.with_recording(RecordOptions::default());
    let mut rtc = Rtc::new(config, origin());
    let mid = Mid::new("0").expect("short");
    let mut negotiation = rtc.negotiation();
    let id = negotiation.add_transceiver(MediaKind::Video, TransceiverInit::default());
    assert_eq!(negotiation.add_track(MediaKind::Video, TransceiverInit::default()).0, 1);
    assert_eq!(negotiation.set_direction(id, Direction::SendOnly), Ok(()));
    assert_eq!(negotiation.set_streams(id, vec!["stream".to_owned()]), Ok(()));
    assert_eq!(negotiation.set_codec_preferences(id, Vec::new()), Ok(()));
    let extensions = negotiation.header_extensions(id).expect("there is one");
    assert!(!extensions.is_empty());
    assert_eq!(negotiation.set_header_extensions(id, extensions), Ok(()));
    assert_eq!(negotiation.set_parameters(id, vec![SendEncoding::new(None)]), Ok(()));
    negotiation.restart_ice();
    let offer = negotiation.create_offer().expect("there is something to offer");
    assert_eq!(negotiation.set_local(&offer), Ok(()));
    assert!(negotiation.set_remote(&offer).is_ok(), "ignored");
    assert_eq!(negotiation.rollback(), Ok(()));
    assert!(negotiation.create_answer().is_err(), "nobody offers");
    let early = CandidateInit { mid: Some("0".to_owned()), ..CandidateInit::default() };
    assert_eq!(negotiation.add_candidate(&early), Err(NegotiationError::NoRemoteDescription));
    assert_eq!(negotiation.add_ice_candidate(""), Err(NegotiationError::NoRemoteDescription));
    assert_eq!(negotiation.stop(id), Ok(()));
    let mut media = Media::new(&mut rtc, mid, MediaKind::Video);
    let (codec, time) = (Codec::Vp8, MediaTime::new(0, MediaTime::VIDEO_RATE));
    let frame = EncodedFrame { codec, time, keyframe: true, data: [0].into() };
    assert_eq!(media.write(&frame, origin()), Err(WriteError::UnknownMid));
    let packet = OutgoingPacket {
        payload_type: PayloadType(96),
        sequence_number: 0,
        timestamp: 0,
        marker: false,
        nackable: false,
        payload: [0].into(),
    };
    assert_eq!(media.write_packet(None, packet, origin()), Err(WriteError::WrongDelivery));
    let asked = media.request_keyframe(None, KeyframeRequestKind::Pli);
    assert_eq!(asked, Err(KeyframeError::NothingReceived));
    media.select_layer(None);
    assert_eq!(rtc.write_rtcp(b"", origin()), Err(RtcpWriteError::Malformed));
    let id = rtc.create_channel(ChannelConfig::new("chat")).expect("there is room");
    let mut channel = rtc.channel(id).expect("it was made");
    assert_eq!(channel.write_text("hello"), Err(ChannelWriteError::NotOpen));
    assert_eq!(channel.begin_message(true, None), Err(ChannelWriteError::NotOpen));
    assert_eq!(channel.write_part(b"x"), Err(ChannelWriteError::NotOpen));
    assert_eq!(channel.end_message(), Err(ChannelWriteError::NotOpen));
    assert_eq!(channel.pause(), Err(ChannelReadError::NotOpen));
    assert_eq!(channel.read(1), None);
    assert_eq!(channel.buffered_amount(), 0);
    channel.set_buffered_amount_low_threshold(1);
    channel.close();
    rtc.set_desired_bitrate(Bitrate::bps(0), Bitrate::kbps(1));
    rtc.close(origin());
    let recording = rtc.finish_recording();
    let read = RecordingReader::new(&recording).expect("a recording");
    let mut called: Vec<_> = read
        .filter_map(|timed| match timed.expect("whole").entry {
            Entry::Command(command) => Some(command.name()),
            _ => None,
        })
        .collect();
    let mut all: Vec<_> = commands(0, "", b"").iter().map(Command::name).collect();
    called.sort_unstable();
    all.sort_unstable();
    assert_eq!(called, all);
}

#[test]
fn an_outcome_that_differs_is_named() {
    let mut recorder = start(RecordOptions::default());
    recorder.command(&Command::Rollback, origin());
    let outcome = OutcomeSummary::Done;
    recorder.entry(Entry::Outcome { outcome }, origin());
    recorder.entry(Entry::Outcome { outcome }, origin());
    let recording = recorder.finish();
    let mut replayer = Replayer::new(&recording, origin(), Exactness::Shapes).expect("readable");
    let mut found = Vec::new();
    while let Some(step) = replayer.step() {
        found.extend(step.expect("whole").divergence);
    }
    let recorded = Some(Summary::Outcome(outcome));
    assert_eq!(found.iter().map(|one| one.recorded).collect::<Vec<_>>(), [recorded, recorded]);
    let Some(Summary::Outcome(OutcomeSummary::Refused { refusal, .. })) = found[0].replayed else {
        panic!("a refusal: {:?}", found[0]);
    };
    assert_eq!((refusal, found[1].replayed), (Refusal::WrongState, None));
    let said = found[0].to_string();
    assert!(
        said.starts_with(
            "output 0 at 0.000000 s: then outcome: done, now outcome: refused, wrong-state"
        ),
        "{said}"
    );
}

/// Commands that a program may give at any time, the `kind`th of them.
fn any_command<'a>(kind: usize, number: u64, offer: Option<&'a SessionDescription>) -> Command<'a> {
    match (commands(number, "0", b"message").swap_remove(kind), offer) {
        (Command::SetLocal { .. }, Some(offer)) => {
            Command::SetLocal { description: Cow::Borrowed(offer) }
        }
        (command, _) => command,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_commands_come_to_the_same_again(
        asked in prop::collection::vec((0_usize..27, any::<u64>(), any::<bool>()), 1..40),
    ) {
        let config = Config { session: SessionKind::Own, ..Config::seeded(1) };
    let config = config.with_recording(RecordOptions::default());
        let mut rtc = Rtc::new(config, origin());
        let mut offer = None;
        for (kind, number, polls) in &asked {
            let command = any_command(*kind, *number, offer.as_ref());
            if let Outcome::Described(Ok(made)) = rtc.dispatch(&command, origin()) {
                offer = Some(made);
            }
            while *polls && !matches!(rtc.poll_output(), Output::Timeout { .. }) {}
        }
        let recording = rtc.finish_recording();
        let mut replayer = Replayer::new(&recording, origin(), Exactness::Shapes).expect("readable");
        let mut outcomes = 0;
        while let Some(step) = replayer.step() {
            let step = step.expect("whole");
            prop_assert_eq!(step.divergence, None);
            outcomes += usize::from(matches!(step.entry.entry, Entry::Outcome { .. }));
        }
        prop_assert_eq!(outcomes, asked.len());
    }
}
