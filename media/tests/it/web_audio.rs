//! Graphs of the Web Audio API.

use std::time::Duration;

use lapwing_engine::MediaTime;
use lapwing_media::Samples;
use lapwing_media::processing::web_audio_api::context::BaseAudioContext;
use lapwing_media::processing::web_audio_api::node::{AudioNode, BiquadFilterType};
use lapwing_media::processing::{AudioGraph, GraphError};
use lapwing_media::quality::level;
use lapwing_media::sources::Tone;

const RATE: u32 = 48_000;

/// The graph of the example: a high-pass at 10 kHz, then half of it.
fn graph() -> AudioGraph {
    AudioGraph::new(Duration::from_millis(20), |context, source| {
        let mut filter = context.create_biquad_filter();
        filter.set_type(BiquadFilterType::Highpass);
        filter.frequency().set_value(10_000.0);
        let gain = context.create_gain();
        gain.gain().set_value(0.5);
        source.connect(&filter);
        filter.connect(&gain);
        gain.connect(&context.destination());
    })
}

fn tone(frequency: f64, channels: u8) -> Samples {
    let mut tone = Tone::new(frequency, -6.0, RATE, channels).unwrap();
    let data = (0..25).flat_map(|_| tone.chunk().into_data()).collect();
    Samples::new(data, RATE, channels, MediaTime::new(0, RATE)).unwrap()
}

fn pieces(samples: &Samples, frames: usize) -> Vec<Samples> {
    let channels = usize::from(samples.channels());
    let chunks = samples.data().chunks(frames * channels).enumerate();
    let piece = |(index, data): (usize, &[f32])| {
        let time = MediaTime::new((index * frames) as u64, RATE);
        Samples::new(data.to_vec(), RATE, samples.channels(), time).unwrap()
    };
    chunks.map(piece).collect()
}

/// The second-order section that the specification prescribes, in dB, with the gain of one half
/// (Web Audio API section 1.13.3: the resonance is 1 dB at the corner by default).
fn expected_db(frequency: f64) -> f64 {
    use std::f64::consts::TAU;
    let corner = TAU * 10_000.0 / f64::from(RATE);
    let alpha = corner.sin() / (2.0 * 10.0_f64.powf(1.0 / 20.0));
    let cos = corner.cos();
    let b = [(1.0 + cos) / 2.0, -(1.0 + cos), (1.0 + cos) / 2.0];
    let a = [1.0 + alpha, -2.0 * cos, 1.0 - alpha];
    let size = |c: [f64; 3]| {
        let turn = TAU * frequency / f64::from(RATE);
        let real = c[0] + c[1] * turn.cos() + c[2] * (2.0 * turn).cos();
        let imaginary = c[1] * turn.sin() + c[2] * (2.0 * turn).sin();
        real.hypot(imaginary)
    };
    20.0 * (0.5 * size(b) / size(a)).log10()
}

#[test]
fn each_frequency_is_attenuated_as_the_specification_says() {
    for frequency in [500.0, 1_000.0, 4_000.0, 8_000.0, 10_000.0, 12_000.0, 16_000.0] {
        let tone = tone(frequency, 1);
        let mut graph = graph();
        let out: Vec<Samples> =
            pieces(&tone, 480).iter().map(|piece| graph.process(piece).unwrap()).collect();
        let last = out.last().unwrap();
        let found = level(last).rms_dbfs - level(&tone).rms_dbfs;
        let expected = expected_db(frequency);
        assert!((found - expected).abs() < 0.5, "{frequency} Hz: {found:.2}, not {expected:.2} dB");
    }
}

#[test]
fn pieces_give_what_the_whole_gives() {
    let tone = tone(9_000.0, 2);
    let whole = graph().process(&tone).unwrap();
    for frames in [480, 441, 100] {
        let mut graph = graph();
        let pieces = pieces(&tone, frames);
        let out: Vec<f32> =
            pieces.iter().flat_map(|piece| graph.process(piece).unwrap().into_data()).collect();
        let worst = out.iter().zip(whole.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert_eq!(out.len(), whole.data().len());
        assert!(worst < 1e-4, "{frames}: {worst}");
    }
}

#[test]
fn nothing_and_no_numbers_and_too_much_are_taken_or_refused() {
    let mut graph = graph();
    let time = MediaTime::new(0, RATE);
    let nothing = Samples::new(Vec::new(), RATE, 1, time).unwrap();
    assert_eq!(graph.process(&nothing).unwrap(), nothing);
    let wild = Samples::new(vec![f32::NAN, f32::INFINITY, 0.1], RATE, 1, time).unwrap();
    assert!(graph.process(&wild).unwrap().data().iter().all(|sample| sample.is_finite()));
    let frames = AudioGraph::MAX_PIECE + 1;
    let long = Samples::new(vec![0.0; frames], RATE, 1, time).unwrap();
    assert_eq!(graph.process(&long), Err(GraphError::TooLong { frames }));
}
