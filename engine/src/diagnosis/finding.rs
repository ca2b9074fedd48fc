//! What is wrong.

/// Something that is wrong, and keeps peers from each other or may do so. In words, with what to
/// change, by `Display`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Finding {
    /// There is no interface with an address that others can reach.
    NoNetwork,
    /// No server's name has an address: the resolver does not work.
    NoNameResolution,
    /// The name of this server has no address; those of others have.
    NameUnknown {
        /// The server.
        url: String,
    },
    /// The time-limited user name of this server is over.
    CredentialsExpired {
        /// The server.
        url: String,
        /// For how many seconds.
        seconds: u64,
    },
    /// This server does not take the user name and credential.
    WrongCredentials {
        /// The server.
        url: String,
    },
    /// The user has as many allocations at this server as it may.
    QuotaReached {
        /// The server.
        url: String,
    },
    /// This server has no room for another allocation.
    ServerFull {
        /// The server.
        url: String,
    },
    /// The certificate of this server is of another name.
    TlsName {
        /// The server.
        url: String,
    },
    /// The certificate of this server is not trusted, or not valid at this time.
    TlsUntrusted {
        /// The server.
        url: String,
    },
    /// The proxy refuses tunnels, with this status code of HTTP.
    ProxyRefused {
        /// Such as 407.
        status: u16,
    },
    /// Servers are reached by TCP, and none by UDP.
    UdpBlocked,
    /// Servers are reached by IPv4, and none by IPv6, though there is an address.
    Ipv6Blackhole,
    /// This server is reached from nowhere, and others are.
    ServerUnreachable {
        /// The server.
        url: String,
    },
    /// No server is reached at all.
    NothingReached,
    /// This server refuses for another reason.
    ServerRefused {
        /// The server.
        url: String,
        /// In its words.
        reason: String,
    },
    /// Checks of the peer come, and no answer to ours: something on the way drops answers.
    AnswersDropped,
    /// The NAT maps each destination to another port, and there is no relay: peers behind NATs of
    /// that kind, or behind filters, cannot be reached.
    SymmetricNatWithoutRelay,
    /// No pair of candidates works, and there is no relay.
    NoPathWithoutRelay,
    /// No pair of candidates works, though there is a relay.
    NoPath,
}
