use proptest::prelude::*;

use super::*;
use crate::constraints::{BareValues, DisplaySurface, fitness_distance, select_settings};
use crate::device::{DeviceInfo, DeviceKind};

fn device(formats: Formats) -> Device {
    let info = DeviceInfo {
        kind: DeviceKind::VideoInput,
        device_id: "test:1".to_owned(),
        group_id: "test".to_owned(),
        label: String::new(),
    };
    Device { info, formats }
}

fn camera() -> Device {
    let modes = vec![VideoMode::new(640, 480, 30), VideoMode::new(1_280, 720, 30)];
    device(Formats::Video { modes, facing_mode: None, display_surface: None })
}

fn screen() -> Device {
    let modes = vec![VideoMode::new(1_920, 1_080, 30)];
    let display_surface = Some(DisplaySurface::Monitor);
    device(Formats::Video { modes, facing_mode: None, display_surface })
}

fn chosen(device: &Device, wanted: &TrackConstraints) -> Possible {
    let all = possible(device, wanted);
    let settings: Vec<Settings> = all.iter().map(|one| one.settings.clone()).collect();
    all[select_settings(wanted, &settings).expect("it can")].clone()
}

fn size(width: Option<u32>, height: Option<u32>) -> ConstraintSet {
    ConstraintSet {
        width: width.map(Into::into),
        height: height.map(Into::into),
        ..ConstraintSet::default()
    }
}

fn shape(settings: &Settings) -> (u32, u32, ResizeMode) {
    (settings.width.unwrap(), settings.height.unwrap(), settings.resize_mode.unwrap())
}

#[test]
fn a_camera_gives_what_is_wished_or_the_nearest() {
    use ResizeMode::{CropAndScale, None as Native};
    let table = [
        ((None, None), (640, 480, Native)),
        ((Some(1_280), Some(720)), (1_280, 720, Native)),
        ((Some(320), Some(180)), (320, 180, CropAndScale)),
        ((Some(1_000), Some(1_000)), (1_000, 720, CropAndScale)),
        // Never scaled up.
        ((Some(4_000), Some(3_000)), (1_280, 720, Native)),
    ];
    for ((width, height), expected) in table {
        let found = chosen(&camera(), &size(width, height).into());
        assert_eq!(shape(&found.settings), expected, "{width:?} {height:?}");
    }
}

#[test]
fn a_shape_is_cut_out_of_what_there_is() {
    let ratio = ConstraintSet {
        aspect_ratio: Some(ConstrainRange::exact(1.0)),
        height: Some(720.into()),
        ..ConstraintSet::default()
    };
    let found = chosen(&camera(), &ratio.into());
    assert_eq!(shape(&found.settings), (720, 720, ResizeMode::CropAndScale));
    assert_eq!(found.mode, Mode::Video(VideoMode::new(1_280, 720, 30)));
}

#[test]
fn a_display_keeps_its_shape() {
    let found = chosen(&screen(), &size(Some(1_280), Some(1_280)).into());
    let (width, height, _) = shape(&found.settings);
    assert_eq!(width * 9, height * 16, "{width}x{height}");
    let max = ConstraintSet { width: Some(ConstrainRange::max(961)), ..ConstraintSet::default() };
    let found = chosen(&screen(), &max.into());
    assert_eq!(shape(&found.settings), (961, 541, ResizeMode::CropAndScale));
}

#[test]
fn pictures_are_left_out_for_a_slower_pace() {
    let rate =
        ConstraintSet { frame_rate: Some(ConstrainRange::max(12.5)), ..ConstraintSet::default() };
    assert_eq!(chosen(&camera(), &rate.into()).settings.frame_rate, Some(12.5));
}

#[test]
fn sound_is_converted_and_a_microphone_processed() {
    let modes = vec![AudioMode { rate: 48_000, channels: 2 }];
    let microphone = |is_microphone| device(Formats::Audio { modes: modes.clone(), is_microphone });
    let found = chosen(&microphone(true), &TrackConstraints::default()).settings;
    assert_eq!((found.sample_rate, found.channel_count), (Some(48_000), Some(2)));
    assert_eq!(found.echo_cancellation, Some(true));
    let set = ConstraintSet {
        sample_rate: Some(16_000.into()),
        channel_count: Some(1.into()),
        noise_suppression: Some(false.into()),
        ..ConstraintSet::default()
    };
    let found = chosen(&microphone(true), &set.into()).settings;
    assert_eq!((found.sample_rate, found.channel_count), (Some(16_000), Some(1)));
    assert_eq!(found.noise_suppression, Some(false));
    assert_eq!(found.auto_gain_control, Some(true));
    let all = possible(&microphone(false), &TrackConstraints::default());
    assert!(all.iter().all(|one| one.settings.echo_cancellation == Some(false)));
}

#[test]
fn whatever_is_asked_the_list_is_finite() {
    let sets = (0..60).map(|step| ConstraintSet {
        aspect_ratio: Some((0.1 + f64::from(step)).into()),
        frame_rate: Some(ConstrainRange::between(f64::NAN, f64::from(step))),
        ..size(Some(10 * step), Some(7 * step + 1))
    });
    let wanted = TrackConstraints { basic: ConstraintSet::default(), advanced: sets.collect() };
    let modes = (1..2_000).map(|side| VideoMode::new(side, side, 30)).collect();
    let camera = device(Formats::Video { modes, facing_mode: None, display_surface: None });
    let all = possible(&camera, &wanted);
    // At most 17 widths and heights, all pairs and each with 16 ratios, times 17 rates.
    assert!(all.len() <= MAX_SCALED_MODES * (17 * 17 + 2 * 17 * 16) * 17 + Formats::MAX_MODES);
    let absurd = [VideoMode::new(0, 0, 30), VideoMode::new(u32::MAX, 5, 30)].to_vec();
    let absurd = Formats::Video { modes: absurd, facing_mode: None, display_surface: None };
    assert_eq!(possible(&device(absurd), &wanted), []);
}

proptest! {
    /// No size of the millions is nearer than the one that is found among the few.
    #[test]
    fn the_few_have_the_nearest(
        width in proptest::option::of(1..1_600_u32),
        height in proptest::option::of(1..1_600_u32),
        other in (1..=1_280_u32, 1..=720_u32),
    ) {
        let wanted: TrackConstraints = size(width, height).into();
        let found = chosen(&camera(), &wanted);
        let distance = |settings: &Settings| {
            fitness_distance(&wanted.basic, settings, BareValues::Ideal)
        };
        let other = Settings::video(other.0, other.1, 30.0);
        prop_assert!(distance(&found.settings) <= distance(&other));
    }
}
