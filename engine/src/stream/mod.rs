//! Datagrams over a stream of bytes: what a driver needs around a TCP or a TLS connection.
//!
//! 1. A proxy is asked for a tunnel, where there is one ([`TunnelHandshake`]).
//! 2. TLS is the driver's own, where it is asked for.
//! 3. Datagrams are told apart in the stream ([`StreamCodec`]).
//!
//! Both are pure: they take bytes in pieces of any size and hold no more than a named limit of
//! them.

mod codec;
mod fault;
mod tunnel;

pub use codec::{FRAME_BYTES_MAX, FrameError, STUN_BYTES_MAX, StreamCodec, stun_frame};
pub use fault::StreamFault;
pub use tunnel::{ANSWER_BYTES_MAX, AUTHORITY_BYTES_MAX, TunnelHandshake};
