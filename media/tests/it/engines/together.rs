//! Sound and pictures of one connection are played together.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, Event, MediaKind, MediaTime, Mid, WriteOptions};
use lapwing_media::{
    AudioReceiver, HearingSettings, Picture, Polled, SeeingSettings, Synchronizer, VideoReceiver,
    VideoStep,
};

use super::way::{Load, Way};
use crate::hearing::line::{Random, speech};

const MS: Duration = Duration::from_millis(1);

/// How fast the media clocks of the sender go, beside its wall clock: they drift by 200 ppm.
const SOUND_CLOCK: f64 = 1.0 + 100e-6;
const PICTURE_CLOCK: f64 = 1.0 - 100e-6;

/// How the streams go: the same way, but for these delays.
#[derive(Clone, Copy)]
struct Delays {
    sound: Duration,
    pictures: Duration,
}

/// A frame that is no picture, of 1,000 bytes: the first is a keyframe (RFC 6386 section 9.1).
fn picture(number: u64) -> EncodedFrame {
    let mut data = vec![0; 1_000];
    let head: &[u8] = match number {
        0 => &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01],
        _ => &[0x11, 0, 0],
    };
    data[..head.len()].copy_from_slice(head);
    let time = MediaTime::new(number * 3_600, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe: number == 0, data: data.into() }
}

/// When frame `number` of so many per second on a clock is captured.
fn captured(number: u64, rate: f64, clock: f64) -> Duration {
    Duration::from_secs_f64(number as f64 / rate / clock)
}

/// The moment that is zero in the media time of one stream as it comes.
#[derive(Default)]
struct Origin(Option<MediaTime>);

impl Origin {
    fn note(&mut self, time: MediaTime) {
        self.0.get_or_insert(time);
    }

    /// When media of this time were captured, in seconds from the first frame on.
    fn captured(&self, time: MediaTime, clock: f64) -> Option<f64> {
        let origin = self.0?.as_duration().as_secs_f64();
        Some((time.as_duration().as_secs_f64() - origin) / clock)
    }
}

/// Who hears and sees.
struct Listener {
    ears: AudioReceiver,
    eyes: VideoReceiver,
    synchronizer: Synchronizer,
    origins: [Origin; 2],
    /// When what is heard was captured, and when it was heard.
    heard: Option<(f64, Instant)>,
    /// How far each picture was behind its sound, in ms, and when it was shown.
    apart: Vec<(Duration, f64)>,
}

impl Listener {
    fn take(&mut self, event: Event, now: Instant) {
        let Event::Frame(received) = event else { return };
        self.synchronizer.arrived(&received);
        match received.frame.codec.kind() {
            MediaKind::Audio => {
                self.origins[0].note(received.frame.time);
                self.ears.push(received, now);
            }
            MediaKind::Video => {
                self.origins[1].note(received.frame.time);
                self.eyes.push(received, now);
            }
        }
    }

    fn hear(&mut self, now: Instant) {
        if let Some(time) = self.ears.playing() {
            self.synchronizer.played(MediaKind::Audio, time, now);
            self.heard = self.origins[0].captured(time, SOUND_CLOCK).map(|at| (at, now));
        }
        self.ears.pull(now);
    }

    fn look(&mut self, start: Instant, now: Instant) {
        while let Polled::Item(step) = self.eyes.poll(now) {
            match step {
                VideoStep::Decode(frame) => {
                    let picture = Picture::new(2, 2, frame.time).unwrap();
                    self.eyes.decoded(vec![picture], 3 * MS, now);
                }
                VideoStep::Render(picture) => {
                    let time = picture.time();
                    self.synchronizer.played(MediaKind::Video, time, now);
                    let seen = self.origins[1].captured(time, PICTURE_CLOCK);
                    if let Some(((heard, at), seen)) = self.heard.zip(seen) {
                        // Sound has gone on since the last pull.
                        let heard = heard + now.duration_since(at).as_secs_f64();
                        self.apart.push((now - start, (heard - seen) * 1_000.0));
                    }
                }
            }
        }
    }

    fn keep_together(&mut self, now: Instant) {
        if self.synchronizer.update(self.ears.target(), self.eyes.target(), now) {
            let delays = self.synchronizer.delays();
            self.ears.set_hint(Some(delays.audio).filter(|delay| !delay.is_zero()));
            self.eyes.set_sync_delay(delays.video);
        }
    }
}

/// Who speaks and is filmed: what is due is written.
struct Speaker {
    sound: Vec<EncodedFrame>,
    mids: [Mid; 2],
    next: [u64; 2],
}

impl Speaker {
    fn write(&mut self, way: &mut Way, start: Instant) {
        // Sound is there when the last of its samples was spoken.
        loop {
            let at = start + captured(self.next[0], 50.0, SOUND_CLOCK);
            if at + 20 * MS > way.now {
                break;
            }
            let frame = &self.sound[self.next[0] as usize];
            write(way, self.mids[0], frame, at);
            self.next[0] += 1;
        }
        loop {
            let at = start + captured(self.next[1], 25.0, PICTURE_CLOCK);
            if at > way.now {
                break;
            }
            write(way, self.mids[1], &picture(self.next[1]), at);
            self.next[1] += 1;
        }
        way.a.drain(way.now);
    }
}

fn write(way: &mut Way, mid: Mid, frame: &EncodedFrame, captured_at: Instant) {
    let options = WriteOptions { captured_at: Some(captured_at), ..WriteOptions::default() };
    way.a.rtc.media(mid).unwrap().write_with(frame, options, way.now).unwrap();
}

/// What a listener and viewer had of so many seconds.
fn play(delays: Delays, seconds: u64) -> Listener {
    let mut random = Random(7);
    let carrier = move |load| {
        let own = match load {
            Load::Sound => delays.sound,
            Load::Pictures(_) => delays.pictures,
            Load::Other => Duration::ZERO,
        };
        Some(20 * MS + own + Duration::from_secs_f64(0.030 * random.next()))
    };
    let mut way = Way::connected(Codec::Vp8, Box::new(carrier));
    let mids = [MediaKind::Audio, MediaKind::Video].map(|kind| way.a.mid(kind));
    let mut speaker = Speaker { sound: speech(seconds as usize + 1), mids, next: [0; 2] };
    let mut listener = Listener {
        ears: AudioReceiver::new(HearingSettings::mono()),
        eyes: VideoReceiver::new(SeeingSettings::call()),
        synchronizer: Synchronizer::new(),
        origins: [Origin::default(), Origin::default()],
        heard: None,
        apart: Vec::new(),
    };
    let start = way.now;
    for ms in 0..seconds * 1_000 {
        way.run_until(start + MS * ms as u32);
        let now = way.now;
        speaker.write(&mut way, start);
        for event in std::mem::take(&mut way.b.outputs.events) {
            listener.take(event, now);
        }
        if ms % 10 == 0 {
            listener.hear(now);
        }
        listener.look(start, now);
        listener.keep_together(now);
    }
    listener
}

/// How far pictures were behind their sound in each second from the first frame on, in ms: the mean
/// and the largest.
fn figures(listener: &Listener, seconds: u64) -> Vec<(f64, f64)> {
    let of_second = |second: u64| {
        let range = Duration::from_secs(second)..Duration::from_secs(second + 1);
        let apart = listener.apart.iter().filter(move |(at, _)| range.contains(at));
        apart.map(|(_, apart)| *apart).collect::<Vec<f64>>()
    };
    let figures = (0..seconds).map(of_second).map(|apart| {
        let mean = apart.iter().sum::<f64>() / apart.len().max(1) as f64;
        (mean, apart.iter().fold(0.0_f64, |most, one| most.max(one.abs())))
    });
    figures.collect()
}

/// Within ten seconds no picture is more than 40 ms from its sound, nor is any in the minute after.
fn stays_together(delays: Delays) {
    let listener = play(delays, 70);
    let apart = figures(&listener, 70);
    println!("mean and most, ms: {apart:.0?}");
    let measured = listener.synchronizer.video_behind_audio().expect("both were played") * 1_000.0;
    assert!(apart[1].0.abs() > 60.0, "they begin apart: {apart:.0?}");
    let worst = apart[10..].iter().fold(0.0_f64, |worst, (_, most)| worst.max(*most));
    assert!(worst <= 40.0, "{worst:.1}: {apart:.0?}");
    let last = apart[69].0;
    println!("measured: {measured:.1}");
    assert!((measured - last).abs() <= 10.0, "{measured:.1} was measured, it was {last:.1}");
}

#[test]
fn pictures_on_a_longer_way_are_shown_with_their_sound() {
    stays_together(Delays { sound: Duration::ZERO, pictures: 150 * MS });
}

#[test]
fn sound_on_a_longer_way_is_heard_with_its_pictures() {
    stays_together(Delays { sound: 150 * MS, pictures: Duration::ZERO });
}
