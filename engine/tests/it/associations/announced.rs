//! Channels over the streams of a library that knows no more: how they are announced (RFC 8832) and
//! closed (RFC 8831 section 6.7).

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use lapwing_engine::{ChannelConfig, Reliability};

use super::dcep;
use super::peer::{Message, Peer, Told};

/// Bytes of a channel that wait at the most.
const WAITING_MAX: usize = 1 << 20;

/// What a message is (PPID, RFC 8831 section 8).
pub(super) mod kind {
    pub(crate) const DCEP: u32 = 50;
    pub(crate) const TEXT: u32 = 51;
    pub(crate) const BINARY: u32 = 53;
    pub(crate) const TEXT_EMPTY: u32 = 56;
    pub(crate) const BINARY_EMPTY: u32 = 57;
}

/// How a message is to be sent.
#[derive(Clone, Copy)]
pub(super) struct How {
    pub(super) ordered: bool,
    pub(super) reliability: Reliability,
}

const SURELY: How = How { ordered: true, reliability: Reliability::Reliable };

/// An association as the libraries have it.
pub(super) trait Streams {
    fn handle_packet(&mut self, packet: &[u8], now: Instant);

    fn handle_timeout(&mut self, now: Instant);

    fn next_timeout(&self) -> Option<Instant>;

    fn poll_packet(&mut self, now: Instant) -> Option<Vec<u8>>;

    fn poll_heard(&mut self) -> Option<Heard>;

    /// A stream that is used without an announcement.
    fn open(&mut self, stream: u16);

    fn send(&mut self, stream: u16, kind: u32, data: &[u8], how: How);

    /// Bytes of a stream that wait.
    fn buffered(&mut self, stream: u16) -> usize;

    /// Resets our side of a stream.
    fn reset(&mut self, stream: u16);

    fn shutdown(&mut self);

    fn abort(&mut self);
}

/// What a library told.
pub(super) enum Heard {
    Established,
    Message {
        stream: u16,
        kind: u32,
        data: Vec<u8>,
    },
    /// The peer has reset its side of a stream.
    Incoming(u16),
    /// The peer has taken the reset of our side.
    Outgoing(u16),
    Ended,
}

struct Channel {
    config: ChannelConfig,
    /// The peer knows of it, so that messages need not be in order (RFC 8832 section 6).
    is_known: bool,
    /// It was closed here, or by the peer.
    is_closing: bool,
    /// Our reset was asked for.
    is_asked: bool,
    /// Either side is reset.
    incoming: bool,
    outgoing: bool,
    /// Resets of the stream's lives before whose answers were lost, and come again.
    stale: u32,
}

pub(super) struct Announced<S> {
    streams: S,
    is_established: bool,
    /// We are the client of DTLS, whose channels have even streams.
    is_client: bool,
    channels: BTreeMap<u16, Channel>,
    /// What came before the library said that the association is up, as it may.
    early: Vec<Heard>,
    told: VecDeque<Told>,
}

impl<S: Streams> Announced<S> {
    pub(super) fn new(streams: S, is_client: bool) -> Self {
        Announced {
            streams,
            is_established: false,
            is_client,
            channels: BTreeMap::new(),
            early: Vec::new(),
            told: VecDeque::new(),
        }
    }

    /// Takes what the library has to say, and asks for resets that are due.
    fn settle(&mut self) {
        while let Some(heard) = self.streams.poll_heard() {
            self.hear(heard);
        }
        for (stream, channel) in &mut self.channels {
            let is_due = channel.is_closing && !channel.is_asked && self.is_established;
            if is_due && self.streams.buffered(*stream) == 0 {
                channel.is_asked = true;
                self.streams.reset(*stream);
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Established => {
                assert!(!self.is_established, "established once");
                self.is_established = true;
                self.told.push_back(Told::Established);
                let waiting: Vec<u16> = self.channels.keys().copied().collect();
                waiting.into_iter().for_each(|stream| self.announce(stream));
                std::mem::take(&mut self.early).into_iter().for_each(|heard| self.hear(heard));
            }
            Heard::Message { .. } if !self.is_established => self.early.push(heard),
            Heard::Message { stream, kind: kind::DCEP, data } => self.hear_dcep(stream, &data),
            Heard::Message { stream, kind, data } => {
                let channel = self.channels.get(&stream);
                let channel = channel.unwrap_or_else(|| panic!("nobody has stream {stream}"));
                assert!(!channel.incoming, "stream {stream} was reset by the peer");
                let message = match kind {
                    kind::TEXT => Message { binary: false, data },
                    kind::BINARY => Message { binary: true, data },
                    kind::TEXT_EMPTY => Message { binary: false, data: Vec::new() },
                    kind::BINARY_EMPTY => Message { binary: true, data: Vec::new() },
                    _ => panic!("a message of kind {kind}"),
                };
                self.told.push_back(Told::Message { stream, message });
            }
            Heard::Incoming(stream) => {
                if let Some(channel) = self.channels.get_mut(&stream) {
                    channel.incoming = true;
                    channel.is_closing = true;
                    self.release(stream);
                }
            }
            Heard::Outgoing(stream) => {
                let Some(channel) = self.channels.get_mut(&stream) else { return };
                if channel.stale > 0 {
                    channel.stale -= 1;
                } else {
                    channel.outgoing = true;
                    self.release(stream);
                }
            }
            Heard::Ended => self.told.push_back(Told::Ended),
        }
    }

    fn hear_dcep(&mut self, stream: u16, data: &[u8]) {
        if data == dcep::ACK {
            self.channels.get_mut(&stream).expect("it was announced").is_known = true;
            return;
        }
        let config = dcep::opened(data);
        let mut channel = Channel::new(config.clone(), true);
        // The peer has taken our reset, or it would not use the stream: the answer was lost.
        if let Some(before) = self.channels.remove(&stream) {
            assert!(before.incoming && before.is_asked, "stream {stream} has a channel");
            channel.stale = before.stale + 1;
            self.told.push_back(Told::Closed(stream));
        }
        self.streams.send(stream, kind::DCEP, dcep::ACK, SURELY);
        self.told.push_back(Told::Opened { stream, config, remote: true });
        self.channels.insert(stream, channel);
    }

    fn announce(&mut self, stream: u16) {
        let channel = &self.channels[&stream];
        let mut config = channel.config.clone();
        if config.negotiated.take().is_some() {
            self.streams.open(stream);
        } else {
            self.streams.send(stream, kind::DCEP, &dcep::open(&config), SURELY);
        }
        self.told.push_back(Told::Opened { stream, config, remote: false });
    }

    /// Both sides have reset the stream: it can be used again.
    fn release(&mut self, stream: u16) {
        let channel = &self.channels[&stream];
        if channel.incoming && channel.outgoing {
            self.channels.remove(&stream);
            self.told.push_back(Told::Closed(stream));
        }
    }
}

impl Channel {
    fn new(config: ChannelConfig, is_known: bool) -> Self {
        Channel {
            config,
            is_known,
            is_closing: false,
            is_asked: false,
            incoming: false,
            outgoing: false,
            stale: 0,
        }
    }
}

impl<S: Streams> Peer for Announced<S> {
    fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        self.streams.handle_packet(packet, now);
        self.settle();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.streams.handle_timeout(now);
        self.settle();
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.streams.next_timeout()
    }

    fn poll_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
        let packet = self.streams.poll_packet(now);
        self.settle();
        packet
    }

    fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    fn open(&mut self, config: &ChannelConfig) -> u16 {
        let first = if self.is_client { 0 } else { 1 };
        let mut free = (first..).step_by(2).filter(|stream| !self.channels.contains_key(stream));
        let stream = config.negotiated.or_else(|| free.next()).expect("a stream is free");
        let is_known = config.negotiated.is_some();
        self.channels.insert(stream, Channel::new(config.clone(), is_known));
        if self.is_established {
            self.announce(stream);
        }
        stream
    }

    fn write(&mut self, stream: u16, message: &Message) -> bool {
        if self.streams.buffered(stream) >= WAITING_MAX {
            return false;
        }
        let channel = &self.channels[&stream];
        assert!(!channel.is_closing, "stream {stream} is closed");
        let ordered = channel.config.ordered || !channel.is_known;
        let how = How { ordered, reliability: channel.config.reliability };
        let (kind, data): (_, &[u8]) = match (message.binary, message.data.is_empty()) {
            (false, false) => (kind::TEXT, &message.data),
            (true, false) => (kind::BINARY, &message.data),
            (false, true) => (kind::TEXT_EMPTY, &[0]),
            (true, true) => (kind::BINARY_EMPTY, &[0]),
        };
        self.streams.send(stream, kind, data, how);
        true
    }

    fn close(&mut self, stream: u16) {
        self.channels.get_mut(&stream).expect("the stream has a channel").is_closing = true;
        self.settle();
    }

    fn shutdown(&mut self) {
        self.streams.shutdown();
        self.settle();
    }

    fn abort(&mut self) {
        self.streams.abort();
        self.settle();
    }
}
