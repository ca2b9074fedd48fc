//! Prints how many pictures per second of processor time are encoded and decoded.
//!
//! `cargo run --release -p lapwing-media --example speed`

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;

use lapwing_engine::Codec;
use lapwing_media::files::{IvfReader, Reader};
use lapwing_media::quality::psnr;
use lapwing_media::sources::DecodedVideo;
use lapwing_media::{Picture, VideoSettings, scale, video_decoder, video_encoder};

/// Pictures of the clip are taken so often, to measure over seconds.
const PASSES: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let clip = read_clip("bunny-640x360.vp8.ivf")?;
    println!("codec  size      encode  decode  both [pictures per CPU second]  kbit/s  PSNR [dB]");
    measure(Codec::Vp8, &clip, 1_000_000)?;
    let small: Vec<_> = clip.iter().map(|p| scale(p, 320, 180)).collect::<Result<_, _>>()?;
    measure(Codec::Vp8, &small, 300_000)?;
    measure(Codec::Av1, &small, 300_000)?;
    measure(Codec::Av1, &clip, 1_000_000)
}

fn read_clip(name: &str) -> Result<Vec<Picture>, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    let mut reader =
        DecodedVideo::new(IvfReader::new(File::open(path)?)?).map_err(|e| format!("{e:?}"))?;
    let mut pictures = Vec::new();
    while let Some(picture) = reader.next()? {
        pictures.push(picture);
    }
    Ok(pictures)
}

fn measure(codec: Codec, clip: &[Picture], bitrate_bps: u32) -> Result<(), Box<dyn Error>> {
    let (width, height) = clip[0].size();
    let settings =
        VideoSettings { frame_rate: 25, ..VideoSettings::new(width, height, bitrate_bps) };
    let mut encoder = video_encoder(codec, &settings)?;
    let mut frames = Vec::new();
    let mut latency = None;
    let start = cpu_seconds()?;
    for number in 0..PASSES * clip.len() {
        let mut picture = clip[number % clip.len()].clone();
        picture.set_time(lapwing_engine::MediaTime::new(3_600 * number as u64, 90_000));
        frames.append(&mut encoder.encode(&picture, false)?);
        if !frames.is_empty() {
            latency.get_or_insert(number);
        }
    }
    frames.append(&mut encoder.flush()?);
    let encoding = cpu_seconds()? - start;

    let mut decoder = video_decoder(codec)?;
    let mut pictures = Vec::new();
    let start = cpu_seconds()?;
    for frame in &frames {
        pictures.append(&mut decoder.decode(frame)?);
    }
    let decoding = cpu_seconds()? - start;

    let quality: f64 = pictures
        .iter()
        .map(|picture| {
            let number = (picture.time().ticks() / 3_600) as usize;
            psnr(picture, &clip[number % clip.len()]).map(|db| db.min(60.0))
        })
        .sum::<Result<f64, _>>()?
        / pictures.len() as f64;
    let bytes: usize = frames.iter().map(|frame| frame.data.len()).sum();
    let count = pictures.len() as f64;
    let kbps = bytes as f64 * 8.0 / 1_000.0 / ((PASSES * clip.len()) as f64 / 25.0);
    println!(
        "{codec:<5}  {width}x{height}  {:6.0}  {:6.0}  {:28.0}  {kbps:6.0}  {quality:9.1}  \
         ({} of {} pictures, first frame after {})",
        count / encoding,
        count / decoding,
        count / (encoding + decoding),
        pictures.len(),
        PASSES * clip.len(),
        latency.unwrap_or(0),
    );
    Ok(())
}

/// Processor time of all threads of this process so far, which Linux counts in hundredths of a
/// second.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name in parentheses may hold blanks; user and system time are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}
