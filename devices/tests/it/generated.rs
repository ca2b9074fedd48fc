//! Streams of generated devices and of files, in time that is only counted.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lapwing_devices::backends::{Files, Generated};
use lapwing_devices::constraints::{
    ConstrainFlag, ConstrainRange, ConstraintSet, OverconstrainedError, Property,
    StreamConstraints, TrackConstraints,
};
use lapwing_devices::{
    DeviceKind, EndReason, MediaDevices, MediaError, MediaEvent, MediaStreamTrack, Permission,
    PermissionKind, ReadyState, TrackKind,
};
use lapwing_media::quality::level;
use lapwing_media::sources::{AudioSource, Playback, VideoSource, read_frame_number};
use lapwing_media::{Picture, PlaneIndex, Polled, Source};

fn granted() -> MediaDevices {
    let builder = MediaDevices::builder().backend(Generated::default());
    builder.permission(|_| Permission::Granted).seed(1).build()
}

fn both() -> StreamConstraints {
    StreamConstraints { audio: Some(TrackConstraints::default()), ..StreamConstraints::video() }
}

fn video(set: ConstraintSet) -> StreamConstraints {
    StreamConstraints { video: Some(set.into()), audio: None }
}

fn size(width: u32, height: u32) -> ConstraintSet {
    ConstraintSet {
        width: Some(ConstrainRange::exact(width)),
        height: Some(ConstrainRange::exact(height)),
        ..ConstraintSet::default()
    }
}

/// All items of a second, polled every 5 ms.
fn second<S: Source>(source: &mut S, start: Instant) -> Vec<S::Output> {
    let mut items = Vec::new();
    for step in 0..200 {
        while let Polled::Item(item) = source.poll(start + Duration::from_millis(5 * step)) {
            items.push(item);
        }
    }
    items
}

fn is_black(picture: &Picture) -> bool {
    picture.plane(PlaneIndex::Y).iter().all(|sample| *sample == 16)
}

fn events(devices: &mut MediaDevices) -> Vec<MediaEvent> {
    std::iter::from_fn(|| devices.poll_event()).collect()
}

#[test]
fn nothing_opens_before_somebody_agrees() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    let mut devices = MediaDevices::builder()
        .backend(Generated::default())
        .permission(move |request| {
            log.lock().unwrap().push(request.kind);
            Permission::Denied
        })
        .build();
    assert_eq!(devices.get_user_media(&both()).err(), Some(MediaError::NotAllowed));
    assert_eq!(*asked.lock().unwrap(), [PermissionKind::Microphone]);
    assert_eq!(events(&mut devices), [], "no device was in use");
    // Without a hook nobody agrees.
    let mut devices = MediaDevices::builder().backend(Generated::default()).build();
    assert_eq!(devices.get_user_media(&both()).err(), Some(MediaError::NotAllowed));
}

#[test]
fn labels_are_told_once_a_device_was_permitted() {
    let mut devices = granted();
    let before = devices.enumerate();
    let kinds: Vec<DeviceKind> = before.iter().map(|info| info.kind).collect();
    assert_eq!(kinds, [DeviceKind::AudioInput, DeviceKind::VideoInput]);
    assert!(before.iter().all(|info| info.label.is_empty() && info.device_id.is_empty()));
    let _stream = devices.get_user_media(&StreamConstraints::video()).unwrap();
    let labels: Vec<String> = devices.enumerate().into_iter().map(|info| info.label).collect();
    assert_eq!(labels, ["", "Test pattern"], "the microphone was not permitted yet");
}

#[test]
fn a_stream_has_a_track_of_each_kind_and_devices_close_with_the_last() {
    let mut devices = granted();
    let stream = devices.get_user_media(&both()).unwrap();
    let kinds: Vec<TrackKind> = stream.tracks().iter().map(|track| track.kind()).collect();
    assert_eq!(kinds, [TrackKind::Audio, TrackKind::Video]);
    let used = |events: Vec<MediaEvent>| -> Vec<(String, bool)> {
        let used = events.into_iter().filter_map(|event| match event {
            MediaEvent::DeviceUse { device, in_use } => Some((device.label, in_use)),
            _ => None,
        });
        used.collect()
    };
    let opened = [("Tone".to_owned(), true), ("Test pattern".to_owned(), true)];
    assert_eq!(used(events(&mut devices)), opened);
    let copy = stream.clone_stream();
    assert_ne!(copy.id(), stream.id());
    stream.tracks().iter().for_each(|track| track.stop());
    assert!(!stream.active() && copy.active());
    assert_eq!(used(events(&mut devices)), [], "the clones still use them");
    drop(copy);
    let closed = [("Tone".to_owned(), false), ("Test pattern".to_owned(), false)];
    assert_eq!(used(events(&mut devices)), closed);
}

#[test]
fn pictures_have_the_size_and_the_pace_of_the_settings() {
    let mut devices = granted();
    let set = ConstraintSet { frame_rate: Some(10.0.into()), ..size(320, 320) };
    let stream = devices.get_user_media(&video(set)).unwrap();
    let track = stream.video().unwrap();
    let settings = track.get_settings();
    assert_eq!((settings.width, settings.frame_rate), (Some(320), Some(10.0)));
    let mut source = track.video_source().unwrap();
    assert_eq!((source.size(), source.frame_rate()), ((320, 320), (10, 1)));
    let pictures = second(&mut source, Instant::now());
    assert_eq!(pictures.len(), 10);
    assert!(pictures.iter().all(|picture| picture.size() == (320, 320)));
    let times: Vec<u64> = pictures.iter().map(|picture| picture.time().ticks()).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 9_000), "{times:?}");
}

#[test]
fn clones_go_their_own_way() {
    let mut devices = granted();
    let stream = devices.get_user_media(&StreamConstraints::video()).unwrap();
    let track = stream.video().unwrap();
    let clone = track.clone_track();
    clone.apply_constraints(size(160, 90).into()).unwrap();
    clone.set_enabled(false);
    let mut sources = [track.video_source().unwrap(), clone.video_source().unwrap()];
    let start = Instant::now();
    for step in 0..10 {
        let now = start + Duration::from_millis(34 * step);
        let [first, second] = &mut sources;
        let (first, second) = (first.poll(now).item().unwrap(), second.poll(now).item().unwrap());
        assert_eq!(read_frame_number(&first), Some(step as u32));
        assert_eq!((first.time(), second.size()), (second.time(), (160, 90)));
        assert!(is_black(&second) && !is_black(&first));
    }
    assert_eq!(track.get_settings().width, Some(640), "as before");
}

#[test]
fn what_is_disabled_or_muted_is_black_and_silent() {
    let generated = Generated::default();
    let switches = generated.switches();
    let mut devices =
        MediaDevices::builder().backend(generated).permission(|_| Permission::Granted).build();
    let stream = devices.get_user_media(&both()).unwrap();
    let (audio, video) = (stream.audio().unwrap(), stream.video().unwrap());
    let (mut sound, mut pictures) = (audio.audio_source().unwrap(), video.video_source().unwrap());
    let start = Instant::now();
    let mut look = |seconds: u64| {
        let at = start + Duration::from_secs(seconds);
        let loudest =
            second(&mut sound, at).iter().map(|one| level(one).peak_dbfs).fold(-200.0, f64::max);
        let pictures = second(&mut pictures, at);
        (loudest > -30.0, pictures.iter().all(is_black), pictures.len())
    };
    assert_eq!(look(0), (true, false, 30));
    audio.set_enabled(false);
    video.set_enabled(false);
    assert_eq!(look(1), (false, true, 30));
    audio.set_enabled(true);
    video.set_enabled(true);
    switches.mute(true);
    assert_eq!(look(2), (false, true, 30));
    assert!(audio.muted() && video.muted());
    switches.mute(false);
    assert_eq!(look(3), (true, false, 30));
    let muted = events(&mut devices).into_iter().filter_map(|event| match event {
        MediaEvent::TrackMuted { muted, .. } => Some(muted),
        _ => None,
    });
    assert_eq!(muted.filter(|muted| *muted).count(), 2, "once for each");
}

#[test]
fn a_device_that_vanishes_ends_its_tracks() {
    let generated = Generated::default();
    let switches = generated.switches();
    let mut devices =
        MediaDevices::builder().backend(generated).permission(|_| Permission::Granted).build();
    devices.look_for_changes();
    let stream = devices.get_user_media(&StreamConstraints::video()).unwrap();
    let track = stream.video().unwrap();
    let mut source = track.video_source().unwrap();
    let now = Instant::now();
    assert!(source.poll(now).item().is_some());
    switches.unplug(true);
    assert_eq!(source.poll(now + Duration::from_secs(1)), Polled::Empty);
    assert_eq!(source.fault().unwrap().to_string(), "the device is gone");
    assert_eq!(track.ready_state(), ReadyState::Ended);
    assert_eq!(track.ended(), Some(EndReason::DeviceGone));
    assert_eq!(track.apply_constraints(size(320, 180).into()), Err(MediaError::InvalidState));
    devices.look_for_changes();
    let told = events(&mut devices);
    let (track, reason) = (track.id().to_owned(), EndReason::DeviceGone);
    assert!(told.contains(&MediaEvent::TrackEnded { track, reason }), "{told:?}");
    assert!(told.contains(&MediaEvent::DeviceChange));
    assert_eq!(devices.get_user_media(&both()).err(), Some(MediaError::NotFound));
    // It is another device's life when it comes back.
    switches.unplug(false);
    assert!(devices.get_user_media(&both()).is_ok());
}

#[test]
fn what_cannot_be_had_is_refused_and_changes_nothing() {
    let mut devices = granted();
    let exact =
        video(ConstraintSet { frame_rate: Some(ConstrainRange::min(31.0)), ..size(64, 64) });
    let error =
        MediaError::Overconstrained(OverconstrainedError { constraint: Some(Property::FrameRate) });
    assert_eq!(devices.get_user_media(&exact).err(), Some(error));
    let echo = ConstraintSet {
        echo_cancellation: Some(ConstrainFlag::exact(true)),
        // Of no meaning for sound, so it says nothing.
        width: Some(ConstrainRange::exact(1)),
        ..ConstraintSet::default()
    };
    let wanted = StreamConstraints { audio: Some(echo.into()), video: None };
    let error = devices.get_user_media(&wanted).unwrap_err();
    assert_eq!(error, MediaError::Overconstrained(Property::EchoCancellation.into()));
    let stream = devices.get_user_media(&StreamConstraints::video()).unwrap();
    let (track, before) = (stream.video().unwrap(), stream.video().unwrap().get_settings());
    assert!(track.apply_constraints(size(9_000, 9_000).into()).is_err());
    assert_eq!(track.get_settings(), before);
    assert_eq!(track.get_constraints(), TrackConstraints::default());
    let nothing = StreamConstraints::default();
    assert!(matches!(devices.get_user_media(&nothing), Err(MediaError::Type(_))));
}

#[test]
fn a_larger_mode_takes_the_place_of_a_smaller_one_and_time_goes_on() {
    let mut devices = granted();
    let stream = devices.get_user_media(&StreamConstraints::video()).unwrap();
    let track = stream.video().unwrap();
    let mut source = track.video_source().unwrap();
    let start = Instant::now();
    let before = second(&mut source, start);
    track.apply_constraints(size(1_280, 720).into()).unwrap();
    let after = second(&mut source, start + Duration::from_secs(1));
    assert_eq!(after[0].size(), (1_280, 720));
    let (last, first) = (before.last().unwrap().time(), after[0].time());
    assert_eq!((first.as_duration() - last.as_duration()).as_millis() / 10, 3);
}

fn rate_of(track: &Arc<MediaStreamTrack>) -> (u32, u8, usize) {
    let mut source = track.audio_source().expect("it has sound");
    let pieces = second(&mut source, Instant::now());
    let frames = pieces.iter().map(|piece| piece.frames()).sum();
    (source.rate(), source.channels(), frames)
}

#[test]
fn sound_has_the_format_of_the_settings() {
    let mut devices = granted();
    let set = ConstraintSet {
        sample_rate: Some(16_000.into()),
        channel_count: Some(1.into()),
        ..ConstraintSet::default()
    };
    let wanted = StreamConstraints { audio: Some(set.into()), video: None };
    let stream = devices.get_user_media(&wanted).unwrap();
    let (rate, channels, frames) = rate_of(stream.audio().unwrap());
    // Some samples wait in the filter.
    assert!((15_500..=16_000).contains(&frames), "{frames}");
    assert_eq!((rate, channels), (16_000, 1));
    drop(stream);
    let plain = devices.get_user_media(&StreamConstraints::audio()).unwrap();
    assert_eq!(rate_of(plain.audio().unwrap()), (48_000, 2, 48_000));
}

#[test]
fn a_reader_that_is_not_read_loses_the_oldest() {
    let mut devices = granted();
    let stream = devices.get_user_media(&StreamConstraints::video()).unwrap();
    let track = stream.video().unwrap();
    let (mut busy, mut idle) = (track.video_source().unwrap(), track.video_source().unwrap());
    let start = Instant::now();
    second(&mut busy, start);
    second(&mut busy, start + Duration::from_secs(1));
    assert_eq!((busy.dropped(), idle.dropped()), (0, 60 - 32));
    let next = idle.poll(start + Duration::from_secs(2)).item().unwrap();
    assert_eq!(read_frame_number(&next), Some(28));
}

#[test]
fn displays_are_chosen_by_the_person_alone() {
    let mut devices = granted();
    let wanted = video(size(640, 360));
    assert!(matches!(devices.get_display_media(&wanted), Err(MediaError::Type(_))));
    let wanted = StreamConstraints::video();
    assert_eq!(devices.get_display_media(&wanted).err(), Some(MediaError::NotFound));
}

#[test]
fn files_are_devices_too_and_end() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/assets");
    let files = Files::new(Playback::Once).audio(format!("{folder}/speech-16k.wav")).unwrap();
    let mut devices =
        MediaDevices::builder().backend(files).permission(|_| Permission::Granted).build();
    let stream = devices.get_user_media(&StreamConstraints::audio()).unwrap();
    let track = stream.audio().unwrap();
    assert_eq!((track.label(), track.get_settings().sample_rate), ("speech-16k.wav", Some(16_000)));
    let mut source = track.audio_source().unwrap();
    let start = Instant::now();
    assert!(source.poll(start).item().is_some());
    let late = start + Duration::from_secs(3_600);
    while source.poll(late).item().is_some() {}
    assert_eq!(track.ended(), Some(EndReason::Finished));
    assert!(source.fault().is_none());
    assert!(Files::new(Playback::Once).video(format!("{folder}/LICENSES.md")).is_err());
}
