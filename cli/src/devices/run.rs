//! Lists devices, and tries one.

use std::thread;
use std::time::{Duration, Instant};

use lapwing_devices::constraints::{Capabilities, ConstraintSet};
use lapwing_devices::{
    AudioChoice, DeviceInfo, DeviceKind, MediaDevices, MediaStreamTrack, Permission, VideoChoice,
    Which,
};
use lapwing_media::{Picture, Polled, Samples, Source};
use serde_json::{Value, json};

use super::args::{Action, Args, Kind};
use super::error::DevicesError;
use super::print::{line, lines, to_json};
use crate::outcome::Outcome;

/// How long a device is tried.
const TRIED_FOR: Duration = Duration::from_secs(1);
/// How long it may take until something comes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lists devices, or shows what those that are named can do.
///
/// # Errors
/// [`DevicesError`].
pub fn run(args: &Args) -> Outcome {
    // Whoever names a device on the command line has agreed to its use.
    let mut devices = MediaDevices::system().permission(|_| Permission::Granted).build();
    let all = devices.inspect();
    match &args.action {
        None => list(&all, None, args.json),
        Some(Action::List { kind }) => list(&all, *kind, args.json),
        Some(Action::Show { device, try_it }) => {
            let which = Which(Some(device.clone()));
            let fits = |(info, _): &&(DeviceInfo, Capabilities)| which.fits(info);
            let fitting: Vec<_> = all.iter().filter(fits).collect();
            let first = fitting.first();
            let (first, _) = first.ok_or_else(|| DevicesError::NoneFits(device.clone()))?;
            for (info, can) in &fitting {
                if args.json {
                    println!("{}", to_json(info, can));
                } else {
                    lines(info, can).iter().for_each(|line| println!("{line}"));
                }
            }
            if *try_it {
                tell(&tried(&mut devices, first)?, args.json);
            }
        }
    }
    Ok(())
}

fn list(all: &[(DeviceInfo, Capabilities)], kind: Option<Kind>, json: bool) {
    let mut listed = 0;
    for (info, can) in all.iter().filter(|(info, _)| is_listed(info.kind, kind)) {
        let text = if json { to_json(info, can).to_string() } else { line(info, can) };
        println!("{text}");
        listed += 1;
    }
    if listed == 0 && !json {
        println!("There is no device. Screens and windows need an X server (DISPLAY).");
    }
}

fn is_listed(kind: DeviceKind, wanted: Option<Kind>) -> bool {
    match wanted {
        None => true,
        Some(Kind::Camera) => kind == DeviceKind::VideoInput,
        Some(Kind::Microphone) => kind == DeviceKind::AudioInput,
        Some(Kind::Speaker) => kind == DeviceKind::AudioOutput,
        Some(Kind::Display) => kind == DeviceKind::Display,
    }
}

/// What came of a device.
fn tried(devices: &mut MediaDevices, info: &DeviceInfo) -> Result<Value, DevicesError> {
    let which = Which(Some(info.device_id.clone()));
    let any = ConstraintSet::default();
    let track = match info.kind {
        DeviceKind::AudioOutput => return Err(DevicesError::Speaker),
        DeviceKind::AudioInput => devices.open_audio(&AudioChoice(which), any),
        DeviceKind::VideoInput => devices.open_video(&VideoChoice::Camera(which), any),
        // One of the two has this id.
        DeviceKind::Display => devices
            .open_video(&VideoChoice::Screen(which.clone()), any.clone())
            .or_else(|_| devices.open_video(&VideoChoice::Window(which), any)),
    };
    let track = track.map_err(DevicesError::Open)?;
    if let Some(mut source) = track.video_source() {
        let pictures: Vec<Picture> = gather(&mut source);
        let first = pictures.first().ok_or_else(|| nothing(&track))?;
        let (width, height) = first.size();
        return Ok(json!({ "pictures": pictures.len(), "width": width, "height": height }));
    }
    let mut source = track.audio_source().ok_or_else(|| nothing(&track))?;
    let pieces: Vec<Samples> = gather(&mut source);
    let loudest = pieces.iter().flat_map(|piece| piece.data()).fold(0.0_f32, |a, b| a.max(b.abs()));
    let first = pieces.first().ok_or_else(|| nothing(&track))?;
    let frames: usize = pieces.iter().map(Samples::frames).sum();
    let peak_dbfs = 20.0 * f64::from(loudest.max(1e-6)).log10();
    Ok(json!({ "samples": frames, "rate": first.rate(), "peakDbfs": peak_dbfs.round() }))
}

fn nothing(track: &MediaStreamTrack) -> DevicesError {
    DevicesError::Nothing(track.ended())
}

/// What comes within a second of the first.
fn gather<S: Source>(source: &mut S) -> Vec<S::Output> {
    let mut items = Vec::new();
    let mut end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        match source.poll(Instant::now()) {
            Polled::Item(item) => {
                if items.is_empty() {
                    end = Instant::now() + TRIED_FOR;
                }
                items.push(item);
            }
            Polled::Wait(at) => thread::sleep(at.saturating_duration_since(Instant::now())),
            Polled::Empty => break,
        }
    }
    items
}

fn tell(came: &Value, json: bool) {
    if json {
        println!("{came}");
        return;
    }
    let came = match came["pictures"].as_u64() {
        Some(pictures) => {
            format!("{pictures} pictures of {}x{}", came["width"], came["height"])
        }
        None => format!(
            "{} samples of {} Hz, at most {} dB below full scale",
            came["samples"],
            came["rate"],
            -came["peakDbfs"].as_f64().unwrap_or_default()
        ),
    };
    println!("In a second came {came}.");
}
