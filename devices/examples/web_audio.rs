//! A page's classic in Rust: `getUserMedia`, a graph of the Web Audio API, and what comes out as a
//! source again, that a call could send. The microphone is generated, or the system's.
//!
//! ```text
//! cargo run -p lapwing-devices --features web-audio --example web_audio -- generated out.wav
//! cargo run -p lapwing-devices --features web-audio --example web_audio -- microphone out.wav
//! ```

use std::error::Error;
use std::fs::File;
use std::time::{Duration, Instant};

use lapwing_devices::backends::Generated;
use lapwing_devices::constraints::StreamConstraints;
use lapwing_devices::{AudioGraphSource, MediaDevices, Permission};
use lapwing_media::files::WavWriter;
use lapwing_media::processing::AudioGraph;
use lapwing_media::processing::web_audio_api::context::{BaseAudioContext, OfflineAudioContext};
use lapwing_media::processing::web_audio_api::node::{AudioNode, BiquadFilterType};
use lapwing_media::sources::AudioSource;
use lapwing_media::{Polled, Source};

/// How much is written.
const LENGTH: Duration = Duration::from_secs(2);

/// A high-pass at 10 kHz, then half of it.
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
    let mut words = std::env::args().skip(1);
    let (Some(from), Some(to)) = (words.next(), words.next()) else {
        return Err("\"generated\" or \"microphone\", and the WAV file to write".into());
    };
    let builder = match from.as_str() {
        "generated" => MediaDevices::builder().backend(Generated::with_tone(12_000.0)),
        _ => MediaDevices::system(),
    };
    // Whoever runs this has agreed.
    let mut devices = builder.permission(|_| Permission::Granted).build();
    let stream = devices.get_user_media(&StreamConstraints::audio())?;
    let track = stream.audio().ok_or("there is sound")?;
    println!("{}: {:?}", track.label(), track.get_settings());

    let microphone = track.audio_source().ok_or("a track with sound")?;
    let graph = AudioGraph::new(Duration::from_millis(20), connect);
    let mut source = AudioGraphSource::new(microphone, graph);
    let mut file = WavWriter::new(File::create(to)?, source.rate(), source.channels())?;
    let end = Instant::now() + LENGTH;
    while Instant::now() < end {
        match source.poll(Instant::now()) {
            Polled::Item(sound) => file.write(&sound)?,
            Polled::Wait(at) => std::thread::sleep(at.saturating_duration_since(Instant::now())),
            Polled::Empty => break,
        }
    }
    file.finish()?;
    Ok(())
}
