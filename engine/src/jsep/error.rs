//! What can go wrong in a negotiation, and what is wrong with a description. M-lines are counted
//! from zero.

use std::fmt;

use crate::candidate::{CandidateError, REMOTE_CANDIDATES_MAX};
use crate::ids::PayloadType;
use crate::sdp::{MEDIA_LINES_MAX, SdpError};
use crate::session::agreed::AgreeError;
use crate::state::SignalingState;

/// Longest name of an m-line that is taken, in bytes: RFC 8866 has no limit, and every stack stays
/// below this one.
pub const MID_BYTES_MAX: usize = 64;

/// Longest name of a layer that is taken, in bytes: what a one-byte RTP header extension carries
/// (RFC 8285).
pub const RID_BYTES_MAX: usize = 16;

/// What became of a remote description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteOutcome {
    /// It was applied.
    Applied,
    /// It was an offer that collided with ours; we gave way and applied it. What we wanted is
    /// offered again: [`Event::NegotiationNeeded`](crate::Event::NegotiationNeeded) follows once
    /// the answer is set.
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
    /// Misuse: the local description is not the one that was created last, or what it was made for
    /// is gone.
    NotCreatedHere,
    /// Misuse: there is no m-line to offer; ask for a transceiver or a data channel first.
    NothingToOffer,
    /// Misuse: no such transceiver.
    UnknownTransceiver,
    /// Misuse: the transceiver is stopped, from here or by the peer.
    Stopped,
    /// Misuse: no codec of those that are preferred can be negotiated, or of those of
    /// [`Config::codecs`](crate::Config::codecs) none carries the kind of a transceiver.
    NoCodec,
    /// Misuse: the encodings are not those that the transceiver has, or a value is out of range.
    Encodings,
    /// Misuse: the codec of an encoding was not agreed on; or nothing was yet, and it is not
    /// preferred.
    EncodingCodec,
    /// Misuse: header extensions that are not those of the transceiver, each once and in their
    /// order.
    HeaderExtensions,
    /// Misuse: the header extension that tells m-lines apart goes both ways.
    MandatoryExtension,
    /// Misuse: candidates come after the remote description.
    NoRemoteDescription,
    /// There would be more than [`MEDIA_LINES_MAX`] m-lines; their number.
    TooManyMediaLines(usize),
    /// The peer's text is no description; the line and what is wrong there.
    Text(SdpError),
    /// The peer's description is not taken, and why.
    Description(DescriptionFault),
    /// The peer's candidate cannot be understood, or not be used.
    Candidate(CandidateError),
    /// The candidate is for an m-line that no description has.
    UnknownMediaLine,
    /// More than [`REMOTE_CANDIDATES_MAX`] candidates would wait for their description.
    TooManyCandidates,
    /// The transport cannot do what both sides agreed on. Stop or change what it names, or roll the
    /// offer back.
    Transport(AgreeError),
}

/// What is wrong with a remote description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescriptionFault {
    /// It has no m-line.
    NoMediaLine,
    /// It has more than [`MEDIA_LINES_MAX`]; their number.
    TooManyMediaLines(usize),
    /// An m-line lacks something.
    MissingIn {
        /// Which one.
        line: usize,
        /// How it begins in SDP.
        what: &'static str,
    },
    /// An m-line repeats what stands for one thing only.
    Repeated {
        /// Which one.
        line: usize,
        /// How it begins in SDP.
        what: &'static str,
    },
    /// The name of an m-line is no token, or has more than [`MID_BYTES_MAX`] bytes.
    Mid(usize),
    /// The name of a layer is not as RFC 8851 has it, or longer than RTP can carry here.
    Rid(usize),
    /// `a=simulcast` names a layer without `a=rid`.
    Simulcast(usize),
    /// A user fragment that ICE does not allow.
    IceUfrag(usize),
    /// A password that ICE does not allow.
    IcePassword(usize),
    /// Both sides are ICE lite, and none would begin.
    BothIceLite,
    /// An answer restarts ICE though the offer did not.
    UnaskedRestart,
    /// More than [`REMOTE_CANDIDATES_MAX`] different candidates; their number.
    TooManyCandidates(usize),
    /// A BUNDLE group names an m-line that is not there, or two groups name the same one.
    Group,
    /// The answer takes an m-line outside of the bundle. It would need a transport of its own.
    NotBundled(usize),
    /// An m-line is not where it was before, or not the one that was offered.
    Order(usize),
    /// There are fewer m-lines than before, or the answer has not as many as the offer.
    LineCount {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The answer takes an m-line that was offered as rejected.
    Revived(usize),
    /// A payload type of this m-line means something else too (RFC 9143 section 9.1).
    PayloadType {
        /// Which one.
        line: usize,
        /// The number.
        payload_type: PayloadType,
    },
    /// `a=setup` leaves open who begins DTLS (RFC 8842 section 5.3).
    Setup(usize),
    /// Whoever began DTLS would begin it no more.
    DtlsRoleChanged(usize),
    /// The peer would have another certificate (RFC 8842 section 5.5).
    FingerprintChanged(usize),
    /// Several tracks on one m-line: Plan B, which was replaced by one m-line for each track.
    PlanB(usize),
}

impl From<DescriptionFault> for NegotiationError {
    fn from(fault: DescriptionFault) -> Self {
        NegotiationError::Description(fault)
    }
}

impl From<SdpError> for NegotiationError {
    fn from(error: SdpError) -> Self {
        NegotiationError::Text(error)
    }
}

impl From<AgreeError> for NegotiationError {
    fn from(error: AgreeError) -> Self {
        NegotiationError::Transport(error)
    }
}

impl From<CandidateError> for NegotiationError {
    fn from(error: CandidateError) -> Self {
        NegotiationError::Candidate(error)
    }
}

impl fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use NegotiationError as Error;
        match self {
            Error::WrongState(state) => write!(f, "not allowed in signaling state {state}"),
            Error::NotCreatedHere => {
                f.write_str("the local description must be the one created last")
            }
            Error::NothingToOffer => f.write_str("nothing to offer"),
            Error::UnknownTransceiver => f.write_str("no such transceiver"),
            Error::Stopped => f.write_str("the transceiver is stopped"),
            Error::NoCodec => f.write_str("no codec of these can be negotiated"),
            Error::Encodings => f.write_str("the encodings are not those of the transceiver"),
            Error::EncodingCodec => f.write_str("the codec of an encoding was not negotiated"),
            Error::HeaderExtensions => {
                f.write_str("the header extensions are not those of the transceiver")
            }
            Error::MandatoryExtension => {
                f.write_str("the mid header extension cannot be stopped or go one way")
            }
            Error::NoRemoteDescription => {
                f.write_str("candidates come after the remote description")
            }
            Error::TooManyMediaLines(count) => too_many(f, *count),
            Error::Text(error) => write!(f, "invalid description: {error}"),
            Error::Description(fault) => write!(f, "invalid description: {fault}"),
            Error::Candidate(error) => error.fmt(f),
            Error::UnknownMediaLine => f.write_str("the candidate is for no m-line that is known"),
            Error::TooManyCandidates => {
                write!(f, "{REMOTE_CANDIDATES_MAX} candidates wait for a description already")
            }
            Error::Transport(error) => write!(f, "not possible here: {error}"),
        }
    }
}

fn too_many(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    write!(f, "{count} m-lines; at most {MEDIA_LINES_MAX} are taken")
}

impl std::error::Error for NegotiationError {}

impl fmt::Display for DescriptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use DescriptionFault as Fault;
        match self {
            Fault::NoMediaLine => f.write_str("no m-line"),
            Fault::TooManyMediaLines(count) => too_many(f, *count),
            Fault::MissingIn { line, what } => write!(f, "m-line {line} has no {what}"),
            Fault::Repeated { line, what } => write!(f, "m-line {line} repeats {what}"),
            Fault::Mid(line) => {
                write!(f, "the a=mid of m-line {line} is no token of up to {MID_BYTES_MAX} bytes")
            }
            Fault::Rid(line) => write!(
                f,
                "an a=rid of m-line {line} is not of letters, digits, \"-\" and \"_\", or too long"
            ),
            Fault::Simulcast(line) => write!(f, "m-line {line} has a layer without a=rid"),
            Fault::IceUfrag(line) => write!(f, "the a=ice-ufrag of m-line {line} is not allowed"),
            Fault::IcePassword(line) => write!(f, "the a=ice-pwd of m-line {line} is not allowed"),
            Fault::BothIceLite => f.write_str("both sides are a=ice-lite"),
            Fault::UnaskedRestart => f.write_str("the answer restarts ICE, the offer did not"),
            Fault::TooManyCandidates(count) => write!(
                f,
                "{count} different a=candidate; at most {REMOTE_CANDIDATES_MAX} are taken"
            ),
            Fault::Group => {
                f.write_str("a=group:BUNDLE names an m-line that is not there, or twice")
            }
            Fault::NotBundled(line) => write!(f, "m-line {line} is taken outside of the bundle"),
            Fault::Order(line) => write!(f, "m-line {line} is not the one it was"),
            Fault::LineCount { expected, found } => {
                write!(f, "{found} m-lines where {expected} are expected")
            }
            Fault::Revived(line) => {
                write!(f, "m-line {line} was offered as rejected, and is taken")
            }
            Fault::PayloadType { line, payload_type } => {
                write!(f, "payload type {} of m-line {line} has two meanings", payload_type.0)
            }
            Fault::Setup(line) => write!(f, "a=setup of m-line {line} does not say who begins"),
            Fault::DtlsRoleChanged(line) => {
                write!(f, "a=setup of m-line {line} changes who began")
            }
            Fault::FingerprintChanged(line) => {
                write!(f, "a=fingerprint of m-line {line} is of another certificate")
            }
            Fault::PlanB(line) => {
                write!(
                    f,
                    "m-line {line} has several tracks (Plan B); each needs an m-line of its own"
                )
            }
        }
    }
}

impl std::error::Error for DescriptionFault {}
