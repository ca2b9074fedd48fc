//! The pictures that are sent.

use std::path::Path;
use std::sync::Arc;

use lapwing_engine::MediaTime;
use lapwing_media::Picture;
use lapwing_media::files::{IvfReader, Reader as _};
use lapwing_media::sources::DecodedVideo;

/// Ticks of the media clock from one picture to the next: 25 per second.
pub(crate) const TICKS: u64 = MediaTime::VIDEO_RATE as u64 / 25;

/// A clip that goes to and fro, so that it has no cuts.
#[derive(Clone)]
pub(crate) struct Clip(Arc<Vec<Picture>>);

impl Clip {
    pub(crate) fn open() -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/assets/bunny-640x360.vp8.ivf");
        let file = std::fs::File::open(path).expect("the clip is committed");
        let reader = IvfReader::new(file).expect("it is IVF");
        let mut decoded = DecodedVideo::new(reader).expect("VP8 is built in");
        let pictures = std::iter::from_fn(|| decoded.next().expect("the clip is whole"));
        Clip(Arc::new(pictures.collect()))
    }

    /// The picture with this number, at its time.
    pub(crate) fn picture(&self, number: u64) -> Picture {
        let last = self.0.len() as u64 - 1;
        let place = number % (2 * last);
        let mut picture = self.0[place.min(2 * last - place) as usize].clone();
        picture.set_time(MediaTime::new(number * TICKS, MediaTime::VIDEO_RATE));
        picture
    }
}
