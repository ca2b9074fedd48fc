//! Our own association.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use lapwing_engine::ChannelConfig;
use lapwing_engine::sctp::{Association, ChannelNumber, Config, Event, Output, WriteError};

use super::peer::{Message, Peer, Told};

pub(super) struct Ours {
    association: Association,
    streams: BTreeMap<ChannelNumber, u16>,
    packets: VecDeque<Vec<u8>>,
    told: VecDeque<Told>,
}

impl Ours {
    pub(super) fn new(config: Config, now: Instant) -> Self {
        let mut ours = Ours {
            association: Association::new(config, now),
            streams: BTreeMap::new(),
            packets: VecDeque::new(),
            told: VecDeque::new(),
        };
        ours.drain();
        ours
    }

    fn drain(&mut self) {
        while let Some(output) = self.association.poll() {
            match output {
                Output::Packet(packet) => self.packets.push_back(packet),
                Output::Event(event) => {
                    let told = self.hear(event);
                    self.told.extend(told);
                }
            }
        }
    }

    fn hear(&mut self, event: Event) -> Option<Told> {
        Some(match event {
            Event::Established => Told::Established,
            Event::Opened(opened) => {
                let stream = self.association.stream_of(opened.channel);
                let stream = stream.expect("one that has just opened has a stream");
                self.streams.insert(opened.channel, stream);
                let config = ChannelConfig {
                    label: opened.label,
                    protocol: opened.protocol,
                    ordered: opened.ordered,
                    reliability: opened.reliability,
                    priority: opened.priority,
                    negotiated: None,
                };
                Told::Opened { stream, config, remote: opened.remote }
            }
            Event::Message { channel, binary, data } => {
                Told::Message { stream: self.streams[&channel], message: Message { binary, data } }
            }
            Event::Closed(channel) => {
                Told::Closed(self.streams.remove(&channel).expect("it was opened"))
            }
            Event::Ended(_) => Told::Ended,
            _ => return None,
        })
    }

    fn channel(&self, stream: u16) -> ChannelNumber {
        let found = self.streams.iter().find(|(_, taken)| **taken == stream);
        *found.expect("the stream has a channel").0
    }
}

impl Peer for Ours {
    fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        self.association.handle_packet(packet, now);
        self.drain();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.association.handle_timeout(now);
        self.drain();
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.association.next_timeout()
    }

    fn poll_packet(&mut self, _: Instant) -> Option<Vec<u8>> {
        self.packets.pop_front()
    }

    fn poll_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    fn open(&mut self, config: &ChannelConfig) -> u16 {
        let channel = self.association.open(config).expect("there is room for it");
        let stream = self.association.stream_of(channel).expect("its stream is chosen at once");
        self.streams.insert(channel, stream);
        self.drain();
        stream
    }

    fn write(&mut self, stream: u16, message: &Message) -> bool {
        let channel = self.channel(stream);
        let written = self.association.write(channel, message.binary, &message.data);
        assert!(matches!(written, Ok(()) | Err(WriteError::Full)), "{written:?}");
        self.drain();
        written.is_ok()
    }

    fn close(&mut self, stream: u16) {
        self.association.close(self.channel(stream));
        self.drain();
    }

    fn shutdown(&mut self) {
        self.association.shutdown();
        self.drain();
    }

    fn abort(&mut self) {
        self.association.abort();
        self.drain();
    }
}
