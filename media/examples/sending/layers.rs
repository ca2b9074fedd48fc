//! What two sizes cost: in one stream of VP9 whose larger begins from the smaller, and as two
//! streams of their own, beside the larger alone.

use std::fmt::Write as _;

use lapwing_engine::{Codec, EncodedFrame};
use lapwing_media::codecs::join_layers;
use lapwing_media::quality::psnr_luma;
use lapwing_media::{
    Picture, VideoDecoder, VideoEncoder, VideoSettings, scale, video_decoder, video_encoder,
};

use super::{FULL, JUDGED_FROM, PICTURES, RATE, picture};

const HALF: (u32, u32) = (320, 180);

/// The smaller size's share of the bits where both are sent, as the encoder of both shares them.
const SMALLER: f64 = 0.55 / 1.55;

pub(super) fn table(clip: &[Picture]) -> String {
    let mut table =
        String::from("kbit/s  sizes           640x360 dB  320x180 dB  left out  kbit/s sent\n");
    for bps in [300_000, 600_000, 1_200_000] {
        let smaller = (f64::from(bps) * SMALLER) as u32;
        row(&mut table, bps, "one", watch(clip, &mut [encoder(FULL, bps, 1)]));
        row(&mut table, bps, "one stream", watch(clip, &mut [encoder(FULL, bps, 2)]));
        let two = &mut [encoder(HALF, smaller, 1), encoder(FULL, bps - smaller, 1)];
        row(&mut table, bps, "two streams", watch(clip, two));
    }
    table
}

fn encoder(size: (u32, u32), bps: u32, spatial_layers: u8) -> Box<dyn VideoEncoder> {
    let settings = VideoSettings {
        frame_rate: RATE,
        spatial_layers,
        ..VideoSettings::new(size.0, size.1, bps)
    };
    video_encoder(Codec::Vp9, &settings).expect("VP9 is built in")
}

fn row(table: &mut String, bps: u32, name: &str, seen: [Seen; 2]) {
    let [half, full] = seen;
    let kbps = |bytes: usize| bytes as f64 * 8.0 / (PICTURES as f64 / f64::from(RATE)) / 1_000.0;
    writeln!(
        table,
        "{:>6}  {name:<14}  {:>10}  {:>10}  {:>8}  {:>11.0}",
        bps / 1_000,
        full.mean(),
        half.mean(),
        full.left_out,
        kbps(half.bytes + full.bytes),
    )
    .expect("a string takes all");
}

/// What was seen in one size.
struct Seen {
    size: (u32, u32),
    decoder: Box<dyn VideoDecoder>,
    shown: Option<Picture>,
    psnr: f64,
    judged: u32,
    left_out: u32,
    bytes: usize,
}

impl Seen {
    fn new(size: (u32, u32)) -> Self {
        let decoder = video_decoder(Codec::Vp9).expect("VP9 is built in");
        Seen { size, decoder, shown: None, psnr: 0.0, judged: 0, left_out: 0, bytes: 0 }
    }

    fn show(&mut self, layers: &[EncodedFrame]) {
        let Some(whole) = join_layers(layers) else {
            self.left_out += 1;
            return;
        };
        self.shown = self.decoder.decode(&whole).expect("our own frames are good").pop();
    }

    fn judge(&mut self, original: &Picture) {
        let Some(shown) = &self.shown else { return };
        let original = scale(original, self.size.0, self.size.1).expect("a size");
        self.psnr += psnr_luma(&original, shown).expect("both have this size").min(60.0);
        self.judged += 1;
    }

    fn mean(&self) -> String {
        match self.judged {
            0 => "-".to_owned(),
            judged => format!("{:.1}", self.psnr / f64::from(judged)),
        }
    }
}

/// The smaller and the larger size of what these encoders make of the clip.
fn watch(clip: &[Picture], encoders: &mut [Box<dyn VideoEncoder>]) -> [Seen; 2] {
    let [mut half, mut full] = [HALF, FULL].map(Seen::new);
    for number in 0..PICTURES {
        let original = picture(clip, number);
        let streams = encoders.len();
        for (place, encoder) in encoders.iter_mut().enumerate() {
            let size = if place + 1 < streams { HALF } else { FULL };
            let scaled = scale(&original, size.0, size.1).expect("a size");
            let layers = encoder.encode(&scaled, false).expect("it encodes");
            let bytes: usize = layers.iter().map(|layer| layer.data.len()).sum();
            match (size == FULL, &layers[..]) {
                (true, [smaller, _]) => {
                    half.bytes += smaller.data.len();
                    half.show(std::slice::from_ref(smaller));
                    full.bytes += bytes - smaller.data.len();
                    full.show(&layers);
                }
                (true, _) => {
                    full.bytes += bytes;
                    full.show(&layers);
                }
                (false, _) => {
                    half.bytes += bytes;
                    half.show(&layers);
                }
            }
        }
        if number >= JUDGED_FROM {
            half.judge(&original);
            full.judge(&original);
        }
    }
    [half, full]
}
