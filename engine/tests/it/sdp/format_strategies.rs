//! Formats made at random.

use lapwing_engine::sdp::{Feedback, Format};
use proptest::collection::{btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;

use super::strategies::{text, token, word};

/// Formats of an m-line: no name stands twice.
pub(super) fn formats() -> impl Strategy<Value = Vec<Format>> {
    let number = (0..=127_u8).prop_map(|number| number.to_string());
    // A format may have any name; feedback for `*` is for all.
    let other = word().prop_filter("not for all", |name| name != "*");
    let names = btree_set(prop_oneof![4 => number, 1 => other], 1..6);
    let names = names.prop_map(|names| names.into_iter().collect::<Vec<_>>()).prop_shuffle();
    names.prop_flat_map(|names| names.into_iter().map(format).collect::<Vec<_>>())
}

fn format(name: String) -> impl Strategy<Value = Format> {
    let map = of((token(), any::<u32>(), of(any::<u8>())));
    (map, of(text()), vec(feedback(), 0..4)).prop_map(move |(map, parameters, feedback)| {
        let (encoding, clock_rate, channels) = map.map_or((None, None, None), |map| {
            let (encoding, clock_rate, channels) = map;
            (Some(encoding.into()), Some(clock_rate), channels)
        });
        let (parameters, feedback) = (parameters.map(Into::into), feedback.into());
        Format { name: name.clone(), encoding, clock_rate, channels, parameters, feedback }
    })
}

fn feedback() -> impl Strategy<Value = Feedback> {
    (word(), of(text())).prop_map(|(kind, parameter)| Feedback::new(&kind, parameter.as_deref()))
}
