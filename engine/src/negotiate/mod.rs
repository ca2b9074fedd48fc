//! Offer/answer negotiation (RFC 9429) over typed descriptions: what an application asked for, what both sides said, and
//! what follows for the session. Every step is a pure function of what is remembered; text, session and clock are not here.
//!
//! | step | where |
//! |---|---|
//! | what the application asks for | `wishes`, `encodings`, `header_extensions` |
//! | our descriptions are made | `offer`, `answer`, `section`, `codecs`, `extensions`, `simulcast`, `recycle`, `bundle` |
//! | our descriptions are set | `local` |
//! | the peer's are judged | `check`, `order`, `transport`, `plan_b` |
//! | the peer's are set | `remote`, `associate` |
//! | an exchange is complete | `settle`, `agree` |
//! | an offer is taken back | `rollback` |

mod agree;
mod answer;
mod associate;
mod bundle;
mod candidates;
mod check;
mod codecs;
mod direction;
mod effects;
mod encodings;
mod error;
mod extensions;
mod format;
mod h264;
mod header_extensions;
mod jsep;
mod line;
mod local;
mod needed;
mod numbers;
mod offer;
mod order;
mod plan_b;
mod recycle;
mod remote;
mod rollback;
mod section;
mod settle;
mod signaling;
mod simulcast;
#[cfg(test)]
mod tests;
mod transceiver;
mod transport;
mod wishes;

pub(crate) use bundle::BundlePolicy;
pub(crate) use candidates::{CandidateFault, CandidateInit, with_candidates};
pub(crate) use effects::{Effects, RemoteCandidate};
pub(crate) use encodings::SentEncoding;
pub(crate) use error::{
    DescriptionFault, MEDIA_LINES_MAX, MID_BYTES_MAX, NegotiateError, REMOTE_CANDIDATES_MAX,
    RID_BYTES_MAX, RemoteOutcome,
};
pub(crate) use jsep::{Jsep, JsepConfig, PeerLines};
pub(crate) use signaling::{SdpType, SignalingState};
pub(crate) use transceiver::{
    CodecPreference, HeaderExtension, SendEncoding, Transceiver, TransceiverInit,
};
