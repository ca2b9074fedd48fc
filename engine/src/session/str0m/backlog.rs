//! Outputs that nobody polled before the next command came.
//!
//! The library wants to be drained before it is changed again. What it gives then waits here in its
//! order, behind it what the session itself has to tell.

use std::collections::VecDeque;

use crate::session::output::{SessionEvent, SessionOutput};

/// Outputs that wait before inputs and writes are refused. More than any single input can cause.
const OUTPUTS_MAX: usize = 4096;

/// Bytes that wait: what the association can hold for reading, and as much media again.
const BYTES_MAX: usize = 4 << 20;

/// Outputs in their order.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    outputs: VecDeque<SessionOutput>,
    bytes: usize,
    /// Told by the session itself since the library was drained last.
    told: VecDeque<SessionOutput>,
}

impl Backlog {
    /// An output of the library's, or one that was told, when it is drained.
    pub(super) fn push(&mut self, output: SessionOutput) {
        self.bytes += size(&output);
        self.outputs.push_back(output);
    }

    pub(super) fn pop(&mut self) -> Option<SessionOutput> {
        let output = self.outputs.pop_front()?;
        self.bytes -= size(&output);
        Some(output)
    }

    /// The session has something to tell, after all that waits. An event or two for each command or
    /// input.
    pub(super) fn tell(&mut self, event: SessionEvent) {
        self.told.push_back(SessionOutput::Event(event));
    }

    /// What the session has to tell, before what the library gives next.
    pub(super) fn take_told(&mut self) -> Option<SessionOutput> {
        self.told.pop_front()
    }

    /// The program does not poll as it should: nothing more is taken in until it does.
    pub(super) fn is_full(&self) -> bool {
        self.outputs.len() >= OUTPUTS_MAX || self.bytes >= BYTES_MAX
    }
}

/// Bytes on the heap.
fn size(output: &SessionOutput) -> usize {
    match output {
        SessionOutput::Transmit(transmit) => transmit.contents.len(),
        SessionOutput::Event(SessionEvent::Frame(frame)) => frame.frame.data.len(),
        SessionOutput::Event(SessionEvent::Packet(packet)) => packet.payload.len(),
        SessionOutput::Event(SessionEvent::ChannelMessage { data, .. }) => data.len(),
        SessionOutput::Event(SessionEvent::ChannelOpened { label, protocol, .. }) => {
            label.len() + protocol.len()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_by_number_and_by_bytes() {
        let mut backlog = Backlog::default();
        for _ in 0..OUTPUTS_MAX {
            assert!(!backlog.is_full());
            backlog.push(SessionOutput::Event(SessionEvent::ChannelLow));
        }
        assert!(backlog.is_full());
        while backlog.pop().is_some() {}
        assert!(!backlog.is_full());

        let transmit = crate::Transmit {
            protocol: crate::Protocol::Udp,
            source: "192.0.2.1:1".parse().expect("an address"),
            destination: "192.0.2.2:1".parse().expect("an address"),
            ecn: None,
            contents: vec![0; BYTES_MAX],
        };
        backlog.push(SessionOutput::Transmit(transmit));
        assert!(backlog.is_full());
        while backlog.pop().is_some() {}
        assert!(!backlog.is_full() && backlog.bytes == 0);
    }
}
