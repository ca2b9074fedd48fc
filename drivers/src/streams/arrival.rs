//! What sockets bring.

use lapwing_engine::{Datagram, Input, SocketReply};

/// Something that sockets bring for an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival<'a, O> {
    /// A datagram in a socket that is shared, whoever it is for.
    Datagram(Datagram<'a>),
    /// A datagram in a socket of this owner's, or over a connection of its.
    Owned(O, Datagram<'a>),
    /// What became of a socket of this owner's.
    Reply(O, SocketReply),
}

impl<'a, O> Arrival<'a, O> {
    /// As the only engine that there is takes it.
    pub(crate) fn input(self) -> Input<'a> {
        match self {
            Arrival::Datagram(datagram) | Arrival::Owned(_, datagram) => Input::Datagram(datagram),
            Arrival::Reply(_, reply) => Input::Socket(reply),
        }
    }
}
