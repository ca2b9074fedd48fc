//! What the peer's packets do.
//!
//! 1. The checksum, and the tag, which chunks of the set-up and of the end have rules of their own
//!    for (RFC 9260 section 8.5).
//! 2. Set-up, end, and whatever is answered at once is done here, in the order of the chunks.
//! 3. The rest is the data transfer's, which acknowledges a packet when it is read to its end.

use std::time::Instant;

use super::{Association, cause};
use crate::sctp::config::PACKET_BYTES_BASE;
use crate::sctp::event::{EndReason, Event};
use crate::sctp::init::Init;
use crate::sctp::resets::{Answer, Resets, parameter, parse_response};
use crate::sctp::setup::{Progress, Reply};
use crate::sctp::transfer::{Admitted, Transfer};
use crate::sctp::wire::{
    CHUNK_HEADER, Chunk, HEADER, PacketView, TAG_REFLECTED, chunk, parameters, push_parameter,
    short,
};

/// The cause "unrecognized chunk type" (RFC 9260 section 3.3.10.6).
const UNRECOGNIZED_CHUNK: u16 = 6;

/// What an unknown chunk asks for by its type (RFC 9260 section 3.2).
const SKIP: u8 = 0x80;
const REPORT: u8 = 0x40;

/// Bytes of a chunk that can be sent back in another.
const ECHO_BYTES_MAX: usize = PACKET_BYTES_BASE - HEADER - 2 * CHUNK_HEADER;

impl Association {
    pub(super) fn receive(&mut self, packet: &[u8], now: Instant) {
        let Some(packet) = PacketView::parse(packet) else { return };
        for chunk in packet.chunks() {
            if !self.is_for_us(packet.tag(), &chunk) {
                return;
            }
            if self.is_ended {
                self.answer_after_the_end(&chunk);
                return;
            }
            if !self.receive_chunk(&chunk, now) {
                break;
            }
        }
        if let Some(transfer) = &mut self.transfer {
            transfer.receiver().end_of_packet(now);
        }
    }

    fn is_for_us(&self, tag: u32, chunk: &Chunk<'_>) -> bool {
        let is_ours = tag == self.handshake.local().tag;
        let is_reflected = chunk.flags & TAG_REFLECTED != 0;
        match chunk.kind {
            chunk::INIT => tag == 0,
            chunk::ABORT | chunk::SHUTDOWN_COMPLETE if is_reflected => {
                self.handshake.peer_tag() == Some(tag)
            }
            _ => is_ours,
        }
    }

    /// A peer that did not hear the last word (RFC 9260 section 8.4 rule 5).
    fn answer_after_the_end(&mut self, chunk: &Chunk<'_>) {
        if let (chunk::SHUTDOWN_ACK, Some(tag)) = (chunk.kind, self.handshake.peer_tag()) {
            self.send(tag, chunk::SHUTDOWN_COMPLETE, 0, &[]);
        }
    }

    /// False where the rest of the packet is not to be read.
    fn receive_chunk(&mut self, chunk: &Chunk<'_>, now: Instant) -> bool {
        match chunk.kind {
            chunk::INIT => {
                let reply = self.handshake.on_init(chunk.value);
                self.reply(reply);
                return false;
            }
            chunk::INIT_ACK => self.handshake.on_init_ack(chunk.value, now),
            chunk::COOKIE_ECHO => {
                let (progress, reply) = self.handshake.on_cookie_echo(chunk.value);
                self.reply(reply);
                self.progress(progress);
            }
            chunk::COOKIE_ACK => self.prove(),
            chunk::HEARTBEAT => self.echo_heartbeat(chunk.value),
            chunk::ABORT => {
                let cause = short(chunk.value, 0);
                self.end_with(EndReason::Aborted { cause }, None);
                return false;
            }
            chunk::SHUTDOWN | chunk::SHUTDOWN_ACK | chunk::SHUTDOWN_COMPLETE => {
                self.receive_end(chunk.kind, now);
            }
            chunk::RE_CONFIG => {
                self.prove();
                self.receive_re_config(chunk.value);
            }
            chunk::DATA
            | chunk::I_DATA
            | chunk::SACK
            | chunk::FORWARD_TSN
            | chunk::I_FORWARD_TSN
            | chunk::HEARTBEAT_ACK => {
                self.prove();
                self.receive_data(chunk, now);
            }
            chunk::ERROR | chunk::PAD => {}
            _ => return self.receive_unknown(chunk),
        }
        !self.is_ended
    }

    /// The peer has the association.
    fn prove(&mut self) {
        let progress = self.handshake.on_proof();
        self.progress(progress);
    }

    pub(super) fn progress(&mut self, progress: Progress) {
        match progress {
            Progress::None => {}
            Progress::Established(peer) => self.establish(peer),
            Progress::Restarted => {
                self.end_with(EndReason::Restarted, Some(cause::PROTOCOL_VIOLATION));
            }
        }
    }

    fn establish(&mut self, peer: Init) {
        let local = self.handshake.local();
        self.resets = Resets::new(local.first_tsn);
        self.transfer = Transfer::new(&self.config, local, peer, self.now);
        if self.transfer.is_none() {
            self.end_with(EndReason::Violation, Some(cause::PROTOCOL_VIOLATION));
            return;
        }
        self.tell(Event::Established);
        self.start_waiting();
    }

    fn reply(&mut self, reply: Option<Reply>) {
        if let Some(reply) = reply {
            self.send(reply.tag, reply.kind, 0, &reply.value);
        }
    }

    fn echo_heartbeat(&mut self, value: &[u8]) {
        if let Some(tag) = self.handshake.peer_tag()
            && value.len() <= ECHO_BYTES_MAX
        {
            self.send(tag, chunk::HEARTBEAT_ACK, 0, value);
        }
    }

    fn receive_end(&mut self, kind: u8, now: Instant) {
        if self.transfer.is_none() {
            return;
        }
        match kind {
            chunk::SHUTDOWN => self.teardown.on_shutdown(now),
            chunk::SHUTDOWN_ACK => {
                if let Some(reason) = self.teardown.on_shutdown_ack() {
                    let tag = self.handshake.peer_tag().expect("an established peer has a tag");
                    self.send(tag, chunk::SHUTDOWN_COMPLETE, 0, &[]);
                    self.end_with(reason, None);
                }
            }
            _ => {
                if let Some(reason) = self.teardown.on_shutdown_complete() {
                    self.end_with(reason, None);
                }
            }
        }
    }

    fn receive_data(&mut self, chunk: &Chunk<'_>, now: Instant) {
        let Some(transfer) = &mut self.transfer else { return };
        let mut news = Vec::new();
        match transfer.receive(chunk, now, &mut news) {
            Admitted::Nothing => {}
            Admitted::Data(stream) if self.streams.contains(stream) => {}
            Admitted::Data(_) if self.streams.is_full() => {
                self.end_with(EndReason::TooManyStreams, Some(cause::OUT_OF_RESOURCE));
            }
            Admitted::Data(stream) => {
                self.streams.note(stream);
            }
            Admitted::Harm => {
                self.end_with(EndReason::Violation, Some(cause::PROTOCOL_VIOLATION));
            }
            Admitted::NoRoom => {
                self.end_with(EndReason::MessageTooLarge, Some(cause::OUT_OF_RESOURCE));
            }
        }
        self.hear(news);
    }

    fn receive_re_config(&mut self, value: &[u8]) {
        for (kind, value) in parameters(value) {
            if kind == parameter::RESPONSE {
                let response = parse_response(value);
                let answer =
                    response.and_then(|(number, result)| self.resets.on_response(number, result));
                match answer {
                    Some(Answer::Performed(streams)) => self.on_reset(&streams),
                    Some(Answer::Refused(streams)) => self.on_reset_refused(&streams),
                    None => {}
                }
                continue;
            }
            let Some(transfer) = &mut self.transfer else { return };
            let mut news = Vec::new();
            if let Some(answer) = transfer.receiver().request(kind, value, &mut news) {
                let tag = transfer.peer().tag;
                self.send(tag, chunk::RE_CONFIG, 0, &answer);
            }
            self.hear(news);
        }
    }

    fn receive_unknown(&mut self, chunk: &Chunk<'_>) -> bool {
        if chunk.kind & REPORT != 0
            && chunk.whole.len() <= ECHO_BYTES_MAX
            && let Some(transfer) = &self.transfer
        {
            let tag = transfer.peer().tag;
            let mut report = Vec::with_capacity(CHUNK_HEADER + chunk.whole.len());
            push_parameter(&mut report, UNRECOGNIZED_CHUNK, chunk.whole);
            self.send(tag, chunk::ERROR, 0, &report);
        }
        chunk.kind & SKIP != 0
    }
}
