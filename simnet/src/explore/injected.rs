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
    /// A transceiver that is to be stopped goes on.
    KeepsStopped,
    /// What is set for a transceiver's direction is forgotten when an offer is taken back.
    ForgetsDirection,
    /// Nothing is sent on m-lines that were turned.
    SilentWhenTurned,
    /// A channel that is to be closed stays open.
    KeepsChannel,
    /// Of the messages on channels without an order, each third is lost.
    SwallowsMessage,
    /// Likewise, each third comes twice.
    DoublesMessage,
    /// Text comes as bytes.
    TellsTextAsBytes,
    /// A channel without an order opens as one with.
    ForgetsOrder,
    /// Each 500th packet of media is lost within the host, and so is what would repair it.
    LosesPackets,
    /// It asks to be woken thousands of times in each second, and does nothing then.
    Spins,
    /// Engines are not told of relays.
    ForgetsRelays,
    /// UDP that is to be blocked passes.
    LetsUdpPass,
}
