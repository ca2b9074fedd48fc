//! Rooms for many: their protocol, server and page, and the native peers that join them.

pub mod call;
pub mod client;
pub mod disk;
pub mod forward;
pub mod hub;
pub mod limits;
pub mod protocol;
pub mod server;
pub mod text;
pub mod transfer;
