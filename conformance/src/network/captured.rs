//! What a case leaves behind.

use super::lateness::Lateness;
use crate::wall::Side;
use lapwing_simnet::LinkStats;

/// What passed between the two sides during a case.
#[derive(Clone, Debug)]
pub struct Captured {
    /// A capture for Wireshark, with the keys in it. Interfaces `subject` and `peer` have what each
    /// side sent and received, `drops` what the link dropped, with the reason as a comment.
    pub pcapng: Vec<u8>,
    /// What the links did: from the subject to the peer, and back.
    pub links: [LinkStats; 2],
    /// How late the relay was. A case that depends on time means nothing when this is large.
    pub lateness: Lateness,
    /// Packets that the machine lost because the relay was slow, none of which the link has seen;
    /// by the side that sent them.
    pub overruns: [u64; 2],
    /// Packets of which only the headers are in the capture, and such that are not there at all,
    /// because it was full.
    pub cut: u64,
    /// See [`Self::cut`].
    pub left_out: u64,
}

impl Captured {
    /// Packets that this side sent.
    pub fn sent(&self, side: Side) -> u64 {
        self.links[side.index()].packets_in
    }

    /// Packets from this side that the link dropped.
    pub fn dropped(&self, side: Side) -> u64 {
        self.links[side.index()].packets_dropped()
    }

    /// What a reader of the capture has to know: nothing when all is in it and the machine lost no
    /// packet.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.cut > 0 {
            notes.push(format!("the capture has only the headers of {} packets", self.cut));
        }
        if self.left_out > 0 {
            notes.push(format!("the capture is full: {} packets are not in it", self.left_out));
        }
        for side in Side::BOTH {
            let count = self.overruns[side.index()];
            if count > 0 {
                notes.push(format!("the machine lost {count} packets of the {side}"));
            }
        }
        notes
    }
}
