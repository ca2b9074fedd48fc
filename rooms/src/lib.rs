//! Rooms for many: their protocol, server and page, and the native peers that join them.

pub mod disk;
pub mod protocol;
pub mod text;
