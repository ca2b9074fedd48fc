//! The messages between pages, native peers and the room server.
//!
//! [`signalling`] is JSON over a WebSocket and sets connections up (`docs/signalling.md`);
//! [`data`] is what runs over the data channels afterwards (`docs/data-channel-protocol.md`).

pub mod data;
pub mod signalling;
