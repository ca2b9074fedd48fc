//! The spatial layers of a picture of VP9, which come as one frame.

use std::ops::RangeInclusive;

use super::parts::SpatialLayer;
use super::slots::Stored;
use super::video::VideoAssembler;
use crate::rtp::format::{FrameInfo, Needs, PayloadFormat, VP9_SPATIAL_LAYERS_MAX};

impl<B: AsRef<[u8]>> VideoAssembler<B> {
    /// The layers of the picture of these packets; none where there is only one.
    pub(super) fn layers(&self, numbers: RangeInclusive<u64>) -> Vec<SpatialLayer> {
        if self.format() != PayloadFormat::Vp9 {
            return Vec::new();
        }
        let packets = || numbers.clone().filter_map(|number| self.slots.packet(number));
        let mut spatial = packets().map(|stored| stored.facts.spatial);
        let lowest = spatial.next();
        if spatial.all(|layer| Some(layer) == lowest) {
            return Vec::new();
        }
        let mut layers: Vec<SpatialLayer> = Vec::new();
        let mut at = 0;
        for stored in packets() {
            let begin = at;
            at += stored.payload().len();
            match layers.last_mut() {
                Some(layer) if layer.info.spatial == stored.facts.spatial => layer.bytes.end = at,
                _ => layers.push(SpatialLayer { info: info(stored), bytes: begin..at }),
            }
        }
        let rises = |two: &[SpatialLayer]| two[0].info.spatial < two[1].info.spatial;
        // Others are no layers.
        if layers.len() > VP9_SPATIAL_LAYERS_MAX || !layers.windows(2).all(rises) {
            return Vec::new();
        }
        let lower = layers.len() - 1;
        layers[..lower].iter_mut().for_each(|layer| layer.info.more_layers = true);
        layers
    }
}

fn info<B: AsRef<[u8]>>(stored: &Stored<B>) -> FrameInfo {
    let info = stored.facts.info().unwrap_or_default();
    match stored.facts.needs {
        Needs::Vp9 { predicted, inter_layer, .. } => {
            FrameInfo { keyframe: !predicted, inter_layer, ..info }
        }
        _ => info,
    }
}
