//! Sound and pictures of one sender, on their own ways.

use std::time::{Duration, Instant};

use lapwing_engine::rtcp::NtpTime;
use lapwing_engine::{MediaKind, MediaTime};
use lapwing_media::{
    AudioReceiver, HearingSettings, Picture, Polled, SeeingSettings, Synchronizer, VideoReceiver,
    VideoStep,
};

use super::line::{Arrival, in_order};
use crate::hearing::line::{self as audio, Random};

const MS: Duration = Duration::from_millis(1);

/// How the two streams go.
struct Ways {
    sound_ms: f64,
    pictures_ms: f64,
    jitter_ms: f64,
    /// The sender's clocks beside the viewer's.
    ppm: f64,
    seconds: u64,
}

/// How far pictures were behind their sound in each second, in ms, by when the same moment of both
/// was played.
fn play(ways: &Ways) -> Vec<f64> {
    let mut random = Random(11);
    let stretch = 1.0 + ways.ppm * 1e-6;
    let mut sound = audio::carry(audio::speech(ways.seconds as usize), |_| {
        Some(ways.sound_ms + ways.jitter_ms * random.next())
    });
    let mut pictures: Vec<Arrival> =
        in_order(ways.seconds, |_| ways.pictures_ms + ways.jitter_ms * random.next());
    sound.iter_mut().for_each(|packet| packet.at = packet.at.mul_f64(stretch));
    pictures.iter_mut().for_each(|frame| frame.at = frame.at.mul_f64(stretch));

    let mut ears = AudioReceiver::new(HearingSettings::mono());
    let mut eyes = VideoReceiver::new(SeeingSettings::call());
    let mut synchronizer = Synchronizer::new();
    let noon = Duration::from_secs(1_700_000_000);
    let start = Instant::now();
    let (mut sound, mut pictures) = (sound.into_iter().peekable(), pictures.into_iter().peekable());
    // When sound and pictures are played, less their capture.
    let (mut heard, mut apart) = (None, vec![Vec::new(); ways.seconds as usize + 1]);
    for ms in 0..ways.seconds * 1_000 {
        let (now, at) = (start + MS * ms as u32, MS * ms as u32);
        while let Some(packet) = sound.next_if(|packet| packet.at <= at) {
            ears.push(audio::received(packet, 111, now), now);
        }
        while let Some(frame) = pictures.next_if(|frame| frame.at <= at) {
            eyes.push(frame.received.frame(now), now);
        }
        if ms % 5_000 == 100 {
            let ntp = NtpTime::from_unix(noon + at);
            synchronizer.report(MediaKind::Audio, ntp, ms as u32 * 48, 48_000);
            synchronizer.report(MediaKind::Video, ntp, ms as u32 * 90, 90_000);
        }
        if ms % 10 == 0 {
            if let Some(time) = ears.playing() {
                synchronizer.played(MediaKind::Audio, time, now);
                heard = Some(at.as_secs_f64() - time.as_secs_f64());
            }
            ears.pull(now);
        }
        loop {
            match eyes.poll(now) {
                Polled::Item(VideoStep::Decode(frame)) => {
                    let picture = Picture::new(2, 2, frame.time).unwrap();
                    eyes.decoded(vec![picture], 3 * MS, now);
                }
                Polled::Item(VideoStep::Render(picture)) => {
                    let time: MediaTime = picture.time();
                    synchronizer.played(MediaKind::Video, time, now);
                    let seen = at.as_secs_f64() - time.as_secs_f64();
                    let second = &mut apart[ms as usize / 1_000];
                    second.extend(heard.map(|heard| (seen - heard) * 1_000.0));
                }
                Polled::Wait(_) | Polled::Empty => break,
            }
        }
        if synchronizer.update(ears.target(), eyes.target(), now) {
            let delays = synchronizer.delays();
            ears.set_hint(Some(delays.audio).filter(|delay| !delay.is_zero()));
            eyes.set_sync_delay(delays.video);
        }
    }
    let seconds = apart.into_iter().filter(|second| !second.is_empty());
    seconds.map(|second| second.iter().sum::<f64>() / second.len() as f64).collect()
}

/// The second from which on they are within 40 ms.
fn together_from(apart: &[f64]) -> usize {
    apart.iter().rposition(|apart| apart.abs() > 40.0).map_or(0, |last| last + 1)
}

#[test]
fn pictures_on_a_longer_way_are_shown_with_their_sound() {
    let ways =
        Ways { sound_ms: 30.0, pictures_ms: 180.0, jitter_ms: 30.0, ppm: 200.0, seconds: 60 };
    let apart = play(&ways);
    assert!(apart[1] > 60.0, "{apart:.0?}");
    assert!(together_from(&apart) <= 8, "{apart:.0?}");
}

#[test]
fn sound_on_a_longer_way_is_heard_with_its_pictures() {
    let ways =
        Ways { sound_ms: 250.0, pictures_ms: 50.0, jitter_ms: 30.0, ppm: -200.0, seconds: 60 };
    let apart = play(&ways);
    assert!(apart[1] < -100.0, "{apart:.0?}");
    assert!(together_from(&apart) <= 10, "{apart:.0?}");
}

#[test]
fn what_is_together_stays_together_and_the_delay_does_not_grow() {
    let ways =
        Ways { sound_ms: 30.0, pictures_ms: 30.0, jitter_ms: 30.0, ppm: 200.0, seconds: 120 };
    let apart = play(&ways);
    assert!(together_from(&apart) <= 3, "{apart:.0?}");
}
