//! What a size and a frame rate are worth: a real clip at many bit rates, as a table; the sender
//! that chooses among them; and what two sizes at once cost.
//!
//! ```sh
//! cargo run --release -p lapwing-media --example sending              # prints the table
//! cargo run --release -p lapwing-media --example sending -- --write   # and keeps it
//! cargo run --release -p lapwing-media --example sending -- --check   # compares with the kept one
//! ```
//!
//! The clip is `media/assets/bunny-640x360.vp8.ivf`, forth and back, in VP8 at 25 pictures per
//! second. Each picture of the clip is compared with what is seen at its time: the last that was
//! decoded, at the full size.

#![expect(clippy::unwrap_used, reason = "what it shares with tests may fail")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[path = "../../tests/it/clips.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod clips;
mod layers;

use lapwing_engine::{Codec, MediaTime};
use lapwing_media::quality::psnr_luma;
use lapwing_media::sending::{VideoFormat, VideoSender, VideoSenderSettings};
use lapwing_media::{Picture, VideoDecoder, VideoSettings, scale, video_decoder, video_encoder};

const FULL: (u32, u32) = (640, 360);
const RATE: u32 = 25;
/// Ten seconds, of which the first two are not judged.
const PICTURES: usize = 250;
const JUDGED_FROM: usize = 50;

/// Figures may differ by this from machine to machine: libvpx has code for each.
const TOLERANCE: f64 = 0.1;

/// And whole numbers, pictures that were left out and kbit/s, by this.
const WHOLE_TOLERANCE: f64 = 5.0;

fn main() -> ExitCode {
    let table = table();
    print!("{table}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tables/sending.txt");
    match std::env::args().nth(1).as_deref() {
        None => ExitCode::SUCCESS,
        Some("--write") => match std::fs::write(&path, &table) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        Some("--check") => match std::fs::read_to_string(&path) {
            Ok(kept) if is_near(&kept, &table) => ExitCode::SUCCESS,
            Ok(_) => fail("the table is not the one that is kept: look at it, and --write it"),
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        Some(other) => fail(&format!("{other:?}: --write, --check or nothing")),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("sending: {why}");
    ExitCode::FAILURE
}

fn table() -> String {
    let clip = clips::pictures(clips::VP8, 125);
    let mut table =
        String::from("kbit/s  encoded as    PSNR dB  quantizer  left out  kbit/s sent\n");
    for bps in [50_000, 100_000, 150_000, 200_000, 300_000, 600_000] {
        for size in [FULL, (480, 270), (320, 180)] {
            for every in [1, 2] {
                let seen = fixed(&clip, bps, size, every);
                row(&mut table, bps, &format!("{}x{}/{every}", size.0, size.1), &seen);
            }
        }
        row(&mut table, bps, "as chosen", &chosen(&clip, bps));
    }
    table + "\n" + &layers::table(&clip)
}

fn row(table: &mut String, bps: u32, name: &str, seen: &Seen) {
    let judged = (PICTURES - JUDGED_FROM) as f64;
    let (sum, count) = seen.quantizer;
    let quantizer =
        if count > 0 { format!("{:.2}", sum / f64::from(count)) } else { "-".to_owned() };
    writeln!(
        table,
        "{:>6}  {name:<12}  {:>7.1}  {:>9}  {:>8}  {:>11.0}",
        bps / 1_000,
        seen.psnr / judged,
        quantizer,
        seen.left_out,
        seen.bytes as f64 * 8.0 / (PICTURES as f64 / f64::from(RATE)) / 1_000.0,
    )
    .expect("a string takes all");
}

/// What was seen of the clip.
struct Seen {
    decoder: Box<dyn VideoDecoder>,
    shown: Option<Picture>,
    /// Sum over the judged pictures.
    psnr: f64,
    /// Sum and number.
    quantizer: (f64, u32),
    /// Pictures that the encoder left out for want of bits.
    left_out: u32,
    bytes: usize,
}

impl Seen {
    fn new() -> Self {
        let decoder = video_decoder(Codec::Vp8).expect("VP8 is built in");
        Seen { decoder, shown: None, psnr: 0.0, quantizer: (0.0, 0), left_out: 0, bytes: 0 }
    }

    fn frame(&mut self, frame: &lapwing_engine::EncodedFrame) {
        self.bytes += frame.data.len();
        let picture = self.decoder.decode(frame).expect("our own frames are good").pop();
        if let Some(picture) = picture {
            self.shown = Some(scale(&picture, FULL.0, FULL.1).expect("a size"));
        }
    }

    fn judge(&mut self, number: usize, original: &Picture) {
        if let Some(shown) = self.shown.as_ref().filter(|_| number >= JUDGED_FROM) {
            self.psnr += psnr_luma(original, shown).expect("both have the full size").min(60.0);
        }
    }
}

/// Picture `number` of the clip forth and back.
fn picture(clip: &[Picture], number: usize) -> Picture {
    let place = number % (2 * clip.len());
    let mut picture = clip[place.min(2 * clip.len() - 1 - place)].clone();
    let ticks = number as u64 * u64::from(MediaTime::VIDEO_RATE / RATE);
    picture.set_time(MediaTime::new(ticks, MediaTime::VIDEO_RATE));
    picture
}

/// One size, and every so many pictures.
fn fixed(clip: &[Picture], bps: u32, size: (u32, u32), every: usize) -> Seen {
    let frame_rate = RATE / every as u32;
    let settings = VideoSettings { frame_rate, ..VideoSettings::new(size.0, size.1, bps) };
    let mut encoder = video_encoder(Codec::Vp8, &settings).expect("VP8 is built in");
    let mut seen = Seen::new();
    for number in 0..PICTURES {
        let original = picture(clip, number);
        if number % every == 0 {
            let scaled = scale(&original, size.0, size.1).expect("a size");
            let frames = encoder.encode(&scaled, false).expect("it encodes");
            seen.left_out += u32::from(frames.is_empty());
            frames.iter().for_each(|frame| seen.frame(frame));
            seen.quantizer.0 += encoder.quantizer().expect("libvpx tells");
            seen.quantizer.1 += 1;
        }
        seen.judge(number, &original);
    }
    seen
}

/// What the sender chooses with so many bits per second.
fn chosen(clip: &[Picture], bps: u32) -> Seen {
    let format = VideoFormat { codec: Codec::Vp8, size: FULL, frame_rate: f64::from(RATE) };
    let mut sender = VideoSender::new(VideoSenderSettings::new(format, bps)).expect("a size");
    let (mut seen, start) = (Seen::new(), Instant::now());
    for number in 0..PICTURES {
        let original = picture(clip, number);
        let now = start + Duration::from_secs(1) * number as u32 / RATE;
        let sent = sender.push(&original, now).expect("it encodes");
        sent.iter().for_each(|sent| seen.frame(&sent.frame));
        seen.judge(number, &original);
    }
    seen.left_out = u32::try_from(sender.stats().frames_without_bits).unwrap_or(u32::MAX);
    seen
}

/// Whether two tables have the same words, and figures that are near.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) =
        (a.split_whitespace().collect(), b.split_whitespace().collect());
    let near = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => {
            let least = if a.contains('.') { TOLERANCE } else { WHOLE_TOLERANCE };
            (x - y).abs() <= least.max(x.abs() * 0.03)
        }
        _ => a == b,
    };
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| near(a, b))
}
