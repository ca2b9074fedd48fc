//! All that comes, joined.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::acks::Acks;
use super::arrived::{Arrived, Place};
use super::assembly::{Assembly, Mode};
use super::requests::PeerRequests;
use super::run::{Part, RUN_BYTES};
use super::window::Window;
use crate::sctp::by_stream::ByStream;
use crate::sctp::config::PACKET_BYTES_BASE;
use crate::sctp::data::{Format, Piece};
use crate::sctp::forward;
use crate::sctp::init::Init;
use crate::sctp::message::Message;
use crate::sctp::sack;
use crate::sctp::tsn::Numbering;
use crate::sctp::wire::PacketWriter;

/// What becomes of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is new, or of no use and acknowledged.
    Taken,
    /// It came before, or is as if it had been lost and comes again.
    PassedOver,
    /// The peer broke the protocol.
    Harm,
    /// A message does not fit, however long we wait.
    NoRoom,
}

/// What the peer did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    Message(Message),
    /// Something can be read of this stream.
    Readable(u16),
    /// It reset this stream, and all that it sent before was delivered.
    Finished(u16),
}

impl News {
    /// Bytes of messages that leave.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            News::Message(message) => message.data.len(),
            News::Readable(_) | News::Finished(_) => 0,
        }
    }
}

/// The receiving half of an association.
#[derive(Debug)]
pub(crate) struct Receiver {
    numbering: Numbering,
    format: Format,
    arrived: Arrived,
    streams: ByStream<Assembly>,
    /// Streams with unordered messages that wait for pieces.
    loose: BTreeSet<u16>,
    /// Streams that the application reads at its own pace.
    apart: BTreeSet<u16>,
    /// Bytes that wait, of all streams together.
    held: usize,
    window: Window,
    /// The window that the sender was told of last.
    announced: usize,
    acks: Acks,
    requests: PeerRequests,
    /// The packet that is read has data, and its sender is to hear of it at once.
    packet: Option<bool>,
    /// What a SACK is made of.
    blocks: Vec<(u16, u16)>,
}

impl Receiver {
    pub(crate) fn new(window: usize, peer: &Init, format: Format, now: Instant) -> Self {
        Receiver {
            numbering: Numbering::new(peer.first_tsn),
            format,
            arrived: Arrived::default(),
            streams: ByStream::default(),
            loose: BTreeSet::new(),
            apart: BTreeSet::new(),
            held: 0,
            announced: window,
            window: Window::new(window, now),
            acks: Acks::new(),
            requests: PeerRequests::new(peer.first_tsn),
            packet: None,
            blocks: Vec::new(),
        }
    }

    /// The number up to which all came, as it stands on the wire.
    pub(crate) fn cumulative(&self) -> u32 {
        self.numbering.on_the_wire(self.arrived.cumulative())
    }

    /// A piece of a message.
    pub(crate) fn receive(
        &mut self,
        piece: &Piece<'_>,
        round_trip: Option<Duration>,
        now: Instant,
        news: &mut Vec<News>,
    ) -> Verdict {
        if piece.payload.is_empty() {
            return Verdict::Harm;
        }
        let number = self.numbering.read(piece.tsn, self.arrived.cumulative()).unwrap_or(0);
        let place = self.arrived.place(number);
        let urgent = piece.immediate || place != Place::Next || self.arrived.has_gap();
        self.packet = Some(self.packet == Some(true) || urgent);
        if place == Place::Known {
            self.arrived.note_repeated(piece.tsn);
            return Verdict::PassedOver;
        }
        let weight = self.held + RUN_BYTES + piece.payload.len();
        let window = self.window.size();
        if place == Place::Beyond
            || (place == Place::Ahead && weight > window)
            || self.requests.is_after_a_reset(piece.stream, number)
        {
            return Verdict::PassedOver;
        }
        // The application has to read first. The sender asks for room by sending again.
        if weight > window && self.is_held_back() {
            return Verdict::PassedOver;
        }
        // Whoever sends more than there is room for has a message that never ends.
        if weight > window + window / 2 {
            return Verdict::NoRoom;
        }
        self.arrived.note(number);
        let before = news.len();
        self.assemble(number, piece, news);
        let bytes = news[before..].iter().map(News::bytes).sum();
        self.window.on_delivered(bytes, round_trip, now);
        Verdict::Taken
    }

    fn assemble(&mut self, number: u64, piece: &Piece<'_>, news: &mut Vec<News>) {
        let assembly = self.streams.get_or_insert_with(piece.stream, Assembly::default);
        if let Some(message) = assembly.pass(piece.stream, self.format, piece) {
            news.push(News::Message(message));
            if piece.ordered {
                self.look(piece.stream, news);
            }
            return;
        }
        let weight = assembly.insert(self.format, number, piece);
        self.held = self.held.saturating_add_signed(weight);
        if piece.ordered {
            self.look(piece.stream, news);
            return;
        }
        let taken = assembly.take_unordered(piece.stream, self.format, number, piece);
        if let Some((message, weight)) = taken {
            self.held -= weight;
            news.push(News::Message(message));
        }
        match assembly.has_unordered() {
            true => self.loose.insert(piece.stream),
            false => self.loose.remove(&piece.stream),
        };
        if self.apart.contains(&piece.stream) {
            self.look(piece.stream, news);
        }
    }

    /// Ordered messages of a stream that have their turn leave, and what else is news is told.
    fn look(&mut self, stream: u16, news: &mut Vec<News>) {
        let Some(assembly) = self.streams.get_mut(stream) else { return };
        let cumulative = self.arrived.cumulative();
        self.held -= assembly.give_up_stranded(stream, self.format, cumulative);
        while let Some((message, weight)) =
            assembly.take_skipped(stream).or_else(|| assembly.take(stream))
        {
            self.held -= weight;
            news.push(News::Message(message));
        }
        if assembly.is_news() {
            news.push(News::Readable(stream));
        }
        if assembly.is_finished() {
            self.remove(stream);
            news.push(News::Finished(stream));
        }
    }

    fn remove(&mut self, stream: u16) {
        if let Some(assembly) = self.streams.remove(stream) {
            self.held -= assembly.weight();
        }
        self.loose.remove(&stream);
        self.apart.remove(&stream);
    }

    /// The application has something to read, and with that makes room.
    fn is_held_back(&self) -> bool {
        let mut apart = self.apart.iter().filter_map(|stream| self.streams.get(*stream));
        apart.any(|assembly| assembly.has_readable())
    }

    /// Says what becomes of a stream's messages. False while one is read in part.
    pub(crate) fn set_mode(&mut self, stream: u16, mode: Mode, news: &mut Vec<News>) -> bool {
        let assembly = self.streams.get_or_insert_with(stream, Assembly::default);
        if matches!(mode, Mode::Deliver | Mode::Keep) && assembly.is_read_in_part() {
            return false;
        }
        if !matches!((assembly.mode(), mode), (Mode::Read { .. }, Mode::Read { .. })) {
            self.held -= assembly.set_mode(mode);
        }
        match mode {
            Mode::Keep | Mode::Read { .. } => self.apart.insert(stream),
            Mode::Deliver | Mode::Drop => self.apart.remove(&stream),
        };
        if mode == Mode::Deliver {
            for (message, weight) in assembly.take_kept_unordered(stream) {
                self.held -= weight;
                news.push(News::Message(message));
            }
        }
        self.look(stream, news);
        true
    }

    /// The next part of what a stream has, of at most so many bytes.
    pub(crate) fn read(
        &mut self,
        stream: u16,
        bytes_max: usize,
        news: &mut Vec<News>,
    ) -> Option<Part> {
        let assembly = self.streams.get_mut(stream)?;
        let read = assembly.read(bytes_max);
        if read.is_none() {
            assembly.note_empty();
        }
        let (part, free) = read?;
        self.held -= free;
        self.look(stream, news);
        Some(part)
    }

    /// The application took so many bytes. True where the sender is to hear at once how much more
    /// may come: a quarter of the window is free that it knows nothing of.
    pub(crate) fn on_taken(
        &mut self,
        bytes: usize,
        round_trip: Option<Duration>,
        now: Instant,
    ) -> bool {
        self.window.on_delivered(bytes, round_trip, now);
        let is_news = self.free() >= self.announced + self.window.size() / 4;
        if is_news {
            self.acks.on_room();
        }
        is_news
    }

    /// Bytes that may come. Less than a packet is nothing (RFC 9260 section 6.2: silly windows).
    fn free(&self) -> usize {
        let free = self.window.size().saturating_sub(self.held);
        if free < PACKET_BYTES_BASE { 0 } else { free }
    }

    /// FORWARD-TSN. One that makes no sense is passed over.
    pub(crate) fn forward(&mut self, value: &[u8], news: &mut Vec<News>) {
        let Some((to, skipped)) = forward::parse(self.format, value) else { return };
        let Some(to) = self.numbering.read(to, self.arrived.cumulative()) else { return };
        self.packet = Some(true);
        if to <= self.arrived.cumulative() {
            return;
        }
        self.arrived.forward(to);
        for skipped in skipped {
            let Some(assembly) = self.streams.get_mut(skipped.stream) else {
                // Nothing of the stream came yet.
                let assembly = self.streams.get_or_insert_with(skipped.stream, Assembly::default);
                assembly.skip(self.format, skipped);
                continue;
            };
            self.held -= assembly.skip(self.format, skipped);
            self.look(skipped.stream, news);
        }
        if self.format == Format::Data {
            self.forward_unordered(to);
        }
    }

    fn forward_unordered(&mut self, to: u64) {
        let (streams, held) = (&mut self.streams, &mut self.held);
        self.loose.retain(|stream| {
            let Some(assembly) = streams.get_mut(*stream) else { return false };
            *held -= assembly.forward_unordered(to);
            assembly.has_unordered()
        });
    }

    /// A request in RE-CONFIG. Gives the value of the one in answer.
    pub(crate) fn request(
        &mut self,
        kind: u16,
        value: &[u8],
        news: &mut Vec<News>,
    ) -> Option<Vec<u8>> {
        let cumulative = self.arrived.cumulative();
        let disposal = self.requests.dispose(kind, value, self.numbering, cumulative)?;
        self.reset(disposal.reset, news);
        Some(disposal.answer)
    }

    /// The answer to a request that waited for what came meanwhile.
    pub(crate) fn due_answer(&mut self, news: &mut Vec<News>) -> Option<Vec<u8>> {
        let disposal = self.requests.due(self.arrived.cumulative())?;
        self.reset(disposal.reset, news);
        Some(disposal.answer)
    }

    pub(crate) fn last_request_done(&self) -> u32 {
        self.requests.last_done()
    }

    fn reset(&mut self, streams: Option<Vec<u16>>, news: &mut Vec<News>) {
        let Some(mut streams) = streams else { return };
        if streams.is_empty() {
            streams.extend(self.streams.iter().map(|(stream, _)| stream));
        }
        for stream in streams {
            // What the application has not read yet it may still read.
            if let Some(assembly) = self.streams.get_mut(stream)
                && self.apart.contains(&stream)
            {
                self.held -= assembly.finish();
                self.look(stream, news);
                continue;
            }
            self.remove(stream);
            news.push(News::Finished(stream));
        }
    }

    /// The packet is read to its end.
    pub(crate) fn end_of_packet(&mut self, now: Instant) {
        if let Some(at_once) = self.packet.take() {
            self.acks.on_packet(at_once, now);
        }
    }

    pub(crate) fn next_timeout(&self, now: Instant) -> Option<Instant> {
        self.acks.next_timeout(now)
    }

    /// An acknowledgement is to go out now, alone or not.
    pub(crate) fn ack_is_due(&self, now: Instant) -> bool {
        self.acks.is_due(now)
    }

    /// One is to go with what goes out.
    pub(crate) fn ack_is_wanted(&self) -> bool {
        self.acks.is_wanted()
    }

    /// Writes what came, and how much more may.
    pub(crate) fn write_ack(&mut self, packet: &mut PacketWriter) {
        let repeated = self.arrived.report(&mut self.blocks);
        self.announced = self.free();
        let window = u32::try_from(self.announced).unwrap_or(u32::MAX);
        sack::write(packet, self.cumulative(), window, &self.blocks, &repeated);
        self.acks.on_sent();
    }
}
