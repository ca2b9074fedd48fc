//! What a sender makes of a network that changes, on a real clip.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, MediaTime};
use lapwing_media::sending::{
    DegradationPreference, SentFrame, VideoFormat, VideoSender, VideoSenderSettings,
};
use lapwing_media::{Picture, video_decoder};

use crate::clips;

const RATE: u32 = 25;

fn format(codec: Codec) -> VideoFormat {
    VideoFormat { codec, size: (640, 360), frame_rate: f64::from(RATE) }
}

fn settings(bps: u32) -> VideoSenderSettings {
    VideoSenderSettings::new(format(Codec::Vp8), bps)
}

/// The clip forth and back, without end.
struct Camera(Vec<Picture>);

impl Camera {
    fn new() -> Self {
        Camera(clips::pictures(clips::VP8, 125))
    }

    fn picture(&self, number: u32) -> Picture {
        let place = number as usize % (2 * self.0.len());
        let mut picture = self.0[place.min(2 * self.0.len() - 1 - place)].clone();
        let ticks = u64::from(number) * u64::from(MediaTime::VIDEO_RATE / RATE);
        picture.set_time(MediaTime::new(ticks, MediaTime::VIDEO_RATE));
        picture
    }
}

/// What was sent of each picture, while there were `bps(second)` bits per second.
fn sent(
    sender: &mut VideoSender,
    seconds: u32,
    bps: impl Fn(f64) -> u32,
) -> Vec<(Duration, SentFrame)> {
    let (camera, start) = (Camera::new(), Instant::now());
    let mut sent = Vec::new();
    for number in 0..seconds * RATE {
        let at = Duration::from_secs(1) * number / RATE;
        sender.set_bitrate(bps(at.as_secs_f64()), start + at);
        let frames = sender.push(&camera.picture(number), start + at).unwrap();
        sent.extend(frames.into_iter().map(|frame| (at, frame)));
    }
    sent
}

/// Bits per second that were sent from one second on to another.
fn rate(sent: &[(Duration, SentFrame)], from: f64, to: f64) -> f64 {
    let within = sent.iter().filter(|(at, _)| (from..to).contains(&at.as_secs_f64()));
    within.map(|(_, sent)| sent.frame.data.len() as f64 * 8.0).sum::<f64>() / (to - from)
}

#[test]
fn the_bit_rate_follows_a_fall_within_a_second() {
    let mut sender = VideoSender::new(settings(1_000_000)).unwrap();
    let fall = |second| if (4.0..10.0).contains(&second) { 300_000 } else { 1_000_000 };
    let sent = sent(&mut sender, 14, fall);
    for (from, to, target) in
        [(1.0, 4.0, 1e6), (4.0, 5.0, 3e5), (5.0, 10.0, 3e5), (11.0, 14.0, 1e6)]
    {
        let rate = rate(&sent, from, to);
        assert!((rate - target).abs() < 0.2 * target, "{rate} of {target} from {from} s on");
    }
}

#[test]
fn what_waits_to_leave_is_made_up_for() {
    let mut sender = VideoSender::new(settings(600_000)).unwrap();
    let (camera, start) = (Camera::new(), Instant::now());
    // Bits, pictures sent and the most left out in turn, in a second with this delay.
    let mut second = |number: u32, delay: u64| {
        sender.set_bitrate(600_000, start);
        let (mut bits, mut pictures, mut held, mut held_most) = (0, 0, 0, 0);
        for picture in number * RATE..(number + 1) * RATE {
            sender.set_send_delay(Duration::from_millis(delay));
            let now = start + Duration::from_secs(1) * picture / RATE;
            let sent = sender.push(&camera.picture(picture), now).unwrap();
            bits += sent.iter().map(|sent| sent.frame.data.len() * 8).sum::<usize>();
            pictures += sent.len();
            held = if sent.is_empty() { held + 1 } else { 0 };
            held_most = held_most.max(held);
        }
        (bits, pictures, held_most)
    };
    let seconds: Vec<_> =
        [0, 0, 30, 250, 450, 1_100, 0, 0].into_iter().zip(0..).map(|(d, n)| second(n, d)).collect();
    let (usual, ..) = seconds[1];
    let share = |number: usize| seconds[number].0 as f64 / usual as f64;
    assert!(share(2) > 0.8, "a frame that has not left yet is nothing: {}", share(2));
    assert!((0.4..0.75).contains(&share(3)), "{}", share(3));
    assert_eq!(seconds[3].1, 25, "all are sent, with fewer bits");
    assert!((0.1..0.5).contains(&share(4)), "{}", share(4));
    assert_eq!((seconds[4].1, seconds[4].2), (8, 2), "every third");
    assert_eq!(seconds[5].1, 0, "nothing more until that has left");
    assert!(share(7) > 0.8, "{}", share(7));
    assert_eq!(sender.stats().frames_held_back, 17 + 25);
}

#[test]
fn frame_rate_goes_before_resolution_and_all_comes_back() {
    let mut sender = VideoSender::new(settings(400_000)).unwrap();
    let bps = |second| match second {
        4.0..8.0 => 100_000,
        8.0..12.0 => 40_000,
        _ => 400_000,
    };
    let sent = sent(&mut sender, 60, bps);
    let frames = |from, to| {
        let within = sent.iter().filter(|(at, _)| (from..to).contains(&at.as_secs_f64()));
        within.count() as f64 / (to - from)
    };
    let size = |at: f64| sent.iter().find(|(a, _)| a.as_secs_f64() >= at).unwrap().1.size;
    assert_eq!((frames(2.0, 4.0), size(3.0)), (25.0, (640, 360)));
    assert!((11.0..=18.0).contains(&frames(6.0, 8.0)), "{}", frames(6.0, 8.0));
    assert!(size(11.0).0 < 640, "{:?}", size(11.0));
    assert_eq!((frames(58.0, 60.0), size(59.0)), (25.0, (640, 360)));
    assert!(sender.stats().steps >= 4, "{:?}", sender.stats());
    // All that was sent can be decoded, in the size that was said.
    let mut decoder = video_decoder(Codec::Vp8).unwrap();
    for (_, sent) in &sent {
        let shown = decoder.decode(&sent.frame).unwrap();
        assert_eq!(shown[0].size(), sent.size);
    }
}

#[test]
fn a_lower_frame_rate_takes_no_more_bits() {
    for bps in [50_000, 100_000, 150_000] {
        let mut sender = VideoSender::new(settings(bps)).unwrap();
        let sent = sent(&mut sender, 10, |_| bps);
        // Two of three: pictures come 40 and 80 ms after each other in turn.
        assert!((150..=170).contains(&sent.len()), "{} frames", sent.len());
        let rate = rate(&sent, 1.0, 10.0);
        assert!((rate / f64::from(bps) - 1.0).abs() < 0.1, "{rate} of {bps}");
    }
}

#[test]
fn text_keeps_its_size_and_motion_its_rate() {
    let bps = |_| 40_000;
    let with = |preference| {
        let settings = VideoSenderSettings { preference, ..settings(40_000) };
        let mut sender = VideoSender::new(settings).unwrap();
        (sent(&mut sender, 4, bps), sender.plan())
    };
    let (detail, _) = with(DegradationPreference::MaintainResolution);
    assert!(detail.iter().all(|(_, sent)| sent.size == (640, 360)));
    assert!(detail.len() < 50, "{}", detail.len());
    let (_, motion) = with(DegradationPreference::MaintainFramerate);
    assert_eq!(motion.frame_rate, 25.0);
    assert!(motion.size.0 <= 320, "{motion:?}");
}

#[test]
fn layers_come_and_go_with_the_bit_rate_and_begin_with_a_keyframe() {
    let settings = VideoSenderSettings { layers: 3, ..settings(1_200_000) };
    let mut sender = VideoSender::new(settings).unwrap();
    let names: Vec<_> = sender.layers().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["f", "h", "q"]);
    let bps = |second| match second {
        2.0..4.0 => 150_000,
        4.0..6.0 => 60_000,
        _ => 1_200_000,
    };
    let sent = sent(&mut sender, 8, bps);
    let of = |rid: &str, from: f64, to: f64| {
        let frames = sent.iter().filter(|(at, _)| (from..to).contains(&at.as_secs_f64()));
        let frames = frames.filter(|(_, s)| s.rid.unwrap().to_string() == rid);
        frames.map(|(_, sent)| sent.clone()).collect::<Vec<_>>()
    };
    for (rid, size) in [("q", (160, 90)), ("h", (320, 180)), ("f", (640, 360))] {
        let whole = of(rid, 0.0, 2.0);
        assert!(whole.len() >= 45, "{rid}: {}", whole.len());
        assert!(whole[0].frame.keyframe && whole.iter().all(|sent| sent.size == size), "{rid}");
    }
    assert!(of("f", 2.0, 6.0).is_empty() && !of("h", 2.1, 4.0).is_empty());
    assert!(of("h", 4.0, 6.0).is_empty() && of("q", 4.0, 6.0).len() >= 40);
    assert!(of("f", 6.0, 8.0)[0].frame.keyframe && of("h", 6.0, 8.0)[0].frame.keyframe);
}

#[test]
fn keyframes_come_when_asked_for_but_not_too_often() {
    let (camera, start) = (Camera::new(), Instant::now());
    let mut sender = VideoSender::new(settings(500_000)).unwrap();
    let mut keyframes = 0;
    for number in 0..RATE {
        sender.request_keyframe(None);
        let at = start + Duration::from_secs(1) * number / RATE;
        let sent = sender.push(&camera.picture(number), at).unwrap();
        keyframes += sent.iter().filter(|sent| sent.frame.keyframe).count();
    }
    assert!((3..=4).contains(&keyframes), "{keyframes}");
}

#[test]
fn times_that_jump_and_sizes_that_change_stop_nothing() {
    let mut sender = VideoSender::new(settings(200_000)).unwrap();
    let (camera, start) = (Camera::new(), Instant::now());
    let mut count = 0;
    for (index, ticks) in [0, 3_600, 900_000_000, 900_003_600, 0, 3_600, 7_200].iter().enumerate() {
        let mut picture = match index {
            3 => Picture::new(34, 18, MediaTime::new(0, 90_000)).unwrap(),
            _ => camera.picture(index as u32),
        };
        picture.set_time(MediaTime::new(*ticks, 90_000));
        count +=
            sender.push(&picture, start + Duration::from_millis(40 * index as u64)).unwrap().len();
    }
    assert!(count >= 6, "{count}");
}
