//! One bit rate for several layers of the same pictures.

use lapwing_engine::{Codec, Rid};

use super::ladder::worth;

/// The most of what a layer is worth that it is given.
const MOST: f64 = 2.5;
/// The least that it is sent with.
const LEAST: f64 = 0.75;
/// What it must have to be begun.
const BEGINS: f64 = 0.9;

/// Names of layers, the smallest first: a quarter, a half and the whole of each side.
const NAMES: [&str; 3] = ["q", "h", "f"];

/// The names of so many layers, one to three, best first as an offer has them.
///
/// ```
/// let names = lapwing_media::sending::layer_names(2);
/// assert_eq!(names.map(|rid| rid.to_string()).collect::<Vec<_>>(), ["f", "h"]);
/// ```
pub fn layer_names(count: usize) -> impl Iterator<Item = Rid> {
    let names = &NAMES[NAMES.len() - count.clamp(1, NAMES.len())..];
    names.iter().rev().map(|name| Rid::new(name).expect("one letter is a name"))
}

/// A layer of pictures that are sent in several sizes at once (RFC 8853).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimulcastLayer {
    /// Its name in descriptions.
    pub rid: Rid,
    /// Width and height in pixels, even.
    pub size: (u32, u32),
    /// Bits per second that it is worth.
    worth: f64,
    /// It is sent.
    sends: bool,
}

/// What a layer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerShare {
    /// Its name.
    pub rid: Rid,
    /// Bits per second; nothing where it is not sent.
    pub bitrate_bps: Option<u32>,
}

impl SimulcastLayer {
    /// `count` layers, one to three, the smallest first; the largest has the whole size.
    pub(super) fn layers(count: usize, size: (u32, u32), rate: f64, codec: Codec) -> Vec<Self> {
        let layer = |(halvings, rid): (u32, Rid)| {
            let side = |side: u32| match halvings {
                0 => side,
                _ => ((side >> halvings) & !1).max(2),
            };
            let size = (side(size.0), side(size.1));
            SimulcastLayer { rid, size, worth: worth(size, rate, codec), sends: false }
        };
        let mut layers: Vec<_> = (0..).zip(layer_names(count)).map(layer).collect();
        layers.reverse();
        layers
    }

    /// It is sent.
    pub fn sends(&self) -> bool {
        self.sends
    }

    /// The most bits per second that it is given.
    pub(super) fn most_bps(&self) -> u32 {
        (self.worth * MOST) as u32
    }
}

/// Gives layers their shares, the smallest first: each as much as it can use, the last what is
/// left. The smallest always gets something. A layer that is not sent needs more to begin than one
/// that is sent needs to go on.
pub(super) fn allocate(layers: &mut [SimulcastLayer], bitrate_bps: u32) -> Vec<LayerShare> {
    let mut left = bitrate_bps;
    let mut open = true;
    let mut shares = Vec::with_capacity(layers.len());
    for (index, layer) in layers.iter_mut().enumerate() {
        let least = layer.worth * if layer.sends { LEAST } else { BEGINS };
        open = open && (index == 0 || f64::from(left) >= least);
        layer.sends = open;
        let share = left.min(layer.most_bps());
        shares.push(LayerShare { rid: layer.rid, bitrate_bps: open.then_some(share) });
        if open {
            left -= share;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(count: usize) -> Vec<SimulcastLayer> {
        SimulcastLayer::layers(count, (1280, 720), 30.0, Codec::Vp8)
    }

    fn shares(layers: &mut [SimulcastLayer], bps: u32) -> Vec<Option<u32>> {
        allocate(layers, bps).into_iter().map(|share| share.bitrate_bps).collect()
    }

    #[test]
    fn three_layers_of_halves() {
        let sizes: Vec<_> = layers(3).iter().map(|l| (l.rid.to_string(), l.size)).collect();
        let expected = [("q", (320, 180)), ("h", (640, 360)), ("f", (1280, 720))];
        assert_eq!(sizes, expected.map(|(name, size)| (name.to_owned(), size)));
        assert_eq!(layers(1).len(), 1);
        assert_eq!(layers(1)[0].rid.to_string(), "f");
        assert_eq!(layers(9).len(), 3);
        let odd = SimulcastLayer::layers(3, (642, 362), 30.0, Codec::Vp8);
        assert!(odd.iter().all(|l| l.size.0 % 2 == 0 && l.size.1 % 2 == 0), "{odd:?}");
    }

    #[test]
    fn small_layers_come_first_and_no_bit_is_given_twice() {
        let mut layers = layers(3);
        for bps in (0..4_000_000).step_by(50_000) {
            let shares = shares(&mut layers, bps);
            assert!(shares[0].is_some());
            assert!(shares.iter().flatten().sum::<u32>() <= bps);
            let gap = shares.windows(2).any(|two| two[0].is_none() && two[1].is_some());
            assert!(!gap, "{shares:?}");
        }
        assert!(shares(&mut layers, 4_000_000).iter().all(Option::is_some));
        assert_eq!(shares(&mut layers, 100_000), [Some(100_000), None, None]);
    }

    #[test]
    fn a_layer_goes_on_with_less_than_it_begins_with() {
        let mut layers = layers(3);
        let bps = layers[0].most_bps() + (layers[1].worth * 0.8) as u32;
        assert!(shares(&mut layers, bps)[1].is_none());
        shares(&mut layers, 4_000_000);
        assert!(shares(&mut layers, bps)[1].is_some());
    }
}
