//! What a server did, in numbers.

/// Counts since a server was made. They never wrap in practice and are never reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnMetrics {
    /// Binding requests that were answered.
    pub bindings: u64,
    /// Requests that came without a signature, or with one that does not fit (401).
    pub unauthenticated: u64,
    /// Requests whose nonce does not hold (438).
    pub stale: u64,
    /// Requests that make no sense, or ask for what is not known (400, 420, 437, 440 to 443).
    pub refused: u64,
    /// Requests for peers that are denied (403).
    pub forbidden: u64,
    /// Requests of users who have enough (486).
    pub over_quota: u64,
    /// Requests for which there was no room (508), or that were sent elsewhere (300).
    pub over_capacity: u64,
    /// Allocations that were made.
    pub allocated: u64,
    /// Allocations that ended.
    pub ended: u64,
    /// Payloads sent on to peers.
    pub packets_to_peers: u64,
    /// Their bytes, without headers.
    pub bytes_to_peers: u64,
    /// Payloads sent on to clients.
    pub packets_to_clients: u64,
    /// Their bytes, without headers.
    pub bytes_to_clients: u64,
    /// Channel data and Send indications of clients that nothing stands behind: no allocation, no
    /// channel, no permission.
    pub dropped_from_clients: u64,
    /// Datagrams of peers that went nowhere: no permission, no allocation any more, too long.
    pub dropped_from_peers: u64,
    /// What could not be understood.
    pub malformed: u64,
}

impl TurnMetrics {
    /// Each with its name and what it counts, in the order of the fields.
    pub fn rows(&self) -> [(&'static str, u64); 16] {
        [
            ("bindings", self.bindings),
            ("unauthenticated", self.unauthenticated),
            ("stale", self.stale),
            ("refused", self.refused),
            ("forbidden", self.forbidden),
            ("over_quota", self.over_quota),
            ("over_capacity", self.over_capacity),
            ("allocated", self.allocated),
            ("ended", self.ended),
            ("packets_to_peers", self.packets_to_peers),
            ("bytes_to_peers", self.bytes_to_peers),
            ("packets_to_clients", self.packets_to_clients),
            ("bytes_to_clients", self.bytes_to_clients),
            ("dropped_from_clients", self.dropped_from_clients),
            ("dropped_from_peers", self.dropped_from_peers),
            ("malformed", self.malformed),
        ]
    }

    /// Adds those of another server, such as another thread's.
    pub fn add(&mut self, other: &TurnMetrics) {
        let TurnMetrics {
            bindings,
            unauthenticated,
            stale,
            refused,
            forbidden,
            over_quota,
            over_capacity,
            allocated,
            ended,
            packets_to_peers,
            bytes_to_peers,
            packets_to_clients,
            bytes_to_clients,
            dropped_from_clients,
            dropped_from_peers,
            malformed,
        } = *other;
        self.bindings += bindings;
        self.unauthenticated += unauthenticated;
        self.stale += stale;
        self.refused += refused;
        self.forbidden += forbidden;
        self.over_quota += over_quota;
        self.over_capacity += over_capacity;
        self.allocated += allocated;
        self.ended += ended;
        self.packets_to_peers += packets_to_peers;
        self.bytes_to_peers += bytes_to_peers;
        self.packets_to_clients += packets_to_clients;
        self.bytes_to_clients += bytes_to_clients;
        self.dropped_from_clients += dropped_from_clients;
        self.dropped_from_peers += dropped_from_peers;
        self.malformed += malformed;
    }
}
