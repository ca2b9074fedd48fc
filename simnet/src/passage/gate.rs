//! Where packets of a real network enter and leave, and what becomes of those that do not leave.

use std::collections::VecDeque;

use crate::host::{Endpoint, HostCx};
use crate::nodes::DropReason;
use crate::packet::Packet;
use crate::time::Time;
use crate::trace::{Kind, Record, Watch};

/// Takes all that arrives at its host.
#[derive(Debug, Default)]
pub(super) struct Gate {
    pub(super) arrived: VecDeque<(Time, Packet)>,
}

impl Endpoint for Gate {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind_rest();
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        self.arrived.push_back((cx.now(), packet));
    }
}

/// Packets that were too big are kept until the report of that is there: so many.
const TOO_BIG_MAX: usize = 64;

/// Sees packets of the real network that are dropped.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) lost: VecDeque<(Time, Packet, DropReason)>,
    too_big: VecDeque<(u64, Vec<u8>)>,
}

impl Losses {
    /// The packet that a report is about; a report has its number.
    pub(super) fn reported(&mut self, id: u64) -> Option<Vec<u8>> {
        let at = self.too_big.iter().position(|(of, _)| *of == id)?;
        self.too_big.remove(at).map(|(_, bytes)| bytes)
    }
}

impl Watch for Losses {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        let (Kind::Dropped(reason), Some(packet)) = (record.kind, record.packet) else { return };
        if packet.headers().is_none() {
            return;
        }
        if reason == DropReason::TooBig {
            if self.too_big.len() == TOO_BIG_MAX {
                self.too_big.pop_front();
            }
            self.too_big.push_back((packet.id(), packet.to_wire()));
        }
        self.lost.push_back((record.at, packet.clone(), reason));
    }
}
