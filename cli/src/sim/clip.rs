//! Clips that scenarios can send: real pictures through a real encoder.

use std::fmt;
use std::io::Cursor;
use std::time::Duration;

use lapwing_engine::{Codec, MediaTime};
use lapwing_media::files::{IvfReader, Reader as _};
use lapwing_media::sources::DecodedVideo;
use lapwing_media::{Picture, VideoEncoder, VideoSettings, video_encoder};
use lapwing_simnet::Bitrate;
use lapwing_simnet::run::{ClipEncoder, ClipFrame};
use lapwing_simnet::scenario::VideoModel;

/// Pictures of 640 by 360, some seconds of them.
const BUNNY: &[u8] = include_bytes!("../../../media/assets/bunny-640x360.vp8.ivf");

/// The encoder of a clip by its name; the program has `bunny`.
pub(super) fn clip(name: &str, model: &VideoModel) -> Option<Box<dyn ClipEncoder>> {
    if name != "bunny" {
        return None;
    }
    let settings = VideoSettings {
        // Rate control counts whole frames a second, one at least.
        frame_rate: (model.fps.round() as u32).max(1),
        ..VideoSettings::new(640, 360, bps(model.start))
    };
    let encoder = video_encoder(Codec::Vp8, &settings).ok()?;
    let video = DecodedVideo::new(IvfReader::new(Cursor::new(BUNNY)).ok()?).ok()?;
    let interval = Duration::from_secs_f64(1.0 / model.fps);
    Some(Box::new(Clip { video, encoder, at: Duration::ZERO, interval }))
}

fn bps(rate: Bitrate) -> u32 {
    u32::try_from(rate.as_bps()).unwrap_or(u32::MAX)
}

struct Clip {
    video: DecodedVideo<Cursor<&'static [u8]>>,
    encoder: Box<dyn VideoEncoder>,
    at: Duration,
    interval: Duration,
}

impl Clip {
    /// The next picture, after the last the first.
    fn picture(&mut self) -> Option<Picture> {
        if let Ok(Some(picture)) = self.video.next() {
            return Some(picture);
        }
        self.video.rewind().ok()?;
        self.video.next().ok()?
    }
}

impl fmt::Debug for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clip").finish_non_exhaustive()
    }
}

impl ClipEncoder for Clip {
    fn encode(&mut self, rate: Bitrate, keyframe: bool) -> Option<ClipFrame> {
        self.encoder.set_bitrate(bps(rate));
        let mut picture = self.picture().expect("the program's own clip can be read");
        // The clip begins again; rate control wants time that goes on.
        picture.set_time(MediaTime::from_duration(self.at, MediaTime::VIDEO_RATE));
        self.at += self.interval;
        let frames = self.encoder.encode(&picture, keyframe).unwrap_or_default();
        let last = frames.into_iter().next_back();
        last.map(|frame| ClipFrame { data: frame.data, keyframe: frame.keyframe })
    }
}
