//! What follows from a description that was set.

use crate::candidate::IceCandidate;
use crate::event::{CodecMismatch, Direction, Track};
use crate::ids::{Mid, TransceiverId};
use crate::session::agreed::Agreed;
use crate::state::SignalingState;

/// What is to be done and told, after a description was set. None of it was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// The state that the exchange moved to, where it moved.
    pub(crate) state: Option<SignalingState>,
    /// What the session shall do from here on: an exchange is complete, or is for the time being.
    /// The whole step is refused where the session refuses it.
    pub(crate) agreed: Option<Agreed>,
    /// ICE begins anew: credentials of either side are others.
    pub(crate) ice_restarted: bool,
    /// Candidates are to be found: a description of ours takes an m-line.
    pub(crate) gather: bool,
    /// M-lines that the peer added, or on which it sends again.
    pub(crate) added: Vec<Track>,
    /// M-lines on which nothing comes in any more.
    pub(crate) muted: Vec<Mid>,
    /// M-lines that flow another way, with the way.
    pub(crate) directions: Vec<(Mid, Direction)>,
    /// Transceivers that the peer stopped or rejected, or whose end is agreed on.
    pub(crate) stopped: Vec<TransceiverId>,
    /// Transceivers that an offer had made which was taken back.
    pub(crate) vanished: Vec<TransceiverId>,
    /// M-lines without a codec that both sides have, where that is news.
    pub(crate) no_common_codec: Vec<CodecMismatch>,
    /// The peer's candidates that can be used from here on.
    pub(crate) candidates: Vec<RemoteCandidate>,
    /// The m-line of data channels was rejected: all of them end.
    pub(crate) close_channels: bool,
}

/// A candidate of the peer's, or the end of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteCandidate {
    /// The m-line that it was signalled for.
    pub(crate) mid: Mid,
    /// None: there are no more.
    pub(crate) candidate: Option<IceCandidate>,
}
