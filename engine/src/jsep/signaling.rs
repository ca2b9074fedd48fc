//! The signalling state as a pure transition table (RFC 9429 section 3.2, figure 2).

use serde::{Deserialize, Serialize};

use crate::state::SignalingState;

/// What a description is meant as (W3C `RTCSdpType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SdpType {
    /// Proposes.
    Offer,
    /// Settles for the time being.
    Pranswer,
    /// Settles.
    Answer,
    /// Takes the pending offer back; its text counts for nothing.
    Rollback,
}

impl SdpType {
    /// Every one.
    pub const ALL: [SdpType; 4] =
        [SdpType::Offer, SdpType::Pranswer, SdpType::Answer, SdpType::Rollback];

    /// The W3C name.
    pub const fn name(self) -> &'static str {
        match self {
            SdpType::Offer => "offer",
            SdpType::Pranswer => "pranswer",
            SdpType::Answer => "answer",
            SdpType::Rollback => "rollback",
        }
    }
}

/// Whose a description is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// Ours.
    Local,
    /// The peer's.
    Remote,
}

/// The state after a description is set, `None` when it may not be set in `state`. An offer of the
/// peer's that collides with ours is another matter: ours is rolled back first (RFC 9429 section
/// 4.1.10.2).
pub(super) fn transition(
    state: SignalingState,
    side: Side,
    kind: SdpType,
) -> Option<SignalingState> {
    use SdpType::{Answer, Offer, Pranswer, Rollback};
    use SignalingState::{
        HaveLocalOffer, HaveLocalPranswer, HaveRemoteOffer, HaveRemotePranswer, Stable,
    };
    match (state, side, kind) {
        (Stable | HaveLocalOffer, Side::Local, Offer) => Some(HaveLocalOffer),
        (Stable | HaveRemoteOffer, Side::Remote, Offer) => Some(HaveRemoteOffer),
        (HaveRemoteOffer | HaveLocalPranswer, Side::Local, Pranswer) => Some(HaveLocalPranswer),
        (HaveLocalOffer | HaveRemotePranswer, Side::Remote, Pranswer) => Some(HaveRemotePranswer),
        (HaveRemoteOffer | HaveLocalPranswer, Side::Local, Answer)
        | (HaveLocalOffer | HaveRemotePranswer, Side::Remote, Answer)
        | (HaveLocalOffer, Side::Local, Rollback)
        | (HaveRemoteOffer, Side::Remote, Rollback) => Some(Stable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let mut rows = Vec::new();
        for &state in SignalingState::ALL {
            for side in [Side::Local, Side::Remote] {
                let cells = SdpType::ALL
                    .map(|kind| transition(state, side, kind).map_or("-", SignalingState::name));
                rows.push(format!("{state} {side:?}: {}", cells.join(" | ")));
            }
        }
        let expected = [
            "stable Local: have-local-offer | - | - | -",
            "stable Remote: have-remote-offer | - | - | -",
            "have-local-offer Local: have-local-offer | - | - | stable",
            "have-local-offer Remote: - | have-remote-pranswer | stable | -",
            "have-remote-offer Local: - | have-local-pranswer | stable | -",
            "have-remote-offer Remote: have-remote-offer | - | - | stable",
            "have-local-pranswer Local: - | have-local-pranswer | stable | -",
            "have-local-pranswer Remote: - | - | - | -",
            "have-remote-pranswer Local: - | - | - | -",
            "have-remote-pranswer Remote: - | have-remote-pranswer | stable | -",
            "closed Local: - | - | - | -",
            "closed Remote: - | - | - | -",
        ];
        assert_eq!(rows, expected);
    }
}
