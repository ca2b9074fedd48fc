//! Arbitrary bytes are read without harm, and what is written is read as it was.

mod made;
mod replays;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use self::made::{ENTRIES, entries};
use super::divergence::Exactness;
use super::entry::Entry;
use super::error::{ReadError, ReplayError};
use super::format::{MAGIC, RECORDING_VERSION};
use super::options::RecordOptions;
use super::reader::RecordingReader;
use super::recorder::{RECORDING_BYTES_MAX, Recorder};
use super::replayer::Replayer;
use super::wire::{Source, Wire};
use crate::bitrate::Bitrate;
use crate::certificate::Certificate;
use crate::codec::Codec;
use crate::command::{Blob, Command};
use crate::config::{
    BundlePolicy, ChannelBudget, CodecOrder, Config, Delivery, DtlsVersion, MdnsPolicy,
    NegotiationRole, PeerLines, RtcpEvents, SessionKind,
};
use crate::congestion::ControllerFactory;
use crate::ice_server::{HttpProxy, IceServer, IceTransportPolicy, TlsTrust};
use crate::ids::ChannelId;
use crate::jsep::{SdpType, SessionDescription};
use crate::redundancy::{AudioRedundancy, CopyDistances, Redundancy, VideoFec};
use crate::test_time::origin;

fn start(options: RecordOptions) -> Recorder {
    let config = Config::seeded(1).with_shared_socket("192.0.2.1:9".parse().unwrap());
    Recorder::new(options, &config, origin())
}

#[test]
fn settings_survive() {
    let config = Config {
        seed: [7; 32],
        unix_time: Duration::new(1, 2),
        codecs: vec![Codec::Vp8, Codec::Opus],
        codec_order: CodecOrder::Own,
        bundle_policy: BundlePolicy::MaxBundle,
        peer_lines: PeerLines::Receive,
        delivery: Delivery::Packets,
        rtcp_events: RtcpEvents::All,
        role: NegotiationRole::Polite,
        shared_sockets: vec!["192.0.2.1:9".parse().expect("an address")],
        ice_servers: vec![
            IceServer::new(["turn:a.example", "turns:b.example:443"], "ada", "secret").unwrap(),
        ],
        ice_transport_policy: IceTransportPolicy::Relay,
        ice_candidate_pool_size: 3,
        ice_tcp: true,
        tls_trust: TlsTrust::Roots(b"roots".as_slice().into()),
        http_proxy: Some(Arc::new(HttpProxy {
            host: "proxy.example".to_owned(),
            port: 3_128,
            credentials: Some(("ada".to_owned(), "secret".to_owned())),
        })),
        include_loopback: true,
        resolve_names: false,
        mdns: MdnsPolicy::Hide,
        probe_nat: true,
        ice_lite: true,
        session: SessionKind::Own,
        dtls: DtlsVersion::V1_2,
        certificate: Some(Certificate::generate([8; 32], Duration::from_secs(1_780_000_000))),
        snap: false,
        sped: true,
        initial_bitrate: None,
        redundancy: Redundancy {
            audio: AudioRedundancy::Send { distance: 255 },
            video: VideoFec::Ulpfec,
        },
        controller: Some(ControllerFactory::recorded("of one's own")),
        ccfb: false,
        ecn: true,
        ice_failed_after: Duration::from_millis(1_500),
        closed_after_failed: Some(Duration::from_secs(9)),
        channels_max: 99,
        channel_buffer: 5,
        channel_budget: ChannelBudget::BesideMedia { least_percent: 7 },
        message_bytes_max: None,
        stats_interval: Duration::from_secs(3),
        record: None,
        key_log: false,
    };
    let recording = Recorder::new(RecordOptions::default(), &config, origin()).finish();
    let first = RecordingReader::new(&recording).expect("a recording").next();
    let entry = first.expect("it begins").expect("with a whole entry").entry;
    let Entry::Start { config: read } = entry else { panic!("a start: {entry:?}") };
    assert_eq!(format!("{read:?}"), format!("{config:?}"));
    // What is not shown.
    assert_eq!(read.ice_servers, config.ice_servers);
    assert_eq!(read.http_proxy, config.http_proxy);
}

/// Settings as a file may hold them, which no program would choose.
fn any_config() -> impl Strategy<Value = Config> {
    let spans = (any::<Duration>(), any::<Duration>(), any::<Duration>(), any::<Duration>());
    let choices = (any::<bool>(), any::<bool>(), any::<bool>());
    let limits = (any::<usize>(), any::<usize>(), any::<u64>());
    let codecs = prop::sample::subsequence(Codec::ALL.to_vec(), 0..=Codec::ALL.len());
    (spans, choices, limits, codecs).prop_map(|(spans, choices, limits, codecs)| {
        let mut config = Config::seeded(limits.2).with_codecs(codecs);
        config.unix_time = spans.0;
        config.ice_failed_after = spans.1;
        config.closed_after_failed = choices.0.then_some(spans.2);
        config.stats_interval = spans.3;
        config.ice_lite = choices.1;
        config.delivery = if choices.2 { Delivery::Packets } else { Delivery::Frames };
        config.channel_buffer = limits.0;
        config.channels_max = limits.1;
        config.initial_bitrate = Some(Bitrate::bps(limits.2));
        config
    })
}

#[test]
fn each_redundancy_of_sound_is_read_as_it_was() {
    let spread = |distances: &[u8]| CopyDistances::new(distances).map(AudioRedundancy::Spread);
    for audio in [
        AudioRedundancy::Off,
        AudioRedundancy::Receive,
        AudioRedundancy::Send { distance: 0 },
        AudioRedundancy::Adaptive,
        AudioRedundancy::Spread(CopyDistances::NONE),
        AudioRedundancy::Spread(CopyDistances::following(15)),
        spread(&[2, 4]).unwrap(),
        spread(&[1, 3, 5, 8]).unwrap(),
    ] {
        let mut config = Config::seeded(1);
        config.redundancy.audio = audio;
        let recording = Recorder::new(RecordOptions::default(), &config, origin()).finish();
        let first = RecordingReader::new(&recording).unwrap().next().unwrap().unwrap();
        let Entry::Start { config: read } = first.entry else { panic!("a start") };
        assert_eq!(read.redundancy.audio, audio);
    }
}

fn read_all(bytes: &[u8]) -> (usize, Option<ReadError>) {
    let reader = match RecordingReader::new(bytes) {
        Ok(reader) => reader,
        Err(error) => return (0, Some(error)),
    };
    let mut count = 0;
    for entry in reader {
        match entry {
            Ok(_) => count += 1,
            Err(error) => return (count, Some(error)),
        }
    }
    (count, None)
}

#[test]
fn cuts_and_damage_are_found_and_what_was_before_is_kept() {
    let mut recorder = start(RecordOptions::default());
    for entry in entries(7, "some text", b"some bytes") {
        recorder.entry(entry, origin());
    }
    let whole = recorder.finish();
    let (count, error) = read_all(&whole);
    assert_eq!((count, error), (ENTRIES + 2, None));
    for length in MAGIC.len() + 3..whole.len() {
        let (count, error) = read_all(&whole[..length]);
        assert!(count < ENTRIES + 2);
        assert_eq!(error, Some(ReadError::Truncated { offset: length }));
    }
    for place in MAGIC.len() + 3..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 4;
        let (_, error) = read_all(&damaged);
        assert!(error.is_some(), "a bit of byte {place}");
    }
    assert_eq!(read_all(b"%PDF-1.4"), (0, Some(ReadError::NotARecording)));
}

#[test]
fn other_versions_are_refused_by_number() {
    let whole = start(RecordOptions::default()).finish();
    for version in (0..=u16::from(u8::MAX)).filter(|version| *version != RECORDING_VERSION) {
        let mut other = whole.clone();
        other[MAGIC.len()..][..2].copy_from_slice(&version.to_le_bytes());
        assert_eq!(read_all(&other), (0, Some(ReadError::Version(version))));
    }
    let said = ReadError::Version(1).to_string();
    let wanted = "a recording of version 1, and only version 12 is read: use the program that made \
                  it, or record again";
    assert_eq!(said, wanted);
}

#[test]
fn what_is_left_out_is_not_there() {
    let sdp = "v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:SECRETSECRET\r\na=mid:0\r\n";
    let options = RecordOptions { keys: false, payload: false };
    let mut recorder = start(options);
    let description = SessionDescription { kind: SdpType::Offer, sdp: sdp.to_owned() };
    let command = Command::SetRemote { description: Cow::Borrowed(&description) };
    recorder.command(&command, origin());
    let id = ChannelId(0);
    let message = b"what was said";
    let command = Command::WriteChannel { id, binary: false, data: Blob::Whole(message) };
    recorder.command(&command, origin());
    let shared = Arc::from(&message[..]);
    let command = Command::WriteChannel { id, binary: true, data: Blob::Shared(&shared) };
    recorder.command(&command, origin());
    let recording = recorder.finish();
    let has = |words: &[u8]| recording.windows(words.len()).any(|window| window == words);
    assert!(has(b"abcd") && !has(b"SECRET") && !has(b"was said"));
    assert!(!has(&Config::seeded(1).seed[..]));
    let entries: Vec<_> = RecordingReader::new(&recording).unwrap().map(Result::unwrap).collect();
    for timed in &entries[2..4] {
        let Entry::Command(Command::WriteChannel { data, .. }) = &timed.entry else {
            panic!("a message: {timed:?}");
        };
        assert_eq!((data.length(), data.whole()), (13, None));
    }
    let refused = Replayer::new(&recording, origin(), Exactness::Bytes).err();
    assert_eq!(refused, Some(ReplayError::LeftOut(options)));
}

#[test]
fn memory_is_bounded() {
    let mut recorder = start(RecordOptions::default());
    let data = vec![0; 1 << 20];
    for _ in 0..80 {
        let data = Blob::Whole(&data);
        recorder.command(&Command::WriteChannel { id: ChannelId(0), binary: true, data }, origin());
    }
    let recording = recorder.finish();
    assert!(recording.len() < RECORDING_BYTES_MAX + 100);
    let (count, error) = read_all(&recording);
    assert!(count > 60);
    assert!(matches!(error, Some(ReadError::Overrun { .. })), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(
        number in any::<u64>(),
        text in ".{0,40}",
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        steps in prop::collection::vec(0_u64..1 << 40, ENTRIES),
    ) {
        let written = entries(number, &text, &bytes);
        prop_assert_eq!(written.len(), ENTRIES);
        let mut recorder = start(RecordOptions::default());
        let mut at = Duration::ZERO;
        let mut expected = Vec::new();
        for (entry, step) in written.iter().zip(steps) {
            at += Duration::from_nanos(step);
            recorder.entry(entry.clone(), origin() + at);
            expected.push(format!("{at:?} {entry:?}"));
        }
        let recording = recorder.finish();
        let read: Vec<_> = RecordingReader::new(&recording).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(read.len(), expected.len() + 2);
        for (timed, expected) in read[1..].iter().zip(expected) {
            prop_assert_eq!(format!("{:?} {:?}", timed.at, timed.entry), expected);
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        change in any::<(usize, u8)>(),
    ) {
        read_all(&bytes);
        let mut recorder = start(RecordOptions::default());
        for entry in entries(1, "text", &bytes) {
            recorder.entry(entry, origin());
        }
        let mut recording = recorder.finish();
        let place = change.0 % recording.len();
        recording[place] = change.1;
        read_all(&recording);
        // Fields that no checksum stands before.
        let _ = Entry::take(&mut Source(&bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_connection_takes_any_entries_without_harm(
        number in any::<u64>(),
        text in ".{0,40}",
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        order in prop::collection::vec((0..ENTRIES, 0_u64..1 << 36), 0..80),
        config in any_config(),
    ) {
        let mut recorder = Recorder::new(RecordOptions::default(), &config, origin());
        let made = entries(number, &text, &bytes);
        let mut at = origin();
        for (index, step) in order {
            at += Duration::from_nanos(step);
            recorder.entry(made[index].clone(), at);
        }
        let recording = recorder.finish();
        let mut replayer = Replayer::new(&recording, origin(), Exactness::Shapes).unwrap();
        while let Some(step) = replayer.step() {
            prop_assert!(step.is_ok());
        }
    }
}
