//! What becomes of a message that came.

/// What became of a STUN message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// An authentic check: answered, and learnt from.
    Request,
    /// An authentic check that came before the peer's credentials: answered, and remembered.
    EarlyRequest,
    /// An authentic check that was answered with an error, and nothing learnt.
    Refused,
    /// An authentic answer to a check of ours.
    Response,
    /// A Binding indication, which means nothing to ICE.
    Indication,
    /// It changed nothing.
    Dropped(DropReason),
}

/// Why a message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropReason {
    /// No STUN message, or a damaged one.
    Malformed,
    /// Another method than Binding.
    NotBinding,
    /// It did not come to the address of a candidate of ours.
    UnknownDestination,
    /// A check without a name, or with one that is not two fragments.
    NoUsername,
    /// It belongs to no generation of ours and the peer's.
    UnknownUfrag,
    /// It is not signed with the password that it should be.
    NotAuthentic,
    /// An answer to nothing that was asked, or long after.
    UnknownTransaction,
    /// An answer that took another way than its check (RFC 8445 section 7.2.5.2.1).
    AnotherPath,
    /// An answer without XOR-MAPPED-ADDRESS, or an error without a code.
    Incomplete,
    /// There is no room for the address that a check came from: no pair can be made of it.
    NoRoom,
    /// ICE failed, and is silent until it restarts.
    Over,
}
