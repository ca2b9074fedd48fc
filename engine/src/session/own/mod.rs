//! The session of our own: the protocols of one transport, composed.
//!
//! The way of a datagram in: `inbound.rs` tells by its first bytes whose it is; ICE takes STUN,
//! `keying.rs` DTLS, `arrival.rs` RTP, `responses.rs` RTCP. The way of a frame out: `outbound.rs`
//! makes packets of it, `pacing.rs` lets them out. `session.rs` names what follows from what; what
//! is said goes into `outputs.rs`, in its order.

mod agree;
mod arrival;
mod behind;
mod beside;
mod budget;
mod budgeting;
mod buffers;
mod catalogue;
mod channels;
mod checks;
mod connectivity;
mod control;
mod copies_out;
mod copying;
mod counts;
mod due;
mod ending;
mod endings;
mod envelopes;
mod extended;
mod fec_in;
mod fec_out;
mod feedback;
mod figures;
mod fingerprints;
mod forms;
mod frame_facts;
mod frame_packets;
mod handshake;
mod header_form;
mod inbound;
mod kept;
mod keying;
mod least_round_trip;
mod life;
mod lines;
mod marking;
mod meddler;
mod messages;
mod outbound;
mod outgoing;
mod outputs;
mod paced;
mod pacing;
mod parity_in;
mod parity_out;
mod parts;
mod protected_form;
mod raw_control;
mod receiver_limit;
mod repeats;
mod reports;
mod resent;
mod responses;
mod riders;
mod round_trips;
mod session;
mod snap;
mod sped;
mod stream_in;
mod stream_out;
mod telling;
mod timing;
mod told;
mod ulpfec_out;
mod unproven;

#[cfg(all(test, not(fuzzing)))]
pub(crate) use meddler::Unprotected;
#[cfg(fuzzing)]
pub use meddler::{Meddling, Unprotected};
pub use raw_control::RTCP_EVENTS_MAX;
pub(crate) use session::OwnSession;
