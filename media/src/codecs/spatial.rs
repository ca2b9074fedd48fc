//! Spatial layers: one picture in two or three sizes, of which each can be seen without those above
//! it (`L2T1_KEY` to `L3T3_KEY` of W3C's Scalable Video Coding extension).
//!
//! ```text
//! S2   K---P---P---     K: predicted from the layer below, at the same moment
//!      |
//! S1   K---P---P---     P: predicted from its own layer's pictures before
//!      |
//! S0   I---P---P---     I: a keyframe
//! ```

/// Most spatial layers.
pub(crate) const SPATIAL_LAYERS_MAX: u8 = 3;

/// The sides of the smallest layer are not less than this: below, another one gives nothing that is
/// worth to look at (libwebrtc, `kMinVp9SpatialLayerLongSideLength` and `...ShortSideLength`).
const LEAST_SIDES: (u32, u32) = (240, 135);

/// A layer's share of the bit rate to that of the layer above it (libwebrtc, `SvcRateAllocator`).
const SHARE_OF_NEXT: f64 = 0.55;

/// How many layers a picture of this size is worth, `most` of them at most.
pub(crate) fn spatial_layers(most: u8, (width, height): (u32, u32)) -> u8 {
    let (long, short) = (width.max(height), width.min(height));
    let worth = |layers: &u8| {
        long >> (layers - 1) >= LEAST_SIDES.0 && short >> (layers - 1) >= LEAST_SIDES.1
    };
    (2..=most.min(SPATIAL_LAYERS_MAX)).rev().find(worth).unwrap_or(1)
}

/// What each layer gets of a bit rate, the smallest layer first.
pub(crate) fn spatial_rates(layers: u8, total: u32) -> impl Iterator<Item = u32> {
    let layers = i32::from(layers);
    let weight = move |layer: i32| SHARE_OF_NEXT.powi(layers - 1 - layer);
    let sum: f64 = (0..layers).map(weight).sum();
    (0..layers).map(move |layer| (f64::from(total) * weight(layer) / sum) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_have_fewer_layers() {
        for (size, layers) in [
            ((1_280, 720), 3),
            ((960, 540), 3),
            ((958, 540), 2),
            ((360, 640), 2),
            ((480, 270), 2),
            ((478, 270), 1),
            ((2, 2), 1),
        ] {
            assert_eq!(spatial_layers(3, size), layers, "{size:?}");
            assert_eq!(spatial_layers(9, size), layers, "{size:?}");
            assert_eq!(spatial_layers(2, size), layers.min(2), "{size:?}");
            assert_eq!(spatial_layers(1, size), 1);
            assert_eq!(spatial_layers(0, size), 1);
        }
    }

    #[test]
    fn each_layer_has_more_than_the_one_below() {
        assert_eq!(spatial_rates(1, 900).collect::<Vec<_>>(), [900]);
        assert_eq!(spatial_rates(3, 1_000).collect::<Vec<_>>(), [163, 296, 539]);
    }
}
