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
        /// The peer offered, we answered for the time being.
        HaveLocalPranswer = "have-local-pranswer",
        /// We offered, the peer answered for the time being.
        HaveRemotePranswer = "have-remote-pranswer",
        /// The connection is closed.
        Closed = "closed",
    }
}

states! {
    /// `RTCIceRole`: whose choice the candidate pair is (RFC 8445 section 6.1.1).
    IceRole {
        /// Not agreed on yet.
        Unknown = "unknown",
        /// Ours.
        Controlling = "controlling",
        /// The peer's.
        Controlled = "controlled",
    }
}

impl IceRole {
    pub(crate) fn of(controlling: Option<bool>) -> Self {
        match controlling {
            None => IceRole::Unknown,
            Some(true) => IceRole::Controlling,
            Some(false) => IceRole::Controlled,
        }
    }
}

states! {
    /// `RTCDtlsRole`: who begins the handshake (RFC 8842 section 5).
    DtlsRole {
        /// Not agreed on yet, or not known.
        Unknown = "unknown",
        /// We do.
        Client = "client",
        /// The peer does.
        Server = "server",
    }
}

impl DtlsRole {
    pub(crate) fn of(client: Option<bool>) -> Self {
        match client {
            None => DtlsRole::Unknown,
            Some(true) => DtlsRole::Client,
            Some(false) => DtlsRole::Server,
        }
    }
}

states! {
    /// `RTCDataChannelState`, of a channel that is not closed.
    DataChannelState {
        /// It cannot be used yet.
        Connecting = "connecting",
        /// Both sides can send.
        Open = "open",
        /// What was written is sent still.
        Closing = "closing",
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
    /// `RTCIceConnectionState`, and when each comes:
    ///
    /// | state | comes | goes |
    /// |---|---|---|
    /// | `new` | at the start | when both descriptions are set. Without an answer it stays: nothing is sent, no time runs, and the application closes when it no longer waits |
    /// | `checking` | when an exchange that brings new credentials is complete: the first one, and each restart of ICE | when a pair works, or [`Config::ice_failed_after`](crate::Config::ice_failed_after) later, with candidates of the peer's or without: its own checks may come without |
    /// | `connected`, `completed` | when a pair works; `completed` when no other is left to be checked | |
    /// | `disconnected` | 7 seconds after the last answer on the path in use, or at once when its local address is lost | when there is an answer again or another pair works |
    /// | `failed` | 30 seconds after the last answer on the path in use (RFC 7675), and as long after `checking` or the loss of the path as [`Config::ice_failed_after`](crate::Config::ice_failed_after) says | when the exchange of a restart is complete, and only then. Meanwhile nothing at all is sent |
    /// | `closed` | with [`Event::Closed`](crate::Event::Closed) | never |
    ///
    /// A loop that serves one connection ends with [`Event::Closed`](crate::Event::Closed), and
    /// asks for a restart ([`Negotiation::restart_ice`](crate::Negotiation::restart_ice)) or
    /// [closes](crate::Rtc::close) at `failed`;
    /// [`Config::closed_after_failed`](crate::Config::closed_after_failed) has the connection do
    /// that by itself.
    IceConnectionState {
        /// A description is missing.
        New = "new",
        /// Looking for a pair that works.
        Checking = "checking",
        /// A pair works, checks go on.
        Connected = "connected",
        /// A pair works, checks are over.
        Completed = "completed",
        /// The path gives no answer at the moment.
        Disconnected = "disconnected",
        /// No path works, and none is looked for until ICE restarts.
        Failed = "failed",
        /// Closed.
        Closed = "closed",
    }
}

states! {
    /// `RTCPeerConnectionState`: ICE and DTLS together, as [`Self::derive`] says.
    ConnectionState {
        /// A description is missing.
        New = "new",
        /// ICE or DTLS is under way.
        Connecting = "connecting",
        /// ICE and DTLS are up.
        Connected = "connected",
        /// The path gives no answer at the moment; it may come back by itself.
        Disconnected = "disconnected",
        /// ICE or DTLS failed: only a restart of ICE brings it back, and nothing where DTLS failed.
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
