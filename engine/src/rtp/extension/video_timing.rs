//! Where a frame spent its time (webrtc.org, video-timing).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Moments of a frame's way, in milliseconds after its capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoTiming {
    /// Why it was measured: bit 0 by a timer, bit 1 for its size, 255 for not at all.
    pub flags: u8,
    /// Encoding began.
    pub encode_start_ms: u16,
    /// Encoding was done.
    pub encode_finish_ms: u16,
    /// It was packetised.
    pub packetization_finish_ms: u16,
    /// Its last packet left the pacer.
    pub pacer_exit_ms: u16,
    /// For a node of the network to write.
    pub network_ms: u16,
    /// The same for a second node.
    pub network2_ms: u16,
}

impl HeaderExtension for VideoTiming {
    const KIND: ExtensionKind = ExtensionKind::VideoTiming;

    /// Old senders leave out the flags.
    fn read(value: &[u8]) -> Option<Self> {
        let (flags, times) = match value.len() {
            12 => (0, value),
            13.. => (value[0], &value[1..13]),
            _ => return None,
        };
        let time = |index: usize| u16::from_be_bytes([times[2 * index], times[2 * index + 1]]);
        Some(VideoTiming {
            flags,
            encode_start_ms: time(0),
            encode_finish_ms: time(1),
            packetization_finish_ms: time(2),
            pacer_exit_ms: time(3),
            network_ms: time(4),
            network2_ms: time(5),
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.flags);
        let times = [
            self.encode_start_ms,
            self.encode_finish_ms,
            self.packetization_finish_ms,
            self.pacer_exit_ms,
            self.network_ms,
            self.network2_ms,
        ];
        times.iter().for_each(|time| out.extend_from_slice(&time.to_be_bytes()));
    }
}
