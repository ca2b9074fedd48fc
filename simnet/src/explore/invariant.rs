//! What must hold in every universe.

use std::fmt;

use crate::time::Time;

macro_rules! invariants {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What must hold in every universe.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Invariant {
            $($(#[$doc])* $name,)+
        }

        impl Invariant {
            /// All of them.
            pub const ALL: &'static [Invariant] = &[$(Invariant::$name),+];

            /// Its name in files.
            pub const fn name(self) -> &'static str {
                match self { $(Invariant::$name => $text,)+ }
            }
        }
    };
}

invariants! {
    /// Nothing panics: neither engine nor simulator.
    NoPanic = "no-panic",
    /// Every datagram is sent from an address that the host has, on an interface that is up. What
    /// leaves at the very moment of a change counts as before it; a goodbye may be said from where
    /// the call was.
    KnownSource = "known-source",
    /// No datagram has more than 1,232 bytes: with IPv6 and UDP headers, what every link carries
    /// (RFC 8200 section 5).
    FitsMtu = "fits-mtu",
    /// Nothing but STUN goes to an address from which no answer to a check came within the last 30
    /// s (RFC 7675 section 5.1).
    Consent = "consent",
    /// A sequence number of an SSRC never carries two different packets (RFC 3711 section 9.1).
    FreshSequence = "fresh-sequence",
    /// Nobody asks to be woken, or sends, thousands of times at one moment.
    TimePasses = "time-passes",
    /// Nobody is woken more than 500 times within a second without sending before the next; 1,200
    /// times where str0m's session carries it.
    FewWakes = "few-wakes",
    /// No engine asks to be woken before the time that it was told.
    WakesAhead = "wakes-ahead",
    /// What comes on a channel that is open was written at its other end, as it was written, and
    /// comes once. On a reliable, ordered channel it is always the next one; on one that gives
    /// messages up, a later one (RFC 8831 section 6.6). A channel that was closed takes none.
    InOrder = "in-order",
    /// A channel opens once at each end, with the label, sub-protocol and order that were asked
    /// for, on a stream that both ends call the same and that no other channel has which is not
    /// closed yet (RFC 8831 section 6.7).
    AsAsked = "as-asked",
    /// A frame that is written while connected is taken, on every m-line that was agreed to send.
    FrameTaken = "frame-taken",
    /// From 5 s after a peer closed, it sends nothing.
    SilentAfterClose = "silent-after-close",
    /// Nothing closes that nobody closed; but for a handshake that gives up where there is no way
    /// between the two.
    StaysOpen = "stays-open",
    /// 10 s after the last action is over, both are connected, and on each m-line that was agreed
    /// to send a frame has arrived since. Each application restarts ICE as soon as its state is
    /// disconnected or failed, and every 5 s as long as it is.
    Heals = "heals",
    /// Where there is no way between the two, directly or by a relay, not both are connected 20 s
    /// after the last action is over, and no frame has arrived for 10 s.
    Unreachable = "unreachable",
    /// 10 s later, each sends to where the other sends from. Only without NATs, which hide it.
    SamePair = "same-pair",
    /// From 10 s after the last action is over, every frame that an end takes on an m-line that was
    /// agreed to send arrives at the other within 2 s; but for as many, over both ways, as packets
    /// other than STUN were lost in the network.
    Complete = "complete",
    /// After every step of its user an engine is as the model of a connection is (RFC 9429, W3C):
    /// its signalling state, its transceivers, its descriptions, and whether an offer is needed.
    AsModel = "as-model",
    /// 10 s after the last action is over, both are at rest, with the same m-lines, and directions
    /// that fit.
    Agreed = "agreed",
    /// 20 s after the last action is over, data channels that nobody closed are open at both ends,
    /// others at neither, all messages of reliable ones have arrived that were written before the
    /// last action was over, some still arrive on others, and nothing arrives on m-lines that do
    /// not receive.
    Arrives = "arrives",
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When.
    pub at: Time,
    /// Which.
    pub invariant: Invariant,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} s: {}", self.invariant, self.at, self.detail)
    }
}
