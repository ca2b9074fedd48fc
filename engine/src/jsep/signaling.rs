//! The signalling state as a pure transition table (RFC 9429 section 3.2, figure 2, without
//! provisional answers).

use crate::state::SignalingState;

/// A description that is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignalingOp {
    LocalOffer,
    RemoteOffer,
    LocalAnswer,
    RemoteAnswer,
    Rollback,
    Close,
}

impl SignalingOp {
    #[cfg(test)]
    const ALL: [SignalingOp; 6] = [
        SignalingOp::LocalOffer,
        SignalingOp::RemoteOffer,
        SignalingOp::LocalAnswer,
        SignalingOp::RemoteAnswer,
        SignalingOp::Rollback,
        SignalingOp::Close,
    ];
}

/// The state after `op`, `None` when `op` is not allowed in `state`.
pub(super) fn transition(state: SignalingState, op: SignalingOp) -> Option<SignalingState> {
    use SignalingOp as Op;
    use SignalingState::{Closed, HaveLocalOffer, HaveRemoteOffer, Stable};
    match (state, op) {
        (Stable | HaveLocalOffer, Op::LocalOffer) => Some(HaveLocalOffer),
        (Stable | HaveRemoteOffer, Op::RemoteOffer) => Some(HaveRemoteOffer),
        (HaveRemoteOffer, Op::LocalAnswer) | (HaveLocalOffer, Op::RemoteAnswer) => Some(Stable),
        (HaveLocalOffer | HaveRemoteOffer, Op::Rollback) => Some(Stable),
        (Stable | HaveLocalOffer | HaveRemoteOffer, Op::Close) => Some(Closed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let rows: Vec<String> = SignalingState::ALL
            .iter()
            .map(|state| {
                let cells = SignalingOp::ALL
                    .map(|op| transition(*state, op).map_or("-", SignalingState::name));
                format!("{:<17} {}", state.name(), cells.join(" | "))
            })
            .collect();
        let expected = [
            "stable            have-local-offer | have-remote-offer | - | - | - | closed",
            "have-local-offer  have-local-offer | - | - | stable | stable | closed",
            "have-remote-offer - | have-remote-offer | stable | - | stable | closed",
            "closed            - | - | - | - | - | -",
        ];
        assert_eq!(rows, expected);
    }
}
