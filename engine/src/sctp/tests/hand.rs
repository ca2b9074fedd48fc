//! Against a peer that is written by hand, byte for byte as others speak.

use std::time::{Duration, Instant};

use crate::channel::{ChannelConfig, Reliability};
use crate::sctp::init::{Init, cookie};
use crate::sctp::resets::{request_value, response_value};
use crate::sctp::wire::{PacketView, PacketWriter, chunk, number};
use crate::sctp::{Association, Config, EndReason, Event, Output};
use crate::test_time::origin;

/// First number of the peer's DATA and requests.
pub(super) const FIRST: u32 = 0xffff_fffe;

const TAG: u32 = 0x7777;

/// An association of ours and the end of a peer that does nothing by itself.
pub(super) struct Hand {
    pub(super) ours: Association,
    pub(super) now: Instant,
    pub(super) events: Vec<Event>,
    tag: u32,
}

/// A chunk that was sent.
pub(super) type Sent = (u8, u8, Vec<u8>);

pub(super) fn peer_init() -> Init {
    Init {
        tag: TAG,
        window: 1 << 20,
        outbound_streams: 1_024,
        inbound_streams: 1_024,
        first_tsn: FIRST,
        forward_tsn: true,
        resets: true,
        interleaving: false,
        zero_checksum: false,
    }
}

impl Hand {
    /// Established by the peer's set-up.
    pub(super) fn established() -> Self {
        Self::with(Config::seeded([3; 32], true), &peer_init())
    }

    pub(super) fn with(config: Config, init: &Init) -> Self {
        let now = origin();
        let ours = Association::new(config, now);
        let mut hand = Hand { ours, now, events: Vec::new(), tag: 0 };
        let sent = hand.send(0, &[(chunk::INIT, 0, init.to_value(None))]);
        let (_, _, ack) =
            sent.iter().find(|(kind, _, _)| *kind == chunk::INIT_ACK).expect("it is answered");
        hand.tag = Init::parse(ack).unwrap().tag;
        let echo = cookie(ack).unwrap().to_vec();
        let sent = hand.say(&[(chunk::COOKIE_ECHO, 0, echo)]);
        assert!(sent.iter().any(|(kind, _, _)| *kind == chunk::COOKIE_ACK));
        assert!(hand.ours.is_established());
        hand
    }

    /// Sends a packet with a tag; gives the chunks that come back at once.
    pub(super) fn send(&mut self, tag: u32, chunks: &[Sent]) -> Vec<Sent> {
        let mut writer = PacketWriter::new((5000, 5000), tag);
        chunks.iter().for_each(|(kind, flags, value)| writer.push(*kind, *flags, value));
        self.ours.handle_packet(&writer.finish(), self.now);
        self.sent()
    }

    pub(super) fn say(&mut self, chunks: &[Sent]) -> Vec<Sent> {
        self.send(self.tag, chunks)
    }

    pub(super) fn wait(&mut self, milliseconds: u64) -> Vec<Sent> {
        self.now += Duration::from_millis(milliseconds);
        self.ours.handle_timeout(self.now);
        self.sent()
    }

    fn sent(&mut self) -> Vec<Sent> {
        let mut sent = Vec::new();
        while let Some(output) = self.ours.poll() {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Packet(packet) => {
                    let view = PacketView::parse(&packet).unwrap();
                    sent.extend(view.chunks().map(|one| (one.kind, one.flags, one.value.to_vec())));
                }
            }
        }
        sent
    }

    pub(super) fn messages(&self) -> Vec<&[u8]> {
        let messages = self.events.iter().filter_map(|event| match event {
            Event::Message { data, .. } => Some(data.as_slice()),
            _ => None,
        });
        messages.collect()
    }

    pub(super) fn end(&self) -> Option<EndReason> {
        self.events.iter().find_map(|event| match event {
            Event::Ended(reason) => Some(*reason),
            _ => None,
        })
    }
}

/// A whole message; `tsn` counts from the first.
pub(super) fn data(tsn: u32, stream: u16, sequence: u16, kind: u8, payload: &[u8]) -> Sent {
    piece(tsn, stream, sequence, kind, 3, payload)
}

pub(super) fn piece(
    tsn: u32,
    stream: u16,
    sequence: u16,
    kind: u8,
    flags: u8,
    payload: &[u8],
) -> Sent {
    let mut value = FIRST.wrapping_add(tsn).to_be_bytes().to_vec();
    value.extend(stream.to_be_bytes());
    value.extend(sequence.to_be_bytes());
    value.extend([0, 0, 0, kind]);
    value.extend(payload);
    (chunk::DATA, flags, value)
}

pub(super) fn sack(cumulative: u32) -> Sent {
    let mut value = cumulative.to_be_bytes().to_vec();
    value.extend([0, 16, 0, 0, 0, 0, 0, 0]);
    (chunk::SACK, 0, value)
}

/// Payload and identifier of DATA, and its number.
fn payloads(sent: &[Sent]) -> Vec<(u8, Vec<u8>)> {
    let data = sent.iter().filter(|(kind, _, _)| *kind == chunk::DATA);
    data.map(|(_, _, value)| (value[11], value[12..].to_vec())).collect()
}

fn highest(sent: &[Sent]) -> u32 {
    let data = sent.iter().rfind(|(kind, _, _)| *kind == chunk::DATA);
    number(&data.expect("DATA was sent").2, 0).unwrap()
}

const OPEN: &[u8] = b"\x03\x81\0\0\0\0\0\x05\0\x04\0\x05chatproto";

#[test]
fn a_channel_as_others_announce_it() {
    let mut hand = Hand::established();
    let sent = hand.say(&[data(0, 1, 0, 50, OPEN)]);
    assert_eq!(payloads(&sent), [(50, vec![2])], "acknowledged");
    let Some(Event::Opened(opened)) = hand.events.last().cloned() else { panic!("it opens") };
    assert!(opened.remote && !opened.ordered);
    assert_eq!((opened.label.as_str(), opened.protocol.as_str()), ("chat", "proto"));
    assert_eq!(opened.reliability, Reliability::MaxRetransmits { count: 5 });
    hand.say(&[data(1, 1, 1, 51, b"hi"), data(2, 1, 2, 57, &[0]), data(3, 1, 3, 52, b"old")]);
    hand.say(&[data(4, 1, 4, 53, &[9])]);
    assert_eq!(hand.messages(), [&b"hi"[..], b"", &[9]]);
    hand.ours.write(opened.channel, false, b"ho").unwrap();
    assert_eq!(payloads(&hand.wait(0)), [(51, b"ho".to_vec())]);
}

#[test]
fn a_channel_as_we_announce_it() {
    let mut hand = Hand::established();
    let mut config = ChannelConfig::new("chat");
    config.ordered = false;
    let channel = hand.ours.open(&config).unwrap();
    let sent = hand.wait(0);
    assert_eq!(payloads(&sent), [(50, b"\x03\x80\x01\0\0\0\0\0\0\x04\0\0chat".to_vec())]);
    assert_eq!(sent[0].1 & 7, 3, "whole and ordered");
    hand.say(&[sack(highest(&sent)), data(0, 0, 0, 50, &[2])]);
    hand.ours.write(channel, true, b"x").unwrap();
    let sent = hand.wait(0);
    assert_eq!(sent.iter().find(|one| one.0 == chunk::DATA).unwrap().1 & 7, 7, "unordered");
}

#[test]
fn malformed_announcements_close_the_channel() {
    for announcement in [&OPEN[..20], b"\x09", b"\x03\x05\0\0\0\0\0\0\0\0\0\0"] {
        let mut hand = Hand::established();
        hand.say(&[data(0, 1, 0, 50, announcement)]);
        let sent = hand.wait(0);
        assert!(sent.is_empty() || sent[0].0 != chunk::ABORT);
        assert!(!hand.events.iter().any(|event| matches!(event, Event::Opened(_))));
        assert!(hand.ours.is_stream_taken(1), "until both have reset it");
        assert!(hand.ours.is_established());
    }
    // On a channel that is there.
    let mut hand = Hand::established();
    let sent = hand.say(&[data(0, 1, 0, 50, OPEN)]);
    let sent = hand.say(&[sack(highest(&sent)), data(1, 1, 1, 50, b"\x03")]);
    let reset = sent.iter().find(|(kind, _, _)| *kind == chunk::RE_CONFIG);
    assert_eq!(reset.map(|(_, _, value)| value[16..].to_vec()), Some(vec![0, 1]), "stream 1");
    assert!(hand.ours.is_established());
}

#[test]
fn a_reset_goes_once_whatever_the_peer_does() {
    let mut hand = Hand::established();
    let sent = hand.say(&[data(0, 1, 0, 50, OPEN)]);
    let Some(Event::Opened(opened)) = hand.events.last().cloned() else { panic!("it opens") };
    hand.say(&[sack(highest(&sent))]);
    hand.ours.close(opened.channel);
    let request = hand.wait(0);
    assert_eq!(request.len(), 1);
    assert_eq!(request[0].0, chunk::RE_CONFIG);
    let ours = number(&request[0].2, 4).unwrap();
    // The peer answers, and resets its side: all that comes back is an answer.
    let reset = (chunk::RE_CONFIG, 0, request_value(FIRST, ours, FIRST, &[1]));
    let performed = (chunk::RE_CONFIG, 0, response_value(ours, 1));
    let sent = hand.say(&[performed, reset.clone()]);
    assert_eq!(sent, [(chunk::RE_CONFIG, 0, response_value(FIRST, 1))]);
    assert_eq!(hand.events.last(), Some(&Event::Closed(opened.channel)));
    // And uses the stream again at once.
    hand.say(&[data(1, 1, 0, 50, OPEN), data(2, 1, 1, 51, b"anew")]);
    assert_eq!(hand.messages(), [b"anew"]);
    // The answer was lost, so it asks again.
    let sent = hand.say(&[reset]);
    assert!(sent.contains(&(chunk::RE_CONFIG, 0, response_value(FIRST, 1))));
    assert!(matches!(hand.events.last(), Some(Event::Message { .. })), "the next one stays open");
    let resets = hand.wait(10_000).iter().filter(|one| one.0 == chunk::RE_CONFIG).count();
    assert_eq!(resets, 0);
}

#[test]
fn a_next_life_that_begins_before_the_answer_is_not_hurt() {
    let mut hand = Hand::established();
    let sent = hand.say(&[data(0, 1, 0, 50, OPEN)]);
    let Some(Event::Opened(opened)) = hand.events.last().cloned() else { panic!("it opens") };
    hand.say(&[sack(highest(&sent))]);
    hand.ours.close(opened.channel);
    let request = hand.wait(0);
    // The peer's answer is lost; its own reset comes, and then it opens another channel.
    hand.say(&[(chunk::RE_CONFIG, 0, request_value(FIRST, 0, FIRST, &[1]))]);
    hand.say(&[data(1, 1, 0, 50, OPEN), data(2, 1, 1, 51, b"anew")]);
    assert_eq!(hand.messages(), [b"anew"]);
    assert!(hand.events.contains(&Event::Closed(opened.channel)));
    let again = hand.wait(5_000);
    assert!(again.contains(&request[0]), "the same request, which the peer knows");
    let ours = number(&request[0].2, 4).unwrap();
    hand.say(&[(chunk::RE_CONFIG, 0, response_value(ours, 1))]);
    hand.say(&[data(3, 1, 2, 51, b"still here")]);
    assert_eq!(hand.messages(), [&b"anew"[..], b"still here"]);
}

#[test]
fn more_streams_are_granted_and_counted_apart() {
    let mut hand = Hand::established();
    let add = |number: u32| {
        let value = [&[0, 17, 0, 12][..], &number.to_be_bytes(), &[0, 9, 0, 0]].concat();
        (chunk::RE_CONFIG, 0, value)
    };
    assert_eq!(hand.say(&[add(FIRST)]), [(chunk::RE_CONFIG, 0, response_value(FIRST, 1))]);
    hand.say(&[data(0, 1, 0, 50, OPEN)]);
    let second = FIRST.wrapping_add(1);
    let sent = hand.say(&[(chunk::RE_CONFIG, 0, request_value(second, 0, FIRST, &[1]))]);
    assert!(sent.contains(&(chunk::RE_CONFIG, 0, response_value(second, 1))));
}

#[test]
fn a_peer_without_resets_closes_too() {
    let init = Init { resets: false, ..peer_init() };
    let mut hand = Hand::with(Config::seeded([3; 32], true), &init);
    let channel = hand.ours.open(&ChannelConfig::new("x")).unwrap();
    let sent = hand.wait(0);
    hand.ours.close(channel);
    hand.say(&[sack(highest(&sent))]);
    assert_eq!(hand.events.last(), Some(&Event::Closed(channel)));
    assert!(hand.ours.is_stream_taken(0), "for good");
}

#[test]
fn hearts_beat_and_what_is_unknown_is_skipped_or_not() {
    let mut hand = Hand::established();
    let beat = vec![0, 1, 0, 8, 9, 9, 9, 9];
    let sent = hand.say(&[(chunk::HEARTBEAT, 0, beat.clone())]);
    assert_eq!(sent, [(chunk::HEARTBEAT_ACK, 0, beat)]);
    let hello = |tsn| data(tsn, 1, 0, 50, OPEN);
    for (kind, is_read, is_reported) in
        [(0x3f, false, false), (0x7f, false, true), (0xbf, true, false), (0xff, true, true)]
    {
        let mut hand = Hand::established();
        let sent = hand.say(&[(kind, 0, vec![1, 2, 3]), hello(0)]);
        let opened = hand.events.iter().any(|event| matches!(event, Event::Opened(_)));
        assert_eq!(opened, is_read, "{kind:#x}");
        let report = (chunk::ERROR, 0, vec![0, 6, 0, 12, kind, 0, 0, 7, 1, 2, 3, 0]);
        assert_eq!(sent.contains(&report), is_reported, "{kind:#x}");
    }
}

#[test]
fn data_proves_what_a_lost_cookie_ack_would_have() {
    let mut ours = Association::new(Config::seeded([4; 32], true), origin());
    let Some(Output::Packet(hello)) = ours.poll() else { panic!("INIT goes out") };
    let hello = PacketView::parse(&hello).unwrap().chunks().next().unwrap().value.to_vec();
    let init = Init::parse(&hello).unwrap();
    let ack = PacketWriter::new((5000, 5000), init.tag)
        .chunk(chunk::INIT_ACK, 0, &peer_init().to_value(Some(b"cooky")))
        .finish();
    ours.handle_packet(&ack, origin());
    let Some(Output::Packet(echo)) = ours.poll() else { panic!("COOKIE ECHO goes out") };
    let echo = PacketView::parse(&echo).unwrap().chunks().next().unwrap().value.to_vec();
    assert_eq!(echo, b"cooky");
    let (kind, flags, value) = data(0, 1, 0, 50, OPEN);
    let packet = PacketWriter::new((5000, 5000), init.tag).chunk(kind, flags, &value).finish();
    ours.handle_packet(&packet, origin());
    assert!(ours.is_established());
    let events: Vec<_> = std::iter::from_fn(|| ours.poll())
        .filter(|output| matches!(output, Output::Event(Event::Opened(_))))
        .collect();
    assert_eq!(events.len(), 1);
}
