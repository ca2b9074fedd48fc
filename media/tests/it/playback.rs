//! Files played at their pace.

use std::time::{Duration, Instant};

use lapwing_media::files::FileError;
use lapwing_media::quality::correlation;
use lapwing_media::sources::{OpenReason, Playback, open_audio, open_video};
use lapwing_media::{Polled, Samples, Source};

use crate::clips;

/// Polls at each time the source names, up to `span`, and gives all items with the time they
/// came after the start.
fn play<S: Source + ?Sized>(source: &mut S, span: Duration) -> Vec<(Duration, S::Output)> {
    let start = Instant::now();
    let mut now = start;
    let mut items = Vec::new();
    while now - start < span {
        match source.poll(now) {
            Polled::Item(item) => items.push((now - start, item)),
            Polled::Wait(at) => now = at,
            Polled::Empty => break,
        }
    }
    items
}

#[test]
fn pictures_come_when_they_are_due() {
    for (name, size) in [(clips::VP8, (640, 360)), (clips::AV1, (320, 180))] {
        let mut source = open_video(clips::path(name), Playback::Once).unwrap();
        assert_eq!((source.size(), source.frame_rate()), (size, (25, 1)));
        let pictures = play(source.as_mut(), Duration::from_secs(1));
        assert_eq!(pictures.len(), 25);
        for (index, (at, picture)) in (0..).zip(&pictures) {
            assert_eq!(*at, Duration::from_millis(40 * index));
            assert_eq!(picture.time().as_duration(), *at);
            assert_eq!(picture.size(), size);
        }
        assert!(source.fault().is_none());
    }
}

#[test]
fn a_loop_goes_on_without_a_gap() {
    let mut source = open_video(clips::path(clips::AV1), Playback::Loop).unwrap();
    let pictures = play(source.as_mut(), Duration::from_secs(12));
    assert_eq!(pictures.len(), 300);
    for (index, (at, picture)) in (0..).zip(&pictures) {
        assert_eq!(*at, Duration::from_millis(40 * index));
        assert_eq!(picture.time().as_duration(), *at);
    }
    assert_eq!(pictures[0].1.data(), pictures[125].1.data());
    assert_ne!(pictures[1].1.data(), pictures[125].1.data());
}

#[test]
fn played_once_a_file_ends() {
    let mut source = open_audio(clips::path(clips::WAV), Playback::Once).unwrap();
    assert_eq!((source.rate(), source.channels()), (16_000, 1));
    let chunks = play(source.as_mut(), Duration::from_secs(60));
    let frames: usize = chunks.iter().map(|(_, chunk)| chunk.frames()).sum();
    assert_eq!(frames, 161_440);
    assert!(chunks.iter().all(|(at, chunk)| chunk.time().as_duration() == *at));
    assert!(source.fault().is_none());
}

#[test]
fn speech_in_ogg_is_that_in_wav() {
    let mut source = open_audio(clips::path(clips::OPUS), Playback::Once).unwrap();
    let chunks = play(source.as_mut(), Duration::from_secs(60));
    assert!(chunks.iter().all(|(at, chunk)| chunk.time().as_duration() == *at));
    let decoded: Vec<f32> = chunks.into_iter().flat_map(|(_, chunk)| chunk.into_data()).collect();
    let speech = lapwing_media::resample(&clips::speech(), 48_000).unwrap();
    // At 24 kbit/s the coder keeps the spectrum, not the wave; unrelated speech stays below 0.1.
    let (lag, coefficient) = correlation(speech.data(), &decoded, 50);
    assert!(lag <= 2 && coefficient > 0.7, "{lag}, {coefficient}");
}

#[test]
fn a_loop_of_sound_goes_on_without_a_gap() {
    let mut source = open_audio(clips::path(clips::OPUS), Playback::Loop).unwrap();
    let chunks: Vec<(Duration, Samples)> = play(source.as_mut(), Duration::from_secs(25));
    let mut expected = Duration::ZERO;
    for (_, chunk) in &chunks {
        let gap = chunk.time().as_duration().abs_diff(expected);
        // A sample of rounding at each turn.
        assert!(gap < Duration::from_micros(50), "{gap:?} at {expected:?}");
        expected = chunk.time().as_duration() + chunk.duration();
    }
    assert!(expected > Duration::from_secs(24));
}

#[test]
fn files_that_cannot_be_played_are_named() {
    let path = clips::path("LICENSES.md");
    let error = open_video(&path, Playback::Once).err().unwrap();
    assert!(matches!(error.reason, OpenReason::Unknown { .. }));
    let text = error.to_string();
    assert!(text.contains("LICENSES.md") && text.contains("Y4M") && text.contains("IVF"), "{text}");
    let text = open_audio(&path, Playback::Once).err().unwrap().to_string();
    assert!(text.contains("WAV") && text.contains("Opus"), "{text}");
    let error = open_audio(clips::path("none"), Playback::Once).err().unwrap();
    assert!(matches!(error.reason, OpenReason::File(FileError::Io(_))));
    let error = open_video(clips::path(clips::OPUS), Playback::Once).err().unwrap();
    assert!(matches!(error.reason, OpenReason::Unknown { .. }));
}

#[test]
fn a_file_that_breaks_off_says_so() {
    let folder = std::env::temp_dir().join(format!("lapwing-media-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("cut.ivf");
    std::fs::write(&path, &clips::bytes(clips::AV1)[..30_000]).unwrap();
    let mut source = open_video(&path, Playback::Loop).unwrap();
    let pictures = play(source.as_mut(), Duration::from_secs(60));
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(pictures.len() > 1 && pictures.len() < 125, "{}", pictures.len());
    assert!(matches!(source.fault(), Some(FileError::Truncated { .. })), "{:?}", source.fault());
}
