//! Session descriptions as types (RFC 8866 and what WebRTC adds to it): text in, [`Description`]
//! out, and back.
//!
//! This floor judges grammar only. What a description may say to us is decided by `jsep`.

mod attributes;
mod codec;
mod description;
mod error;
mod grammar;
mod limits;
mod media;
pub mod parameters;
mod parse;
mod secrets;
mod transport;
mod write;

pub use attributes::{
    Attribute, Bandwidth, Connection, Extension, Group, Msid, Restriction, RidLine, Simulcast,
    SimulcastRid, SsrcAttribute, SsrcGroup,
};
pub use codec::{Feedback, Format};
pub use description::{Description, Origin};
pub use error::{SdpError, SdpFault};
pub use limits::{
    FEEDBACK_MAX, FEEDBACK_TOTAL_MAX, FINGERPRINT_BYTES_MAX, FORMATS_MAX, GROUP_MIDS_MAX,
    ICE_OPTIONS_MAX, ICE_PASSWORD_CHARS_MAX, ICE_PASSWORD_CHARS_MIN, ICE_UFRAG_CHARS_MAX,
    ICE_UFRAG_CHARS_MIN, MEDIA_LINES_MAX, RID_RESTRICTIONS_MAX, SDP_BYTES_MAX, SECTION_LINES_MAX,
    SIMULCAST_RIDS_MAX, TLS_ID_CHARS_MAX, TLS_ID_CHARS_MIN,
};
pub use media::{MediaDescription, MediaName, Profile, SctpAttributes};
pub(crate) use secrets::without_passwords;
pub use transport::{Fingerprint, HashFunction, Setup, TransportAttributes};
