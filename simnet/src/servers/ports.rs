//! Ports of relayed addresses (RFC 8656 section 7.2: the dynamic ones).

use crate::host::HostCx;
use crate::net::FIRST_DYNAMIC_PORT;
use crate::packet::IpProtocol;
use crate::random::Stream;

const COUNT: u16 = u16::MAX - FIRST_DYNAMIC_PORT + 1;

/// Binds a port that nobody has: the first from one that is drawn. `may` says which are wanted; a
/// program's own ports are not, as binding them again is no error.
pub(super) fn bind_drawn(
    stream: &mut Stream,
    cx: &mut HostCx<'_>,
    may: impl Fn(u16) -> bool,
) -> Option<u16> {
    let first = stream.below(COUNT.into()) as u16;
    let ports = (0..COUNT).map(|i| FIRST_DYNAMIC_PORT + (first + i) % COUNT);
    ports.filter(|port| may(*port)).find(|port| cx.bind(IpProtocol::Udp, *port).is_ok())
}
