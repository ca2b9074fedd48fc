//! What would come if copies stood in other packets than the next ones: at the level of frames, as
//! sessions of the engine send contiguous ones only.

use std::collections::BTreeSet;

use lapwing_engine::EncodedFrame;

use crate::line::{Arrival, carry};

/// Each frame is in its packet and again in those so many places after it.
pub(crate) fn carry_spread(
    frames: Vec<EncodedFrame>,
    places: &[usize],
    delay: impl FnMut(usize) -> Option<f64>,
) -> Vec<Arrival> {
    let packets = carry(frames.clone(), delay);
    let (mut came, mut arrivals) = (BTreeSet::new(), Vec::new());
    for packet in packets {
        let place = (packet.frame.time.ticks() / 960) as usize;
        // The oldest first, as in a packet.
        for back in places.iter().rev().copied().chain([0]) {
            let Some(index) = place.checked_sub(back) else { continue };
            // What was before the first packet is not wanted, as with sessions.
            let wanted = back == 0 || came.first().is_some_and(|first| index > *first);
            if wanted && came.insert(index) {
                let number = packet.number - back as u64;
                arrivals.push(Arrival { at: packet.at, number, frame: frames[index].clone() });
            }
        }
    }
    arrivals
}
