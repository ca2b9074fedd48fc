//! dcsctp, the association of Firefox and, in C++, of Chromium.

use std::collections::VecDeque;
use std::time::Instant;

use dcsctp::api::{
    DcSctpSocket, ErrorKind, Message, Options, PpId, SendOptions, SocketEvent, SocketTime,
    StreamId, ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_LOWER_LAYER_DTLS,
};
use lapwing_engine::Reliability;

use super::announced::{Heard, How, Streams};

/// What it can do and does not offer by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extensions {
    /// As in Chromium.
    None,
    /// Messages in turns (RFC 8260), as in Firefox, and no checksums (RFC 9653).
    All,
}

pub(super) struct OverDcsctp {
    socket: Box<dyn DcSctpSocket>,
    /// The zero of its time.
    origin: Instant,
    packets: VecDeque<Vec<u8>>,
    heard: VecDeque<Heard>,
    is_ended: bool,
}

impl OverDcsctp {
    pub(super) fn new(extensions: Extensions, starts: bool, seed: u64, now: Instant) -> Self {
        // Tags and first numbers are drawn from here.
        fastrand::seed(seed);
        // As in browsers, it does not give up by itself.
        let mut options =
            Options { max_init_retransmits: None, max_retransmissions: None, ..Options::default() };
        if extensions == Extensions::All {
            options.enable_message_interleaving = true;
            options.zero_checksum_alternate_error_detection_method =
                ZERO_CHECKSUM_ALTERNATE_ERROR_DETECTION_METHOD_LOWER_LAYER_DTLS;
        }
        let mut socket = dcsctp::new_socket("dcsctp", &options);
        if starts {
            socket.connect();
        }
        let (packets, heard) = (VecDeque::new(), VecDeque::new());
        let mut peer = OverDcsctp { socket, origin: now, packets, heard, is_ended: false };
        peer.drain();
        peer
    }

    fn advance(&mut self, now: Instant) {
        self.socket.advance_time(SocketTime::zero() + (now - self.origin));
    }

    fn drain(&mut self) {
        while let Some(event) = self.socket.poll_event() {
            // What came before a reset is ready by then.
            self.take_messages();
            match event {
                SocketEvent::SendPacket(packet) => self.packets.push_back(packet),
                SocketEvent::OnConnected() => self.heard.push_back(Heard::Established),
                SocketEvent::OnClosed() | SocketEvent::OnAborted(..) => {
                    self.is_ended = true;
                    self.heard.push_back(Heard::Ended);
                }
                // It has no tag any more that a late packet could have.
                SocketEvent::OnError(ErrorKind::ParseFailed, _) if self.is_ended => {}
                SocketEvent::OnIncomingStreamReset(streams) => {
                    self.heard.extend(streams.iter().map(|stream| Heard::Incoming(stream.0)));
                }
                SocketEvent::OnStreamsResetPerformed(streams) => {
                    self.heard.extend(streams.iter().map(|stream| Heard::Outgoing(stream.0)));
                }
                SocketEvent::OnStreamsResetFailed(streams) => panic!("not reset: {streams:?}"),
                SocketEvent::OnError(kind, text) => panic!("{kind:?}: {text}"),
                SocketEvent::OnConnectionRestarted() => panic!("it began anew"),
                _ => {}
            }
        }
        self.take_messages();
    }

    fn take_messages(&mut self) {
        while let Some(message) = self.socket.get_next_message() {
            let (stream, kind) = (message.stream_id.0, message.ppid.0);
            self.heard.push_back(Heard::Message { stream, kind, data: message.payload });
        }
    }
}

impl Streams for OverDcsctp {
    fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        self.advance(now);
        self.socket.handle_input(packet);
        self.drain();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        self.drain();
    }

    fn next_timeout(&self) -> Option<Instant> {
        let timeout = self.socket.poll_timeout();
        let is_some = timeout != SocketTime::infinite_future();
        is_some.then(|| self.origin + (timeout - SocketTime::zero()))
    }

    fn poll_packet(&mut self, _: Instant) -> Option<Vec<u8>> {
        self.packets.pop_front()
    }

    fn poll_heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    fn open(&mut self, _: u16) {}

    fn send(&mut self, stream: u16, kind: u32, data: &[u8], how: How) {
        let mut options = SendOptions { unordered: !how.ordered, ..SendOptions::default() };
        match how.reliability {
            Reliability::Reliable => {}
            Reliability::MaxRetransmits { count } => options.max_retransmissions = Some(count),
            Reliability::MaxLifetime { ms } => {
                options.lifetime = Some(std::time::Duration::from_millis(ms.into()));
            }
        }
        let message = Message::new(StreamId(stream), PpId(kind), data.to_vec());
        self.socket.send(message, &options).expect("there is room for it");
        self.drain();
    }

    fn buffered(&mut self, stream: u16) -> usize {
        self.socket.buffered_amount(StreamId(stream))
    }

    fn reset(&mut self, stream: u16) {
        self.socket.reset_streams(&[StreamId(stream)]).expect("both sides know resets");
        self.drain();
    }

    fn shutdown(&mut self) {
        self.socket.shutdown();
        self.drain();
    }

    fn abort(&mut self) {
        self.socket.close();
        self.drain();
    }
}
