//! What sockets bring.

use lapwing_engine::{Datagram, Input, SocketReply};

/// Something that sockets bring for an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival<'a, O> {
    /// A datagram, whoever it is for.
    Datagram(Datagram<'a>),
    /// A datagram over a connection of this owner's.
    Streamed(O, Datagram<'a>),
    /// What became of a connection of this owner's.
    Reply(O, SocketReply),
}

impl<'a, O> Arrival<'a, O> {
    /// As the only engine that there is takes it.
    pub(crate) fn input(self) -> Input<'a> {
        match self {
            Arrival::Datagram(datagram) | Arrival::Streamed(_, datagram) => {
                Input::Datagram(datagram)
            }
            Arrival::Reply(_, reply) => Input::Socket(reply),
        }
    }
}
