//! The states of a peer connection, by their W3C names.

use std::fmt;

use serde::Serialize;

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every state.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The W3C name.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

states! {
    /// `RTCSignalingState`: where the offer/answer exchange stands (RFC 9429 section 3.2).
    SignalingState {
        /// No exchange is under way.
        Stable = "stable",
        /// We offered, the answer is awaited.
        HaveLocalOffer = "have-local-offer",
        /// The peer offered, we owe an answer.
        HaveRemoteOffer = "have-remote-offer",
        /// The connection is closed.
        Closed = "closed",
    }
}

states! {
    /// `RTCIceGatheringState`.
    IceGatheringState {
        /// Not begun.
        New = "new",
        /// Candidates are being found.
        Gathering = "gathering",
        /// All candidates are known.
        Complete = "complete",
    }
}

states! {
    /// `RTCIceConnectionState`.
    IceConnectionState {
        /// Waiting for remote candidates.
        New = "new",
        /// Checking pairs.
        Checking = "checking",
        /// A pair works, checks go on.
        Connected = "connected",
        /// A pair works, checks are over.
        Completed = "completed",
        /// The selected pair gives no answer at the moment.
        Disconnected = "disconnected",
        /// No pair works: consent ended, or all checks failed.
        Failed = "failed",
        /// Closed.
        Closed = "closed",
    }
}

states! {
    /// `RTCPeerConnectionState`: ICE and DTLS together.
    ConnectionState {
        /// Nothing begun.
        New = "new",
        /// ICE or DTLS is under way.
        Connecting = "connecting",
        /// ICE and DTLS are up.
        Connected = "connected",
        /// The path gives no answer at the moment.
        Disconnected = "disconnected",
        /// ICE or DTLS failed.
        Failed = "failed",
        /// Closed.
        Closed = "closed",
    }
}

states! {
    /// `RTCDtlsTransportState`.
    DtlsState {
        /// Not begun.
        New = "new",
        /// The handshake is under way.
        Connecting = "connecting",
        /// The handshake is done and the peer's certificate has the signalled fingerprint.
        Connected = "connected",
        /// Closed.
        Closed = "closed",
        /// The handshake failed.
        Failed = "failed",
    }
}

impl ConnectionState {
    /// The connection's state as W3C derives it from its transports, which are one here.
    ///
    /// ```
    /// use lapwing_engine::{ConnectionState, DtlsState, IceConnectionState};
    /// let state = ConnectionState::derive(IceConnectionState::Connected, DtlsState::Connecting);
    /// assert_eq!(state, ConnectionState::Connecting);
    /// ```
    pub const fn derive(ice: IceConnectionState, dtls: DtlsState) -> ConnectionState {
        use IceConnectionState as Ice;
        match (ice, dtls) {
            // It is what ended the connection, so it is what is seen after.
            (_, DtlsState::Failed) => ConnectionState::Failed,
            (Ice::Closed, _) | (_, DtlsState::Closed) => ConnectionState::Closed,
            (Ice::Failed, _) => ConnectionState::Failed,
            (Ice::Disconnected, _) => ConnectionState::Disconnected,
            (Ice::Connected | Ice::Completed, DtlsState::Connected) => ConnectionState::Connected,
            (Ice::New, DtlsState::New) => ConnectionState::New,
            _ => ConnectionState::Connecting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connected_needs_both() {
        for &ice in IceConnectionState::ALL {
            for &dtls in DtlsState::ALL {
                let up =
                    matches!(ice, IceConnectionState::Connected | IceConnectionState::Completed)
                        && dtls == DtlsState::Connected;
                let derived = ConnectionState::derive(ice, dtls);
                assert_eq!(derived == ConnectionState::Connected, up, "{ice} and {dtls}");
            }
        }
    }

    #[test]
    fn a_failure_shows_through() {
        let ice = IceConnectionState::Failed;
        assert_eq!(ConnectionState::derive(ice, DtlsState::Connected), ConnectionState::Failed);
    }
}
