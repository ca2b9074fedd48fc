//! Offer/answer negotiation (RFC 9429): the signalling state, transceivers, descriptions, glare.

mod candidates;
mod description;
mod error;
mod fault;
mod formats;
mod handle;
mod mismatch;
mod signaling;
mod state;
mod transceiver;

pub use description::{SDP_BYTES_MAX, SdpType, SessionDescription};
pub use error::{NegotiationError, RemoteOutcome};
pub use fault::{
    DescriptionFault, ICE_PASSWORD_CHARS_MAX, ICE_PASSWORD_CHARS_MIN, ICE_UFRAG_CHARS_MAX,
    ICE_UFRAG_CHARS_MIN, MID_BYTES_MAX, REMOTE_CANDIDATES_MAX, RID_BYTES_MAX, SECTION_LINES_MAX,
};
pub use handle::Negotiation;
pub(crate) use state::Jsep;
pub use transceiver::{Transceiver, TransceiverInit};
