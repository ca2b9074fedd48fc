//! Session descriptions as types (RFC 8866 and what WebRTC adds to it): text in, [`Description`] out, and back.
//!
//! This floor judges grammar only. What a description may say to us is decided by `jsep`.

mod attributes;
mod codec;
mod description;
mod media;
mod transport;

pub use attributes::{
    Bandwidth, Connection, Extension, Group, Msid, Restriction, RidLine, Simulcast, SimulcastRid,
    SsrcAttribute, SsrcGroup,
};
pub use codec::{Feedback, Format};
pub use description::{Attribute, Description, Origin};
pub use media::{MediaDescription, MediaName, Profile, SctpAttributes};
pub use transport::{Fingerprint, HashFunction, Setup, TransportAttributes};
