//! Clips that scenarios can send: real pictures through a real encoder.

use std::fmt;
use std::io::Cursor;
use std::time::Duration;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::files::{IvfReader, Reader as _};
use lapwing_media::quality::psnr_luma;
use lapwing_media::sources::DecodedVideo;
use lapwing_media::{
    Picture, VideoDecoder, VideoEncoder, VideoSettings, video_decoder, video_encoder,
};
use lapwing_simnet::Bitrate;
use lapwing_simnet::run::{ClipEncoder, ClipFrame, ClipViewer};
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
    let interval = Duration::from_secs_f64(1.0 / model.fps);
    let pictures = Pictures::new()?;
    Some(Box::new(Clip { pictures, encoder, at: Duration::ZERO, interval }))
}

fn bps(rate: Bitrate) -> u32 {
    u32::try_from(rate.as_bps()).unwrap_or(u32::MAX)
}

/// The pictures of the clip, without an end.
struct Pictures(DecodedVideo<Cursor<&'static [u8]>>);

impl Pictures {
    fn new() -> Option<Pictures> {
        let reader = IvfReader::new(Cursor::new(BUNNY)).ok()?;
        DecodedVideo::new(reader).ok().map(Pictures)
    }

    /// The next picture, after the last the first.
    fn picture(&mut self) -> Option<Picture> {
        if let Ok(Some(picture)) = self.0.next() {
            return Some(picture);
        }
        self.0.rewind().ok()?;
        self.0.next().ok()?
    }
}

struct Clip {
    pictures: Pictures,
    encoder: Box<dyn VideoEncoder>,
    at: Duration,
    interval: Duration,
}

/// Decodes what arrives, beside the pictures that were sent.
struct Viewer {
    pictures: Pictures,
    /// Pictures taken so far, and the last of them.
    taken: u64,
    picture: Option<Picture>,
    decoder: Box<dyn VideoDecoder>,
}

impl fmt::Debug for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clip").finish_non_exhaustive()
    }
}

impl ClipEncoder for Clip {
    fn encode(&mut self, rate: Bitrate, keyframe: bool) -> Option<ClipFrame> {
        self.encoder.set_bitrate(bps(rate));
        let mut picture = self.pictures.picture().expect("the program's own clip can be read");
        // The clip begins again; rate control wants time that goes on.
        picture.set_time(MediaTime::from_duration(self.at, MediaTime::VIDEO_RATE));
        self.at += self.interval;
        let frames = self.encoder.encode(&picture, keyframe).unwrap_or_default();
        let last = frames.into_iter().next_back();
        last.map(|frame| ClipFrame { data: frame.data, keyframe: frame.keyframe })
    }

    fn viewer(&self) -> Option<Box<dyn ClipViewer>> {
        let (pictures, decoder) = (Pictures::new()?, video_decoder(Codec::Vp8).ok()?);
        Some(Box::new(Viewer { pictures, taken: 0, picture: None, decoder }))
    }
}

impl fmt::Debug for Viewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viewer").finish_non_exhaustive()
    }
}

impl ClipViewer for Viewer {
    fn view(&mut self, number: u64, data: &[u8]) -> Option<f64> {
        let time = MediaTime::from_duration(Duration::ZERO, MediaTime::VIDEO_RATE);
        // Its decoder looks for itself whether it is a keyframe.
        let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe: false, data: data.into() };
        let seen = self.decoder.decode(&frame).ok()?.pop()?;
        while self.taken <= number {
            self.picture = self.pictures.picture();
            self.taken += 1;
        }
        psnr_luma(&seen, self.picture.as_ref()?).ok()
    }
}
