//! What an association is told at its begin, and its limits.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;

use super::congestion::CongestionControl;
use super::init::Init;
use crate::config::{CHANNEL_BUFFER_BYTES, CHANNELS_MAX};
use crate::entropy::{Purpose, stream};

/// Largest packet in bytes that every path is thought to carry (BASE_PLPMTU of RFC 8899): a
/// datagram of 1,200 less 37 of a DTLS 1.2 record with AES-GCM (RFC 9147 and RFC 6347 need no
/// more), rounded down to whole words.
pub const PACKET_BYTES_BASE: usize = 1_160;

/// Largest packet that is tried where the configuration does not say otherwise: what a path of
/// 1,500 bytes carries under IPv6 (40), UDP (8) and DTLS (37).
pub const PACKET_BYTES_MAX: usize = 1_412;

/// Largest message that is taken, where the configuration does not say otherwise; as in browsers.
pub const MESSAGE_BYTES_MAX_DEFAULT: usize = 256 << 10;

/// Bytes that a peer may send ahead of what was delivered, at the least. Larger where a message may
/// be: a message has to fit whole.
pub const RECEIVE_WINDOW_MIN: usize = 1 << 20;

/// Bytes that wait on streams that no channel has yet, all together: as much as one window.
pub const EARLY_BYTES_MAX: usize = 1 << 20;

/// Streams of an association in one direction (RFC 8831 section 6.2); number 65,535 is not used.
pub const STREAMS_MAX: u16 = 65_535;

/// The port where both descriptions say none, as everybody has it.
const PORT_DEFAULT: u16 = 5_000;

/// What both sides agreed on, and limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// `a=sctp-port` of ours (RFC 8841 section 5).
    pub local_port: u16,
    /// That of the peer.
    pub remote_port: u16,
    /// We are the client of DTLS, whose channels have even streams (RFC 8832 section 6).
    pub dtls_client: bool,
    /// Largest message that the peer takes, in bytes; `None` for any size.
    pub remote_message_bytes_max: Option<u64>,
    /// Largest message that we announced to take, in bytes.
    pub message_bytes_max: usize,
    /// Channels at a time, ours and the peer's together.
    pub channels_max: usize,
    /// Bytes of messages that may wait to be acknowledged, in all channels together. A lone message
    /// of any size that the peer takes finds a place.
    pub buffer_bytes_max: usize,
    /// How long a packet and its answer take, where it is known: how soon a lost packet of the
    /// set-up is sent again.
    pub round_trip: Option<Duration>,
    /// The peer's INIT chunk, where descriptions carried both sides' (draft-hancke-tsvwg-snap):
    /// there is nothing to set up then. One that is none counts as not there.
    pub remote_init: Option<Vec<u8>>,
    /// How fast to send.
    pub congestion: CongestionControl,
    /// Offer messages that take turns piece by piece (I-DATA, RFC 8260): a short one need not wait
    /// for the end of a long one on another channel.
    pub interleaving: bool,
    /// Largest packet in bytes that is tried. The path is asked what it carries (RFC 8899) once a
    /// bulk of data goes over it; up to [`PACKET_BYTES_BASE`] nothing is asked.
    pub packet_bytes_max: usize,
    /// Where everything random comes from.
    pub seed: [u8; 32],
}

impl Config {
    /// The usual settings: port 5000 on both sides, messages of 64 KiB out (RFC 8841 section 6.1)
    /// and 256 KiB in.
    pub fn seeded(seed: [u8; 32], dtls_client: bool) -> Self {
        Config {
            local_port: PORT_DEFAULT,
            remote_port: PORT_DEFAULT,
            dtls_client,
            remote_message_bytes_max: Some(65_536),
            message_bytes_max: MESSAGE_BYTES_MAX_DEFAULT,
            channels_max: CHANNELS_MAX,
            buffer_bytes_max: CHANNEL_BUFFER_BYTES,
            round_trip: None,
            remote_init: None,
            congestion: CongestionControl::default(),
            interleaving: true,
            packet_bytes_max: PACKET_BYTES_MAX,
            seed,
        }
    }

    /// Our INIT chunk, for a description (draft-hancke-tsvwg-snap): what an association of this
    /// seed and these limits says, whenever it begins.
    pub fn init_chunk(&self) -> Vec<u8> {
        self.local_init(&mut stream(self.seed, Purpose::Sctp)).to_chunk()
    }

    pub(super) fn local_init(&self, rng: &mut ChaCha20Rng) -> Init {
        let window = u32::try_from(self.receive_window()).expect("a window has 32 bits");
        Init::local(window, STREAMS_MAX, self.interleaving, rng)
    }

    /// Bytes that the peer may have in flight: room for a message of the largest size and another.
    pub(super) fn receive_window(&self) -> usize {
        self.message_bytes_max.saturating_mul(2).clamp(RECEIVE_WINDOW_MIN, u32::MAX as usize / 2)
    }

    /// Streams that may be in use at a time: those of the peer's channels and of ours, and as many
    /// that are being closed.
    pub(super) fn streams_in_use_max(&self) -> usize {
        self.channels_max.saturating_mul(2).clamp(2, usize::from(STREAMS_MAX))
    }
}
