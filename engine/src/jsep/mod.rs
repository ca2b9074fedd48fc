//! Offer/answer negotiation (RFC 9429): the signalling state, transceivers, descriptions, glare.

mod candidates;
mod description;
mod error;
mod formats;
mod handle;
mod mismatch;
mod signaling;
mod state;
mod transceiver;

pub use description::{SDP_BYTES_MAX, SdpType, SessionDescription};
pub use error::{NegotiationError, RemoteOutcome};
pub use handle::Negotiation;
pub(crate) use state::Jsep;
pub use transceiver::{Transceiver, TransceiverInit};
