//! Faults that are put in on purpose.

/// A fault that is put into a host, to prove that a search finds it and shrinks what leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InjectedFault {
    /// Eight seconds after it closed, it sends a datagram.
    SendsAfterClose,
    /// When its address has changed, it sends a datagram from the old one, a second late.
    SendsFromOldAddress,
    /// After a renegotiation, one message is lost.
    LosesMessage,
}
