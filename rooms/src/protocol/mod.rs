//! The messages between pages, native peers and the room server.
//!
//! [`signalling`] is JSON over a WebSocket and sets connections up (`docs/signalling.md`);
//! [`data`] is what runs over the data channels afterwards (`docs/data-channel-protocol.md`), with
//! [`blocks`] of files and the order of their transfer ([`flow`]).

pub mod blocks;
pub mod data;
pub mod flow;
pub mod signalling;
