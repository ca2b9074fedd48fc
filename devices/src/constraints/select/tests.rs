use proptest::prelude::*;

use super::super::property::FacingMode;
use super::super::set::ConstraintSet;
use super::super::value::{ConstrainFlag, ConstrainList, ConstrainRange};
use super::*;

/// A camera of four modes, its default first.
fn camera() -> Vec<Settings> {
    [(640, 480, 30.0), (1_280, 720, 30.0), (1_920, 1_080, 15.0), (320, 240, 60.0)]
        .map(|(width, height, rate)| Settings {
            facing_mode: Some(FacingMode::User),
            ..Settings::video(width, height, rate)
        })
        .to_vec()
}

fn any() -> ConstraintSet {
    ConstraintSet::default()
}

fn size(width: u32, height: u32) -> ConstraintSet {
    ConstraintSet { width: Some(width.into()), height: Some(height.into()), ..any() }
}

#[test]
fn worked_examples() {
    let rate = |rate| ConstraintSet { frame_rate: Some(rate), ..any() };
    let with = |basic: ConstraintSet, advanced: &[ConstraintSet]| TrackConstraints {
        basic,
        advanced: advanced.to_vec(),
    };
    let table = [
        ("nothing is said: the default", with(any(), &[]), 0),
        ("the nearest size", with(size(1_300, 700), &[]), 1),
        ("a rate that the default has not", with(rate(ConstrainRange::min(50.0)), &[]), 3),
        (
            "the first advanced set that can be had",
            with(size(640, 480), &[size(4_000, 3_000), size(1_920, 1_080), size(320, 240)]),
            2,
        ),
        (
            "a later set among what an earlier one left",
            with(any(), &[rate(ConstrainRange::min(30.0)), size(320, 240)]),
            3,
        ),
        (
            "a later set that an earlier one excludes is passed over",
            with(any(), &[rate(ConstrainRange::max(20.0)), size(320, 240)]),
            2,
        ),
        (
            "what the basic set demands, no advanced set undoes",
            with(rate(ConstrainRange::exact(30.0)), &[size(1_920, 1_080), size(1_280, 720)]),
            1,
        ),
        (
            "wishes decide among what advanced sets left",
            with(size(1_280, 720), &[rate(ConstrainRange::exact(60.0))]),
            3,
        ),
    ];
    for (what, wanted, expected) in table {
        assert_eq!(select_settings(&wanted, &camera()), Ok(expected), "{what}");
    }
}

#[test]
fn what_cannot_be_had_is_named() {
    let width = ConstraintSet { width: Some(ConstrainRange::exact(641)), ..any() };
    let facing = ConstraintSet {
        facing_mode: Some(ConstrainList::exact(FacingMode::Environment)),
        width: Some(ConstrainRange::min(640)),
        ..any()
    };
    let echo = ConstraintSet { echo_cancellation: Some(ConstrainFlag::exact(true)), ..any() };
    for (set, property) in [
        (width, Property::Width),
        (facing, Property::FacingMode),
        (echo, Property::EchoCancellation),
    ] {
        assert_eq!(select_settings(&set.into(), &camera()), Err(property.into()));
    }
}

#[test]
fn what_can_be_had_one_by_one_but_not_together_has_no_name() {
    let set = ConstraintSet {
        width: Some(ConstrainRange::exact(1_920)),
        frame_rate: Some(ConstrainRange::exact(60.0)),
        ..any()
    };
    let error = OverconstrainedError { constraint: None };
    assert_eq!(select_settings(&set.into(), &camera()), Err(error));
    assert_eq!(select_settings(&TrackConstraints::default(), &[]), Err(error));
}

fn bound() -> impl Strategy<Value = Option<ConstrainRange<u32>>> {
    let value = || prop_oneof![Just(320_u32), Just(640), Just(1_280), 1..2_000_u32];
    proptest::option::of(prop_oneof![
        value().prop_map(ConstrainRange::Bare),
        value().prop_map(ConstrainRange::exact),
        value().prop_map(ConstrainRange::min),
        value().prop_map(ConstrainRange::max),
        value().prop_map(ConstrainRange::ideal),
        (value(), value()).prop_map(|(min, max)| ConstrainRange::between(min, max)),
    ])
}

prop_compose! {
    fn set()(width in bound(), height in bound()) -> ConstraintSet {
        ConstraintSet { width, height, ..ConstraintSet::default() }
    }
}

proptest! {
    /// The specification's algorithm, done naively beside ours.
    #[test]
    fn the_nearest_of_what_is_allowed(
        basic in set(),
        advanced in proptest::collection::vec(set(), 0..4),
    ) {
        let all = camera();
        let wanted = TrackConstraints { basic, advanced };
        let distance = |index: usize| {
            fitness_distance(&wanted.basic, &all[index], BareValues::Ideal)
        };
        let mut left: Vec<usize> = (0..all.len()).filter(|i| distance(*i) < f64::MAX).collect();
        match select_settings(&wanted, &all) {
            Err(error) => {
                prop_assert!(left.is_empty());
                let blamed = |settings: &Settings| {
                    let far = unsatisfied(&wanted.basic, settings, BareValues::Ideal);
                    error.constraint.is_none_or(|property| far.contains(&property))
                };
                prop_assert!(all.iter().all(blamed));
            }
            Ok(chosen) => {
                for set in &wanted.advanced {
                    let fits = |index: &usize| {
                        fitness_distance(set, &all[*index], BareValues::Exact) < f64::MAX
                    };
                    let fitting: Vec<usize> = left.iter().copied().filter(fits).collect();
                    if !fitting.is_empty() {
                        left = fitting;
                    }
                }
                prop_assert!(left.contains(&chosen));
                prop_assert!(left.iter().all(|index| distance(*index) >= distance(chosen)));
            }
        }
    }
}
