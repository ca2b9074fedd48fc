//! A graph of the Web Audio API between capture and encoder: a high-pass at 10 kHz, then half of
//! it, over a WAV file in pieces of 10 ms.
//!
//! ```text
//! cargo run -p lapwing-media --features web-audio --example web_audio -- in.wav out.wav
//! ```

use std::error::Error;
use std::fs::File;
use std::time::Duration;

use lapwing_media::files::{Reader, WavReader, WavWriter};
use lapwing_media::processing::AudioGraph;
use lapwing_media::processing::web_audio_api::context::{BaseAudioContext, OfflineAudioContext};
use lapwing_media::processing::web_audio_api::node::{AudioNode, BiquadFilterType};

/// `context.createBiquadFilter()` and `context.createGain()`, as a page would have them between a
/// microphone's track and a connection.
fn connect(context: &OfflineAudioContext, source: &dyn AudioNode) {
    let mut filter = context.create_biquad_filter();
    filter.set_type(BiquadFilterType::Highpass);
    filter.frequency().set_value(10_000.0);
    let gain = context.create_gain();
    gain.gain().set_value(0.5);
    source.connect(&filter);
    filter.connect(&gain);
    gain.connect(&context.destination());
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = std::env::args().skip(1);
    let (Some(from), Some(to)) = (files.next(), files.next()) else {
        return Err("two files: the one to read and the one to write".into());
    };
    let mut reader = WavReader::new(File::open(from)?)?;
    let mut writer = WavWriter::new(File::create(to)?, reader.rate(), reader.channels())?;
    let mut graph = AudioGraph::new(Duration::from_millis(20), connect);
    while let Some(samples) = reader.next()? {
        writer.write(&graph.process(&samples)?)?;
    }
    writer.finish()?;
    Ok(())
}
