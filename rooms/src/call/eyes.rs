//! Pictures that came in, as they are seen: each frame is decoded when its picture is due, and
//! each picture shown at its time, whatever the network did.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, MediaKind, Mid, ReceivedFrame};
use lapwing_media::{
    Picture, Polled, SeeingSettings, VideoDecoder, VideoFeedback, VideoReceiver,
    VideoReceiverStats, VideoStep, video_decoder,
};

use super::together::{Step, Together};

/// What is still to come of a track that ended is decoded, if it is due within this time.
const LEFT_MAX: Duration = Duration::from_secs(3);

/// Steps of one look: a second of pictures, each decoded and shown.
const STEPS_MAX: usize = 60;

/// Is shown the pictures that come in, on the thread that decodes them.
pub trait Screen: Send {
    /// A picture of a track, due at `now`. The next waits until this returns.
    fn show(&mut self, mid: Mid, picture: &Picture, now: Instant);
}

/// What is known of a track's pictures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) mid: Mid,
    /// Since it began.
    pub(super) stats: VideoReceiverStats,
    /// Width and height of the last picture.
    pub(super) size: Option<(u32, u32)>,
    /// The longest time between two pictures.
    pub(super) longest: Duration,
    /// How well they are in step with their sound.
    pub(super) step: Option<Step>,
    /// Nothing can be decoded before another keyframe, which is to be asked for.
    pub(super) keyframe_wanted: bool,
}

struct Eye {
    receiver: VideoReceiver,
    decoder: Option<Box<dyn VideoDecoder>>,
    /// What the decoder is for, also where there is none.
    codec: Option<Codec>,
    size: Option<(u32, u32)>,
    shown: Option<Instant>,
    longest: Duration,
    /// When it has something to do.
    due: Option<Instant>,
}

/// The receivers of all tracks with pictures.
pub(super) struct Eyes {
    eyes: BTreeMap<Mid, Eye>,
    screen: Option<Box<dyn Screen>>,
}

impl Eyes {
    pub(super) fn new(screen: Option<Box<dyn Screen>>) -> Self {
        Eyes { eyes: BTreeMap::new(), screen }
    }

    /// When [`Self::look`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.eyes.values().filter_map(|eye| eye.due).min()
    }

    /// A frame of a track came.
    pub(super) fn push(&mut self, received: ReceivedFrame, now: Instant) {
        let eye = self.eyes.entry(received.mid).or_insert_with(|| Eye {
            receiver: VideoReceiver::new(SeeingSettings::call()),
            decoder: None,
            codec: None,
            size: None,
            shown: None,
            longest: Duration::ZERO,
            due: None,
        });
        eye.receiver.push(received, now);
        eye.due = Some(now);
    }

    /// Decodes and shows what is due by now; gives what is to be said of tracks.
    pub(super) fn look(&mut self, now: Instant, together: &mut Together) -> Vec<Seen> {
        let due = self.eyes.iter_mut().filter(|(_, eye)| eye.due.is_some_and(|at| at <= now));
        due.filter_map(|(mid, eye)| eye.look(*mid, &mut self.screen, now, together)).collect()
    }

    /// How far behind a track is to be seen.
    pub(super) fn target(&self, mid: Mid) -> Option<Duration> {
        self.eyes.get(&mid).map(|eye| eye.receiver.target())
    }

    /// A track is to be seen at least so far behind, so that it is with its sound.
    pub(super) fn set_delay(&mut self, mid: Mid, delay: Duration) {
        if let Some(eye) = self.eyes.get_mut(&mid) {
            eye.receiver.set_sync_delay(delay);
        }
    }

    /// A track ended: decodes what is left of it. What is to be said of it last.
    pub(super) fn end(&mut self, mid: Mid, now: Instant, together: &mut Together) -> Option<Seen> {
        let mut eye = self.eyes.remove(&mid)?;
        while let Some(due) = eye.due.filter(|due| *due <= now + LEFT_MAX) {
            // Its time goes on by itself, so that it ends when nothing waits any more.
            eye.look(mid, &mut self.screen, due.max(now), together);
            if eye.due.is_some_and(|next| next <= due) {
                break;
            }
        }
        Some(eye.seen(mid, false, together))
    }

    /// The call ended; what is to be said last of all tracks.
    pub(super) fn end_all(&mut self, now: Instant, together: &mut Together) -> Vec<Seen> {
        let mids: Vec<Mid> = self.eyes.keys().copied().collect();
        mids.into_iter().filter_map(|mid| self.end(mid, now, together)).collect()
    }
}

impl Eye {
    /// Does what is due; gives what changed, if something did.
    fn look(
        &mut self,
        mid: Mid,
        screen: &mut Option<Box<dyn Screen>>,
        now: Instant,
        together: &mut Together,
    ) -> Option<Seen> {
        let before = self.receiver.stats().frames_rendered;
        self.due = None;
        for _ in 0..STEPS_MAX {
            match self.receiver.poll(now) {
                Polled::Item(VideoStep::Decode(frame)) => self.decode(&frame, now),
                Polled::Item(VideoStep::Render(picture)) => {
                    let gap = self.shown.map(|last| now.saturating_duration_since(last));
                    self.longest = self.longest.max(gap.unwrap_or_default());
                    self.shown = Some(now);
                    self.size = Some(picture.size());
                    together.played(mid, MediaKind::Video, picture.time(), now);
                    if let Some(screen) = screen {
                        screen.show(mid, &picture, now);
                    }
                }
                Polled::Wait(at) => {
                    self.due = Some(at);
                    break;
                }
                Polled::Empty => break,
            }
        }
        let wanted = self.receiver.feedback(now) == Some(VideoFeedback::KeyframeWanted);
        let shown = self.receiver.stats().frames_rendered > before;
        (shown || wanted).then(|| self.seen(mid, wanted, together))
    }

    fn decode(&mut self, frame: &EncodedFrame, now: Instant) {
        if self.codec != Some(frame.codec) {
            self.codec = Some(frame.codec);
            self.decoder = video_decoder(frame.codec).ok();
        }
        let Some(decoder) = &mut self.decoder else {
            return self.receiver.decoded(Vec::new(), Duration::ZERO, now);
        };
        let began = Instant::now();
        match decoder.decode(frame) {
            Ok(pictures) => self.receiver.decoded(pictures, began.elapsed(), now),
            Err(error) => {
                tracing::debug!(%error, "picture not decoded");
                self.receiver.undecodable();
            }
        }
    }

    fn seen(&self, mid: Mid, keyframe_wanted: bool, together: &Together) -> Seen {
        let (stats, size, longest) = (self.receiver.stats(), self.size, self.longest);
        Seen { mid, stats, size, longest, step: together.seen(mid), keyframe_wanted }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use lapwing_engine::{FrameFacts, FramePackets, MediaTime, PayloadType};
    use lapwing_media::{VideoSettings, video_encoder};

    use super::*;

    struct Wall(Arc<Mutex<Vec<(MediaTime, Instant)>>>);

    impl Screen for Wall {
        fn show(&mut self, _: Mid, picture: &Picture, now: Instant) {
            self.0.lock().expect("nobody panics").push((picture.time(), now));
        }
    }

    fn mid() -> Mid {
        Mid::new("0").expect("a token")
    }

    /// Two seconds of pictures, of which some are lost, each up to 15 ms late. Gives when they were
    /// shown, what was said last, and how often a keyframe was asked for, which never comes.
    fn watch(lost: &[u64]) -> (Vec<(MediaTime, Instant)>, Seen, usize) {
        let wall = Arc::new(Mutex::new(Vec::new()));
        let mut eyes = Eyes::new(Some(Box::new(Wall(wall.clone()))));
        let mut together = Together::default();
        let settings = VideoSettings::new(64, 64, 100_000);
        let mut encoder = video_encoder(Codec::Vp8, &settings).expect("it is built in");
        let (start, mut asked, mut contiguous) = (Instant::now(), 0, true);
        for ms in 0..2_000 {
            let now = start + Duration::from_millis(ms);
            if ms % 33 == ms / 33 % 4 * 5 {
                let number = ms / 33;
                let time = MediaTime::new(number * 2_970, MediaTime::VIDEO_RATE);
                let picture = Picture::new(64, 64, time).expect("a size");
                for frame in encoder.encode(&picture, false).expect("it encodes") {
                    if lost.contains(&number) {
                        contiguous = false;
                        continue;
                    }
                    let received = ReceivedFrame {
                        mid: mid(),
                        rid: None,
                        payload_type: PayloadType(96),
                        frame,
                        received_at: now,
                        contiguous: std::mem::replace(&mut contiguous, true),
                        audio_level: None,
                        packets: Some(FramePackets {
                            first: number,
                            last: number,
                            lost_before: None,
                        }),
                        facts: FrameFacts::default(),
                        layers: Vec::new(),
                    };
                    eyes.push(received, now);
                }
            }
            while eyes.due().is_some_and(|due| due <= now) {
                asked += eyes
                    .look(now, &mut together)
                    .iter()
                    .filter(|seen| seen.keyframe_wanted)
                    .count();
            }
        }
        let last = eyes.end(mid(), start + Duration::from_secs(2), &mut together);
        let last = last.expect("the track is there");
        assert!(eyes.end(mid(), start, &mut together).is_none() && eyes.due().is_none());
        let shown = wall.lock().expect("nobody panics").clone();
        (shown, last, asked)
    }

    #[test]
    fn pictures_that_come_late_are_shown_in_step() {
        let (shown, last, asked) = watch(&[]);
        assert_eq!((shown.len(), asked), (61, 0));
        assert_eq!((last.stats.frames_decoded, last.size), (61, Some((64, 64))));
        let gaps = shown[30..].windows(2).map(|two| two[1].1 - two[0].1);
        let worst = gaps.map(|gap| gap.abs_diff(Duration::from_millis(33))).max();
        assert!(worst <= Some(Duration::from_millis(6)), "{worst:?}");
        assert_eq!(last.stats.freeze_count, 0);
    }

    #[test]
    fn after_a_loss_a_keyframe_is_asked_for_until_it_comes() {
        let (shown, last, asked) = watch(&[30]);
        assert_eq!(shown.len(), 30);
        assert!((2..=5).contains(&asked), "{asked}");
        // The end of the track may be one more occasion.
        let counted = last.stats.key_frames_asked_for - asked as u64;
        assert!(counted <= 1, "{counted}");
    }
}
