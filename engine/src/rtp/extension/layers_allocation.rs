//! Rates and sizes of the layers that are sent (webrtc.org, video-layers-allocation).
//!
//! ```text
//!  |RID| NS| sl_bm | this stream, streams less one, spatial layers where all streams have the same
//!  |sl0_bm |sl1_bm | else those of each stream
//!  |#tl|#tl|#tl|#tl| temporal layers less one, of each spatial layer that is sent
//!  target rates in kbit/s, of each temporal layer, as leb128
//!  width less one, height less one (16 bits each), frames a second (8): of each spatial layer
//! ```

use super::kind::ExtensionKind;
use super::value::HeaderExtension;
use crate::bitrate::Bitrate;
use crate::rtp::leb128::{leb128, read_leb128};

/// Streams, spatial layers of each and temporal layers of those: two bits for each count.
pub const ALLOCATED_LAYERS_MAX: usize = 4;

/// Bytes of a resolution.
const RESOLUTION_BYTES: usize = 5;

/// What is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoLayersAllocation {
    /// The stream that it is sent in, from 0.
    pub stream: u8,
    /// How many streams there are, 1 to 4; 0 where nothing is sent.
    pub streams: u8,
    /// What is sent of each stream: by stream, then by spatial layer.
    pub layers: [[Option<AllocatedLayer>; ALLOCATED_LAYERS_MAX]; ALLOCATED_LAYERS_MAX],
}

/// A spatial layer that is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatedLayer {
    /// Its temporal layers, 1 to 4.
    pub temporal_layers: u8,
    /// The target of each with those below it, in kbit/s.
    pub targets_kbps: [u32; ALLOCATED_LAYERS_MAX],
    /// Its pictures: told of all layers, or of none.
    pub resolution: Option<AllocatedResolution>,
}

/// The pictures of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllocatedResolution {
    /// 1 to 65,536.
    pub width: u32,
    /// 1 to 65,536.
    pub height: u32,
    /// Frames a second.
    pub framerate: u8,
}

impl AllocatedLayer {
    /// The target of all of it.
    pub fn target(&self) -> Bitrate {
        let highest = usize::from(self.temporal_layers.clamp(1, 4)) - 1;
        Bitrate::bps(u64::from(self.targets_kbps[highest]) * 1_000)
    }
}

impl VideoLayersAllocation {
    fn masks(&self) -> [u8; ALLOCATED_LAYERS_MAX] {
        self.layers.map(|stream| {
            let bits = stream.iter().enumerate().map(|(at, layer)| u8::from(layer.is_some()) << at);
            bits.sum()
        })
    }

    fn sent(&self) -> impl Iterator<Item = &AllocatedLayer> {
        self.layers[..usize::from(self.streams)].iter().flatten().flatten()
    }

    fn sent_mut(&mut self) -> impl Iterator<Item = &mut AllocatedLayer> {
        self.layers[..usize::from(self.streams)].iter_mut().flatten().flatten()
    }

    /// Reads which spatial layers are sent, and gives what follows.
    fn read_masks<'v>(&mut self, value: &'v [u8]) -> Option<&'v [u8]> {
        let (first, mut rest) = value.split_first()?;
        self.stream = first >> 6;
        self.streams = (first >> 4 & 0b11) + 1;
        let streams = usize::from(self.streams);
        let mut masks = [first & 0x0f; ALLOCATED_LAYERS_MAX];
        if first & 0x0f == 0 {
            let (told, after) = rest.split_at_checked(streams.div_ceil(2))?;
            for (at, mask) in masks[..streams].iter_mut().enumerate() {
                *mask = told[at / 2] >> (4 * (1 - at % 2)) & 0x0f;
            }
            rest = after;
        }
        for (stream, mask) in self.layers[..streams].iter_mut().zip(masks) {
            for (at, layer) in stream.iter_mut().enumerate() {
                *layer = (mask >> at & 1 == 1).then(AllocatedLayer::default);
            }
        }
        Some(rest)
    }

    /// Reads the temporal layers and their targets, and gives what follows.
    fn read_targets<'v>(&mut self, value: &'v [u8]) -> Option<&'v [u8]> {
        let (counts, mut rest) = value.split_at_checked(self.sent().count().div_ceil(4))?;
        for (at, layer) in self.sent_mut().enumerate() {
            layer.temporal_layers = (counts[at / 4] >> (2 * (3 - at % 4)) & 0b11) + 1;
        }
        for layer in self.sent_mut() {
            for target in &mut layer.targets_kbps[..usize::from(layer.temporal_layers)] {
                let (read, bytes) = read_leb128(rest)?;
                *target = read;
                rest = &rest[bytes..];
            }
        }
        Some(rest)
    }

    fn read_resolutions(&mut self, value: &[u8]) {
        if value.len() < self.sent().count() * RESOLUTION_BYTES {
            return;
        }
        for (layer, bytes) in self.sent_mut().zip(value.chunks_exact(RESOLUTION_BYTES)) {
            layer.resolution = Some(AllocatedResolution {
                width: u32::from(u16::from_be_bytes([bytes[0], bytes[1]])) + 1,
                height: u32::from(u16::from_be_bytes([bytes[2], bytes[3]])) + 1,
                framerate: bytes[4],
            });
        }
    }

    fn write_masks(&self, out: &mut Vec<u8>) {
        let streams = usize::from(self.streams);
        let masks = self.masks();
        let masks = &masks[..streams];
        let same = masks.iter().all(|mask| *mask == masks[0]);
        let shared = if same { masks[0] } else { 0 };
        out.push(self.stream << 6 | (self.streams - 1) << 4 | shared);
        if shared == 0 {
            for pair in masks.chunks(2) {
                out.push(pair[0] << 4 | pair.get(1).copied().unwrap_or(0));
            }
        }
    }
}

impl HeaderExtension for VideoLayersAllocation {
    const KIND: ExtensionKind = ExtensionKind::VideoLayersAllocation;

    fn read(value: &[u8]) -> Option<Self> {
        let mut allocation = VideoLayersAllocation::default();
        if value == [0] {
            return Some(allocation);
        }
        let rest = allocation.read_masks(value)?;
        if allocation.sent().next().is_none() {
            return Some(VideoLayersAllocation::default());
        }
        let rest = allocation.read_targets(rest)?;
        allocation.read_resolutions(rest);
        Some(allocation)
    }

    /// Counts beyond what the extension can tell are told as the nearest that it can.
    fn write(&self, out: &mut Vec<u8>) {
        let mut told = *self;
        told.streams = told.streams.min(4);
        told.stream &= 0b11;
        if told.sent().next().is_none() {
            out.push(0);
            return;
        }
        told.write_masks(out);
        for layer in told.sent_mut() {
            layer.temporal_layers = layer.temporal_layers.clamp(1, 4);
        }
        let mut counts = [0; 4];
        for (at, layer) in told.sent().enumerate() {
            counts[at / 4] |= (layer.temporal_layers - 1) << (2 * (3 - at % 4));
        }
        out.extend_from_slice(&counts[..told.sent().count().div_ceil(4)]);
        for layer in told.sent() {
            for target in &layer.targets_kbps[..usize::from(layer.temporal_layers)] {
                let (bytes, len) = leb128(*target as usize);
                out.extend_from_slice(&bytes[..len]);
            }
        }
        if told.sent().all(|layer| layer.resolution.is_some()) {
            for resolution in told.sent().filter_map(|layer| layer.resolution) {
                let less_one = |side: u32| side.clamp(1, 1 << 16) - 1;
                out.extend_from_slice(&(less_one(resolution.width) as u16).to_be_bytes());
                out.extend_from_slice(&(less_one(resolution.height) as u16).to_be_bytes());
                out.push(resolution.framerate);
            }
        }
    }
}
