//! What a driver did, in numbers.

/// Counts since a driver was made. They never wrap in practice and are never reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams received.
    pub received: u64,
    /// System calls that received at least one datagram. Fewer than datagrams when they came in
    /// batches.
    pub receive_calls: u64,
    /// Receive calls that failed without breaking the socket.
    pub receive_errors: u64,
    /// Datagrams that belong to no connection of a shared socket.
    pub unrouted: u64,
    /// Datagrams of a shared port handed on to the thread they are for.
    pub handed_on: u64,
    /// Datagrams handed to the system.
    pub sent: u64,
    /// System calls that sent at least one datagram.
    pub send_calls: u64,
    /// Datagrams dropped because the socket's send buffer was full, or because too much waited in a
    /// connection of TCP or TLS.
    pub send_blocked: u64,
    /// Datagrams that the system refused: unreachable, too large, not permitted; or that the
    /// framing of a connection cannot carry.
    pub send_errors: u64,
    /// Datagrams whose source is no open socket.
    pub sourceless: u64,
    /// Connections that peers made and that were closed at once, because the listener had too many.
    pub refused_connections: u64,
    /// Sockets that broke after they were opened.
    pub broken_sockets: u64,
}
