//! Numbered pictures that are sent, in one layer or several.

use std::time::Duration;

use lapwing_engine::{EncodedFrame, MediaTime, Rid};
use lapwing_media::sources::TestPattern;
use lapwing_media::{VideoEncoder, VideoSettings, scale, video_encoder};

use super::content::SentForm;
use super::fault::Fault;

/// Bits of a second for each pixel: 300 kbit/s at 320 by 180.
const BITS_PER_PIXEL: u32 = 5;

/// The largest unit of H.264 that fits in a packet.
const UNIT_BYTES_MAX: u32 = 1_000;

/// The share of the bit rate changes by so much at least.
const SHARE_STEP: f64 = 0.1;

/// A picture is at least so wide and high in every layer: below, the code cannot be read.
const WIDTH_MIN: u32 = 80;
/// See [`WIDTH_MIN`].
const HEIGHT_MIN: u32 = 44;

/// A pattern and its encoders.
pub(super) struct Pictures {
    pattern: TestPattern,
    size: (u32, u32),
    fps: u32,
    next: u32,
    layers: Vec<Layer>,
    /// The share of its bit rate that is to be sent.
    share: f64,
}

/// One encoding.
struct Layer {
    rid: Option<Rid>,
    size: (u32, u32),
    encoder: Option<Box<dyn VideoEncoder>>,
    /// What the encoder is for.
    form: Option<SentForm>,
    key_wanted: bool,
}

impl Pictures {
    /// Numbers begin with `first`. Each of `rids`, lowest first, has half the width and height of
    /// the next one.
    pub(super) fn new(size: (u32, u32), fps: u32, first: u32, rids: &[Rid]) -> Result<Self, Fault> {
        let pattern = TestPattern::new(size.0, size.1, fps).map_err(Fault::failed)?;
        let layer = |rid, size| Layer { rid, size, encoder: None, form: None, key_wanted: false };
        let mut layers: Vec<Layer> = Vec::new();
        for (halvings, rid) in rids.iter().rev().enumerate() {
            // Even sides, as chroma has half of them.
            let side = |side: u32, min: u32| ((side >> halvings) & !1).max(min.min(side));
            let size = (side(size.0, WIDTH_MIN), side(size.1, HEIGHT_MIN));
            layers.push(layer(Some(*rid), size));
        }
        if layers.is_empty() {
            layers.push(layer(None, size));
        }
        Ok(Pictures { pattern, size, fps, next: first, layers, share: 1.0 })
    }

    /// The time between two pictures.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs(1) / self.fps
    }

    /// What all layers together take, in bits per second.
    pub(super) fn bitrate_bps(&self) -> u32 {
        self.layers.iter().map(|layer| layer.bitrate_bps()).sum()
    }

    /// The other side wants a key frame; of all layers without a name.
    pub(super) fn want_key(&mut self, rid: Option<Rid>) {
        let asked = |layer: &&mut Layer| rid.is_none() || layer.rid == rid;
        self.layers.iter_mut().filter(asked).for_each(|layer| layer.key_wanted = true);
    }

    /// Only so much of the bit rate is to be sent from now on.
    pub(super) fn set_share(&mut self, share: f64) {
        // Each change may cost a key frame.
        if (share - self.share).abs() < SHARE_STEP && share < 1.0 || share == self.share {
            return;
        }
        self.share = share;
        for layer in &mut self.layers {
            let bps = layer.target_bps(share);
            if let Some(encoder) = &mut layer.encoder {
                encoder.set_bitrate(bps);
            }
        }
    }

    /// The frames of the next picture, which is due `at` after the track's start.
    pub(super) fn frames(
        &mut self,
        form: SentForm,
        at: Duration,
    ) -> Result<Vec<(Option<Rid>, EncodedFrame)>, Fault> {
        let mut whole = self.pattern.picture(self.next);
        self.next = self.next.wrapping_add(1);
        whole.set_time(MediaTime::from_duration(at, MediaTime::VIDEO_RATE));
        let mut all = Vec::new();
        for layer in &mut self.layers {
            let scaled;
            let picture = if layer.size == self.size {
                &whole
            } else {
                scaled = scale(&whole, layer.size.0, layer.size.1).map_err(Fault::failed)?;
                &scaled
            };
            let encoder = layer.encoder(form, self.fps, self.share)?;
            let key = std::mem::take(&mut layer.key_wanted);
            let encoder = layer.encoder.insert(encoder);
            let frames = encoder.encode(picture, key).map_err(Fault::failed)?;
            all.extend(frames.into_iter().map(|frame| (layer.rid, frame)));
        }
        Ok(all)
    }
}

impl Layer {
    fn bitrate_bps(&self) -> u32 {
        self.size.0 * self.size.1 * BITS_PER_PIXEL
    }

    fn target_bps(&self, share: f64) -> u32 {
        (f64::from(self.bitrate_bps()) * share) as u32
    }

    /// The encoder as it is, or one for another codec.
    fn encoder(
        &mut self,
        form: SentForm,
        fps: u32,
        share: f64,
    ) -> Result<Box<dyn VideoEncoder>, Fault> {
        let known = self.encoder.take().filter(|_| self.form == Some(form));
        if let Some(encoder) = known {
            return Ok(encoder);
        }
        self.form = Some(form);
        let settings = VideoSettings {
            frame_rate: fps,
            max_unit_bytes: form.single.then_some(UNIT_BYTES_MAX),
            ..VideoSettings::new(self.size.0, self.size.1, self.target_bps(share))
        };
        video_encoder(form.codec, &settings).map_err(Fault::failed)
    }
}
