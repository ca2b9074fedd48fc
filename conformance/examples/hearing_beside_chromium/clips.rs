//! The speech that is said.

use std::fs::File;
use std::path::Path;

use lapwing_engine::MediaTime;
use lapwing_media::Samples;
use lapwing_media::files::{Reader, WavReader};

/// The committed clip at 16 kHz, in one piece.
pub(crate) fn speech() -> Samples {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/assets/speech-16k.wav");
    let mut reader =
        WavReader::new(File::open(path).expect("the clip is committed")).expect("it is a WAV file");
    let (rate, channels) = (reader.rate(), reader.channels());
    let parts = std::iter::from_fn(|| reader.next().expect("the file is good"));
    let data = parts.flat_map(Samples::into_data).collect();
    Samples::new(data, rate, channels, MediaTime::new(0, rate)).expect("a file has a format")
}
