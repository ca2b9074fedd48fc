//! The choice of outside ports.

use crate::middlebox::PortAssignment;
use crate::random::Stream;

/// The first port a NAT gives out on its own: below are the well-known ones (RFC 4787
/// section 4.2.2).
const FIRST: u16 = 1_024;
const COUNT: u32 = 65_536 - FIRST as u32;

/// Chooses ports.
#[derive(Debug)]
pub(crate) struct Ports {
    assignment: PortAssignment,
    next: u16,
    stream: Stream,
}

impl Ports {
    pub(crate) fn new(assignment: PortAssignment, stream: Stream) -> Self {
        Ports { assignment, next: FIRST, stream }
    }

    /// A port for an inside port, among those that are `free`; `None` when none is.
    pub(crate) fn choose(&mut self, inside: u16, free: impl Fn(u16) -> bool) -> Option<u16> {
        match self.assignment {
            PortAssignment::Overload => Some(inside),
            PortAssignment::Preserve => from(inside, free),
            PortAssignment::Random => {
                from(FIRST + self.stream.below(u64::from(COUNT)) as u16, free)
            }
            PortAssignment::Sequential => {
                let port = from(self.next, free)?;
                self.next = following(port);
                Some(port)
            }
        }
    }
}

/// The first free port from this one on, around the range once.
fn from(start: u16, free: impl Fn(u16) -> bool) -> Option<u16> {
    let mut port = start;
    for _ in 0..=COUNT {
        if free(port) {
            return Some(port);
        }
        port = following(port);
    }
    None
}

fn following(port: u16) -> u16 {
    port.checked_add(1).unwrap_or(FIRST).max(FIRST)
}
