//! Losses among temporal layers.

use lapwing_engine::rtp::format::FrameInfo;

use super::line::{Arrival, RATE, in_order, watch};

/// Three layers: 0 2 1 2, 0 2 1 2, ..
fn layered(seconds: u64) -> Vec<Arrival> {
    let mut arrivals = in_order(seconds, |_| 50.0);
    for (index, arrival) in arrivals.iter_mut().enumerate() {
        let temporal = [0, 2, 1, 2][index % 4];
        arrival.received.layer = Some(FrameInfo {
            temporal,
            // The first of each upper layer after the lowest refers to that alone.
            layer_sync: index % 4 == 2 || index % 4 == 1,
            ..FrameInfo::default()
        });
    }
    arrivals
}

#[test]
fn a_frame_of_an_upper_layer_that_is_lost_is_no_freeze_and_asks_for_nothing() {
    let mut arrivals = layered(20);
    // Frame 102 is of layer 1, and lost; 103 refers to it, 104 is of layer 0.
    arrivals[103].received.contiguous = false;
    arrivals.remove(102);
    let seen = watch(arrivals, 21);
    assert_eq!((seen.stats.freeze_count, seen.asked.len()), (0, 0));
    assert_eq!(seen.stats.dropped.layer, 1);
    assert_eq!(seen.stats.frames_rendered, 20 * RATE - 2);
}

#[test]
fn a_frame_of_the_lowest_layer_that_is_lost_asks_for_a_key_frame() {
    let mut arrivals = layered(20);
    for frame in &mut arrivals[101..105] {
        frame.received.contiguous = false;
    }
    arrivals[110].received.keyframe = true;
    arrivals.remove(100);
    let seen = watch(arrivals, 21);
    assert!(!seen.asked.is_empty());
    assert_eq!(seen.stats.frames_rendered, 20 * RATE - 10);
}

#[test]
fn without_being_told_of_layers_nothing_is_guessed() {
    let mut arrivals = layered(20);
    arrivals.iter_mut().for_each(|arrival| arrival.received.layer = None);
    arrivals[103].received.contiguous = false;
    arrivals[130].received.keyframe = true;
    arrivals.remove(102);
    let seen = watch(arrivals, 21);
    assert!(!seen.asked.is_empty());
    assert_eq!(seen.stats.frames_rendered, 20 * RATE - 28);
}
