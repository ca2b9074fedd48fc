//! The session of our own: the protocols of one transport, composed.
//!
//! The way of a datagram in: `inbound.rs` tells by its first bytes whose it is; ICE takes STUN,
//! `keying.rs` DTLS, `arrival.rs` RTP, `responses.rs` RTCP. The way of a frame out: `outbound.rs`
//! makes packets of it, `pacing.rs` lets them out. `session.rs` names what follows from what; what
//! is said goes into `outputs.rs`, in its order.

mod agree;
mod arrival;
mod behind;
mod catalogue;
mod channels;
mod checks;
mod connectivity;
mod control;
mod ending;
mod feedback;
mod figures;
mod fingerprints;
mod handshake;
mod inbound;
mod keying;
mod life;
mod lines;
mod messages;
mod outbound;
mod outputs;
mod paced;
mod pacing;
mod reports;
mod responses;
mod session;
mod stream_in;
mod stream_out;
mod timing;

pub(crate) use session::OwnSession;
