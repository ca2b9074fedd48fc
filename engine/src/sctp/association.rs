//! The association as others use it.

mod channels;
mod closing;
mod hunger;
mod inbound;
mod outbound;
mod parts;
mod table;

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use rand_chacha::rand_core::RngCore;

use self::hunger::Hunger;
use self::table::Channels;
use super::config::Config;
use super::error::{OpenError, WriteError};
use super::event::{ChannelNumber, EndReason, Event, Output};
use super::init::Init;
use super::resets::Resets;
use super::setup::Handshake;
use super::streams::Streams;
use super::teardown::Teardown;
use super::transfer::Transfer;
use super::wire::{PacketWriter, chunk};
use crate::channel::ChannelConfig;
use crate::entropy::{Purpose, stream};

/// Causes that an ABORT gives (RFC 9260 section 3.3.10).
mod cause {
    pub(super) const OUT_OF_RESOURCE: u16 = 4;
    pub(super) const USER_INITIATED: u16 = 12;
    pub(super) const PROTOCOL_VIOLATION: u16 = 13;
}

/// Outputs for which there is room when there are none.
const OUTPUTS_KEPT_MAX: usize = 256;

/// One SCTP association with its data channels.
///
/// After each call [`Self::poll`] is called until it gives nothing. Calls that carry no time make
/// no packets: what they ask for goes out with the next call that does, and
/// [`Self::next_timeout`] says "at once".
#[derive(Debug)]
pub struct Association {
    config: Config,
    now: Instant,
    outputs: VecDeque<Output>,
    handshake: Handshake,
    /// Once it is established.
    transfer: Option<Transfer>,
    resets: Resets,
    teardown: Teardown,
    is_ended: bool,
    streams: Streams,
    channels: Channels,
    next_number: u32,
    /// Streams to be reset, with something that waits to be sent first.
    draining: BTreeSet<u16>,
    /// Streams to be reset when the peer has all up to this number.
    drained: BTreeSet<(u64, u16)>,
    /// Channels of which a message was refused, or a part not taken whole, for want of room.
    hungry: Hunger,
    /// Memory for a list of streams.
    fallen: Vec<u16>,
    /// A call without time asked for something.
    is_urgent: bool,
}

impl Association {
    /// An association that begins at `now`, when DTLS is up. Its first packet is ready.
    pub fn new(config: Config, now: Instant) -> Self {
        let mut rng = stream(config.seed, Purpose::Sctp);
        let local = config.local_init(&mut rng);
        let told = config.remote_init.as_deref().and_then(Init::from_chunk);
        let nonce = rng.next_u64().to_be_bytes();
        let resets = Resets::new(local.first_tsn);
        let mut association = Association {
            now,
            outputs: VecDeque::new(),
            handshake: Handshake::new(local, nonce, config.round_trip, now),
            transfer: None,
            resets,
            teardown: Teardown::new(),
            is_ended: false,
            streams: Streams::new(config.streams_in_use_max()),
            channels: Channels::default(),
            next_number: 0,
            draining: BTreeSet::new(),
            drained: BTreeSet::new(),
            hungry: Hunger::default(),
            fallen: Vec::new(),
            is_urgent: false,
            config,
        };
        if let Some(peer) = told {
            let progress = association.handshake.establish(peer);
            association.progress(progress);
        }
        association.pump(now);
        association
    }

    /// A decrypted packet came. What is wrong with it is never an error: it is dropped, or ends the
    /// association.
    pub fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        self.now = now;
        self.receive(packet, now);
        self.pump(now);
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        if let Some(transfer) = &mut self.transfer {
            transfer.sender().handle_timeout(now);
        }
        self.pump(now);
    }

    /// The next packet or event; `None` until something changes.
    pub fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        // Memory for a crowd is not kept for the next one.
        if self.outputs.is_empty() && self.outputs.capacity() > OUTPUTS_KEPT_MAX {
            self.outputs = VecDeque::new();
        }
        output
    }

    /// Takes back the buffer of a packet that was sent, to use it again.
    pub fn give_back(&mut self, buffer: Vec<u8>) {
        if let Some(transfer) = &mut self.transfer {
            transfer.give_back(buffer);
        }
    }

    /// When [`Self::handle_timeout`] is to be called; `None` for not before something changes.
    pub fn next_timeout(&self) -> Option<Instant> {
        if self.is_ended {
            return None;
        }
        let times = [
            self.is_urgent.then_some(self.now),
            self.handshake.next_timeout(),
            self.transfer.as_ref().and_then(|transfer| transfer.next_timeout(self.now)),
            self.resets.next_timeout(),
            self.teardown.next_timeout(),
        ];
        times.into_iter().flatten().min()
    }

    /// Opens a channel, announced in band or negotiated. It may be asked for before the association
    /// is established. [`Event::Opened`] tells when it can be used.
    pub fn open(&mut self, config: &ChannelConfig) -> Result<ChannelNumber, OpenError> {
        if self.is_ended || self.teardown.has_begun() {
            return Err(OpenError::Ended);
        }
        self.open_channel(config)
    }

    /// Sends a message, which may be empty. Text is UTF-8, and up to the caller. After
    /// [`WriteError::Full`], [`Event::Room`] tells when there is room for it.
    pub fn write(
        &mut self,
        channel: ChannelNumber,
        binary: bool,
        data: &[u8],
    ) -> Result<(), WriteError> {
        let stream = self.writable(channel)?;
        self.write_message(channel, stream, binary, data)
    }

    /// Bytes of a channel that were written and not sent yet (W3C `bufferedAmount`); none where it
    /// is unknown. The byte that stands for an empty message counts; the last one of a message that
    /// is written in parts, which waits for what follows, does not.
    pub fn buffered_amount(&self, channel: ChannelNumber) -> usize {
        self.channels.get(channel).map_or(0, |channel| channel.amount)
    }

    /// When the buffered amount falls to so many bytes, or below, [`Event::Low`] tells. Zero at
    /// first.
    pub fn set_low_threshold(&mut self, channel: ChannelNumber, bytes: usize) {
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.low_threshold = bytes;
            channel.is_above = channel.amount > bytes;
        }
    }

    /// Closes a channel after what it has is delivered; [`Event::Closed`] tells when both sides
    /// have. One that was not opened yet is closed at once.
    pub fn close(&mut self, channel: ChannelNumber) {
        self.close_channel(channel);
    }

    /// The stream of a channel; `None` where it is unknown.
    pub fn stream_of(&self, channel: ChannelNumber) -> Option<u16> {
        self.channels.get(channel).map(|channel| channel.number.stream())
    }

    /// A channel has this stream, or one keeps it while it closes. One on which the peer sends
    /// early is not taken: a negotiated channel is to come.
    pub fn is_stream_taken(&self, stream: u16) -> bool {
        self.is_taken(stream)
    }

    /// The peer said anew what it takes: the largest message in bytes, `None` for any size.
    pub fn set_remote_message_bytes_max(&mut self, bytes: Option<u64>) {
        self.config.remote_message_bytes_max = bytes;
    }

    /// No more than so many bytes of messages go out in a second, whatever the path bears; `None`
    /// for no such bound. A connection sets it whose media share the path.
    pub fn set_rate_max(&mut self, bytes: Option<u64>) {
        if let Some(transfer) = &mut self.transfer {
            transfer.sender().set_rate_max(bytes);
        }
    }

    /// Bytes of messages, and of what announces channels, that the peer has acknowledged.
    pub fn delivered_bytes(&self) -> u64 {
        self.transfer.as_ref().map_or(0, |transfer| transfer.outgoing().delivered())
    }

    /// Packets take another way from here on: what is known of how large they may be is forgotten.
    pub fn path_changed(&mut self) {
        if let Some(transfer) = &mut self.transfer {
            transfer.on_path_changed(self.now);
            self.is_urgent = true;
        }
    }

    /// Both ends have it, and it is not over.
    pub fn is_established(&self) -> bool {
        self.transfer.is_some() && !self.is_ended
    }

    /// It is over.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Delivers what was written and ends the association (RFC 9260 section 9.2). One that is not
    /// established ends at once.
    pub fn shutdown(&mut self) {
        if self.transfer.is_none() {
            self.abort();
            return;
        }
        self.teardown.begin();
        self.is_urgent = true;
    }

    /// Ends the association at once, and tells the peer (RFC 9260 section 9.1): the packet is
    /// ready.
    pub fn abort(&mut self) {
        self.end_with(EndReason::Local, Some(cause::USER_INITIATED));
    }

    /// Ends it, with an ABORT where there is a cause to tell the peer.
    fn end_with(&mut self, reason: EndReason, cause: Option<u16>) {
        if self.is_ended {
            return;
        }
        self.is_ended = true;
        self.is_urgent = false;
        if let (Some(cause), Some(tag)) = (cause, self.handshake.peer_tag()) {
            let [high, low] = cause.to_be_bytes();
            self.send(tag, chunk::ABORT, 0, &[high, low, 0, 4]);
        }
        self.draining.clear();
        self.drained.clear();
        for number in std::mem::take(&mut self.channels).numbers() {
            self.outputs.push_back(Output::Event(Event::Closed(number)));
        }
        self.outputs.push_back(Output::Event(Event::Ended(reason)));
    }

    /// A packet of one chunk goes out.
    fn send(&mut self, tag: u32, kind: u8, flags: u8, value: &[u8]) {
        let ports = (self.config.local_port, self.config.remote_port);
        let packet = PacketWriter::new(ports, tag).chunk(kind, flags, value).finish();
        self.outputs.push_back(Output::Packet(packet));
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}
