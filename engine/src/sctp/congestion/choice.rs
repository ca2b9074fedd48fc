//! Which controller an association has.

use std::time::Instant;

use super::bbr::Bbr;
use super::controller::Controller;
use super::cubic::Cubic;
use super::reno::Reno;

/// Which controller an association has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CongestionControl {
    /// A model of the path, after BBRv3 (draft-ietf-ccwg-bbr).
    #[default]
    Bbr,
    /// A window that grows by a cubic curve (RFC 9438), with HyStart++ (RFC 9406).
    Cubic,
    /// A window that grows by a packet in a round trip (RFC 9260 section 7.2): what others are
    /// compared with.
    Reno,
}

pub(crate) fn build(
    choice: CongestionControl,
    packet_bytes: usize,
    now: Instant,
) -> Box<dyn Controller> {
    match choice {
        CongestionControl::Bbr => Box::new(Bbr::new(packet_bytes, now)),
        CongestionControl::Cubic => Box::new(Cubic::new(packet_bytes)),
        CongestionControl::Reno => Box::new(Reno::new(packet_bytes)),
    }
}
