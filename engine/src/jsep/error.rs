//! What can go wrong in a negotiation.

use std::fmt;

use super::fault::DescriptionFault;
use crate::candidate::CandidateError;
use crate::state::SignalingState;

/// What became of a remote description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteOutcome {
    /// It was applied.
    Applied,
    /// It was an offer that collided with ours, we gave way and applied it. Our changes will be
    /// offered again; [`Event::NegotiationNeeded`](crate::Event::NegotiationNeeded) follows.
    RolledBack,
    /// It was an offer that collided with ours, and we are the impolite side: nothing happened.
    /// Candidates that belong to it are to be ignored too.
    Ignored,
}

/// Why a step of a negotiation failed. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegotiationError {
    /// Misuse: this step is not allowed in this state.
    WrongState(SignalingState),
    /// Misuse: the local description is not the one that was created last.
    NotCreatedHere,
    /// Misuse: there is nothing to offer; ask for a change first.
    NothingToOffer,
    /// Misuse: no such transceiver, or it is stopped.
    UnknownTransceiver,
    /// Misuse: candidates come after the remote description.
    NoRemoteDescription,
    /// The peer's description is larger than
    /// [`SDP_BYTES_MAX`](crate::SDP_BYTES_MAX); its size in bytes.
    TooLarge(usize),
    /// The peer's description has more m-lines than are taken; their number.
    TooManyMediaLines(usize),
    /// The peer's description is not taken, and why.
    Invalid(DescriptionFault),
    /// The peer's candidate cannot be understood.
    Candidate(CandidateError),
}

impl fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NegotiationError::WrongState(state) => {
                write!(f, "not allowed in signaling state {state}")
            }
            NegotiationError::NotCreatedHere => {
                f.write_str("the local description must be the one created last")
            }
            NegotiationError::NothingToOffer => f.write_str("nothing to offer"),
            NegotiationError::UnknownTransceiver => f.write_str("no such transceiver"),
            NegotiationError::NoRemoteDescription => {
                f.write_str("candidates come after the remote description")
            }
            NegotiationError::TooLarge(bytes) => {
                write!(
                    f,
                    "description of {bytes} bytes; at most {} are taken",
                    super::SDP_BYTES_MAX
                )
            }
            NegotiationError::TooManyMediaLines(count) => {
                write!(f, "description with {count} m-lines, more than are taken")
            }
            NegotiationError::Invalid(fault) => write!(f, "invalid description: {fault}"),
            NegotiationError::Candidate(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NegotiationError {}
