use proptest::prelude::*;

use super::super::property::{FacingMode, ResizeMode};
use super::*;

const FAR: f64 = f64::INFINITY;

/// A camera that looks at the user: 800x600, 30 pictures a second.
fn camera() -> Settings {
    Settings {
        facing_mode: Some(FacingMode::User),
        resize_mode: Some(ResizeMode::None),
        device_id: Some("front".to_owned()),
        ..Settings::video(800, 600, 30.0)
    }
}

/// A set, and the distance of the camera from it with bare values as ideals and as exact ones.
fn table() -> Vec<(&'static str, ConstraintSet, f64, f64)> {
    let any = ConstraintSet::default;
    let width = |width| ConstraintSet { width: Some(width), ..any() };
    let facing = |facing| ConstraintSet { facing_mode: Some(facing), ..any() };
    let echo = |echo| ConstraintSet { echo_cancellation: Some(echo), ..any() };
    let list = |exact, ideal| ConstrainList::Rules { exact, ideal };
    use FacingMode::{Environment, User};
    vec![
        ("nothing is said", any(), 0.0, 0.0),
        ("the value itself", width(800.into()), 0.0, 0.0),
        ("(1000 - 800) / 1000", width(1_000.into()), 0.2, FAR),
        ("(800 - 400) / 800", width(400.into()), 0.5, FAR),
        ("an ideal stays one", width(ConstrainRange::ideal(400)), 0.5, 0.5),
        ("exact, met", width(ConstrainRange::exact(800)), 0.0, 0.0),
        ("exact, not met", width(ConstrainRange::exact(801)), FAR, FAR),
        ("min at the edge", width(ConstrainRange::min(800)), 0.0, 0.0),
        ("min above", width(ConstrainRange::min(801)), FAR, FAR),
        ("max at the edge", width(ConstrainRange::max(800)), 0.0, 0.0),
        ("max below", width(ConstrainRange::max(799)), FAR, FAR),
        ("bounds and ideal", width(ConstrainRange::between(100, 900).with_ideal(640)), 0.2, 0.2),
        ("bounds that exclude", width(ConstrainRange::between(900, 100)), FAR, FAR),
        (
            "exact beyond its own bound",
            width(ConstrainRange::Bounds {
                min: Some(900),
                max: None,
                exact: Some(800),
                ideal: None,
            }),
            FAR,
            FAR,
        ),
        ("zero is as far as can be", width(0.into()), 1.0, FAR),
        ("a word, met", facing(User.into()), 0.0, 0.0),
        ("a word, not met", facing(Environment.into()), 1.0, FAR),
        ("one of two words", facing(ConstrainList::Bare(vec![Environment, User])), 0.0, 0.0),
        ("an empty list says nothing", facing(ConstrainList::Bare(Vec::new())), 0.0, 0.0),
        ("exact words", facing(list(vec![Environment], Vec::new())), FAR, FAR),
        ("exact met, ideal not", facing(list(vec![User], vec![Environment])), 1.0, 1.0),
        ("a wish for what it has not", echo(true.into()), 1.0, FAR),
        ("also where it is off", echo(false.into()), 1.0, FAR),
        ("a demand for what it has not", echo(ConstrainFlag::exact(false)), FAR, FAR),
        ("rules without any", echo(ConstrainFlag::Rules { exact: None, ideal: None }), 0.0, 0.0),
    ]
}

#[test]
fn worked_examples() {
    for (what, set, ideal, exact) in table() {
        let near =
            |found: f64, expected: f64| found == expected || (found - expected).abs() < 1e-12;
        let found = fitness_distance(&set, &camera(), BareValues::Ideal);
        assert!(near(found, ideal), "{what}: {found}, not {ideal}");
        let found = fitness_distance(&set, &camera(), BareValues::Exact);
        assert!(near(found, exact), "{what}, bare values exact: {found}, not {exact}");
    }
}

#[test]
fn distances_add_up() {
    let set = ConstraintSet {
        width: Some(1_000.into()),
        height: Some(300.into()),
        frame_rate: Some(ConstrainRange::ideal(60.0)),
        aspect_ratio: Some((4.0 / 3.0).into()),
        facing_mode: Some(FacingMode::Left.into()),
        device_id: Some("front".into()),
        ..ConstraintSet::default()
    };
    // 0.2 + 0.5 + 0.5 + 0 + 1 + 0.
    let distance = fitness_distance(&set, &camera(), BareValues::Ideal);
    assert!((distance - 2.2).abs() < 1e-12, "{distance}");
}

#[test]
fn ratios_are_equal_to_ten_decimals() {
    let set = |ratio| ConstraintSet {
        aspect_ratio: Some(ConstrainRange::exact(ratio)),
        ..ConstraintSet::default()
    };
    assert!(unsatisfied(&set(1.333_333_333_3), &camera(), BareValues::Ideal).is_empty());
    let far = unsatisfied(&set(1.333_33), &camera(), BareValues::Ideal);
    assert_eq!(far, [Property::AspectRatio]);
}

#[test]
fn what_is_not_met_is_named() {
    let set = ConstraintSet {
        width: Some(ConstrainRange::min(10_000)),
        frame_rate: Some(ConstrainRange::max(f64::NAN)),
        height: Some(7.into()),
        sample_rate: Some(ConstrainRange::exact(8_000)),
        ..ConstraintSet::default()
    };
    let far = unsatisfied(&set, &camera(), BareValues::Ideal);
    assert_eq!(far, [Property::Width, Property::FrameRate, Property::SampleRate]);
}

fn range(values: impl Strategy<Value = u32> + Clone) -> impl Strategy<Value = ConstrainRange<u32>> {
    let maybe = || proptest::option::of(values.clone());
    let bounds = (maybe(), maybe(), maybe(), maybe());
    let bounds = bounds.prop_map(|(min, max, exact, ideal)| ConstrainRange::Bounds {
        min,
        max,
        exact,
        ideal,
    });
    prop_oneof![values.prop_map(ConstrainRange::Bare), bounds]
}

proptest! {
    /// A number is at most 1 away, or infinitely far; and infinitely far exactly where a demand is
    /// not met.
    #[test]
    fn a_number_is_near_or_beyond_reach(rule in range(0..2_000_u32), actual in 0..2_000_u32) {
        let set = ConstraintSet { width: Some(rule), ..ConstraintSet::default() };
        let settings = Settings { width: Some(actual), ..Settings::default() };
        for (bare, bare_is_exact) in [(BareValues::Ideal, false), (BareValues::Exact, true)] {
            let met = match rule {
                ConstrainRange::Bare(value) => !bare_is_exact || value == actual,
                ConstrainRange::Bounds { min, max, exact, .. } => {
                    min.is_none_or(|min| min <= actual)
                        && max.is_none_or(|max| actual <= max)
                        && exact.is_none_or(|exact| exact == actual)
                }
            };
            let distance = fitness_distance(&set, &settings, bare);
            prop_assert_eq!(distance.is_finite(), met);
            prop_assert!(!met || (0.0..=1.0).contains(&distance));
            prop_assert_eq!(unsatisfied(&set, &settings, bare).is_empty(), met);
        }
    }

    /// Whatever numbers a page gives, the distance is one that can be compared.
    #[test]
    fn no_number_breaks_the_order(min: f64, ideal: f64, actual: f64) {
        let rate = ConstrainRange::min(min).with_ideal(ideal);
        let set = ConstraintSet { frame_rate: Some(rate), ..ConstraintSet::default() };
        let settings = Settings { frame_rate: Some(actual), ..Settings::default() };
        let distance = fitness_distance(&set, &settings, BareValues::Ideal);
        prop_assert!(!distance.is_nan() && distance >= 0.0);
    }
}
