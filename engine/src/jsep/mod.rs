//! Offer/answer negotiation (RFC 9429) over typed descriptions: what an application asked for, what
//! both sides said, and what follows for the session. Every step is a pure function of what is
//! remembered; text, session and clock are not here.
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
mod description;
mod direction;
mod effects;
mod encodings;
mod error;
mod extensions;
mod format;
mod h264;
mod handle;
mod header_extensions;

mod kept;
mod key;
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
mod snap;
#[cfg(any(test, fuzzing))]
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets see it"))]
mod stage;
mod state;
#[cfg(test)]
mod tests;
mod transceiver;
mod transport;
mod waiting;
mod wishes;

#[cfg(test)]
pub(crate) use crate::candidate::{CandidateInit, REMOTE_CANDIDATES_MAX};
#[cfg(test)]
pub(crate) use crate::config::{BundlePolicy, PeerLines};
#[cfg(test)]
pub(crate) use crate::state::SignalingState;
pub(crate) use candidates::{CandidateFault, with_candidates};
pub use description::SessionDescription;
pub(crate) use effects::Effects;
#[cfg(test)]
pub(crate) use effects::RemoteCandidate;
pub use encodings::SentEncoding;
pub use error::{DescriptionFault, MID_BYTES_MAX, NegotiationError, RID_BYTES_MAX, RemoteOutcome};
pub use handle::Negotiation;
pub use signaling::SdpType;
pub(crate) use signaling::Side;
#[cfg(fuzzing)]
pub use stage::Stage;
pub(crate) use state::{Jsep, JsepConfig};
pub use transceiver::{
    CodecPreference, HeaderExtension, SendEncoding, Transceiver, TransceiverInit,
};
pub(crate) use transport::credentials;
