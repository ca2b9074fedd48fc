//! Which cameras there are, and what they can do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use linuxvideo::format::{FrameIntervals, FrameSizes, PixelFormat};
use linuxvideo::{BufType, CapabilityFlags, Device as Node, Fract};

use crate::device::{Device, DeviceInfo, DeviceKind, Formats, VideoMode};
use crate::error::DeviceError;

/// Formats of pixels that are understood, the cheapest first.
pub(super) const PIXELS: [PixelFormat; 7] = [
    PixelFormat::from_fourcc(*b"NV12"),
    PixelFormat::from_fourcc(*b"YU12"),
    PixelFormat::YUYV,
    PixelFormat::from_fourcc(*b"UYVY"),
    PixelFormat::MJPG,
    PixelFormat::JPEG,
    PixelFormat::from_fourcc(*b"GREY"),
];

/// Most cameras that are listed.
const MAX_CAMERAS: usize = 64;
/// What a camera does when nobody says what: the size and pace of browsers.
const DEFAULT: VideoMode = VideoMode::new(640, 480, 30);
/// Sizes of a camera that has any size between two, from large to small.
const COMMON: [(u32, u32); 5] = [(1_920, 1_080), (1_280, 720), (640, 480), (640, 360), (320, 240)];

const PREFIX: &str = "v4l2:";

/// All cameras of a folder of devices, in the order of their numbers.
pub(super) fn devices(folder: &Path) -> Result<Vec<Device>, DeviceError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        numbers.extend(name.strip_prefix("video").and_then(|rest| rest.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    let mut devices = Vec::new();
    for number in numbers.into_iter().take(MAX_CAMERAS) {
        // Some nodes are no cameras, or another user's.
        devices.extend(describe(folder, &format!("video{number}")).ok().flatten());
    }
    Ok(devices)
}

/// Where the camera of this id is.
pub(super) fn path(device_id: &str, folder: &Path) -> Option<PathBuf> {
    let name = device_id.strip_prefix(PREFIX)?;
    let digits = name.strip_prefix("video")?;
    // Nothing but a number: an id comes from the application, and is no way to other files.
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| folder.join(name))
}

fn describe(folder: &Path, name: &str) -> io::Result<Option<Device>> {
    let node = Node::open(folder.join(name))?;
    let capabilities = node.capabilities()?;
    if !capabilities.device_capabilities().contains(CapabilityFlags::VIDEO_CAPTURE) {
        return Ok(None);
    }
    let modes = modes(&node);
    if modes.is_empty() {
        return Ok(None);
    }
    let info = DeviceInfo {
        kind: DeviceKind::VideoInput,
        device_id: format!("{PREFIX}{name}"),
        group_id: format!("{PREFIX}{}", capabilities.bus_info()),
        label: capabilities.card().to_owned(),
    };
    let formats = Formats::Video { modes, facing_mode: None, display_surface: None };
    Ok(Some(Device { info, formats }))
}

/// All modes of a camera in formats that are understood, the default first.
fn modes(node: &Node) -> Vec<VideoMode> {
    let mut modes: Vec<VideoMode> = Vec::new();
    for pixels in pixels(node) {
        for mode in modes_in(node, pixels) {
            if modes.len() < Formats::MAX_MODES && !modes.contains(&mode) {
                modes.push(mode);
            }
        }
    }
    modes.sort_by_key(rank);
    modes
}

/// How far a mode is from the default.
fn rank(mode: &VideoMode) -> (u64, u64) {
    let area = |mode: &VideoMode| u64::from(mode.width) * u64::from(mode.height);
    let pace = (mode.rate() - DEFAULT.rate()).abs() * 1_000.0;
    (area(mode).abs_diff(area(&DEFAULT)), pace as u64)
}

/// The formats that a camera has and that are understood, the cheapest first.
pub(super) fn pixels(node: &Node) -> Vec<PixelFormat> {
    let has: Vec<PixelFormat> = node
        .formats(BufType::VIDEO_CAPTURE)
        .map_while(Result::ok)
        .take(Formats::MAX_MODES)
        .map(|format| format.pixel_format())
        .collect();
    PIXELS.into_iter().filter(|pixels| has.contains(pixels)).collect()
}

/// The modes of a camera in one format.
pub(super) fn modes_in(node: &Node, pixels: PixelFormat) -> Vec<VideoMode> {
    let Ok(sizes) = node.frame_sizes(pixels) else { return Vec::new() };
    let sizes: Vec<(u32, u32)> = match sizes {
        FrameSizes::Discrete(list) => list.iter().map(|it| (it.width(), it.height())).collect(),
        FrameSizes::Stepwise(range) | FrameSizes::Continuous(range) => {
            let fits = |(width, height): &(u32, u32)| {
                (range.min_width()..=range.max_width()).contains(width)
                    && (range.min_height()..=range.max_height()).contains(height)
            };
            COMMON.into_iter().filter(fits).collect()
        }
    };
    let mut modes = Vec::new();
    for (width, height) in sizes {
        let rates = node.frame_intervals(pixels, width, height).map(|it| rates(&it));
        // Some cameras do not say, and take their own pace.
        let rates = rates.unwrap_or_else(|_| vec![DEFAULT.frame_rate]);
        let mode = |frame_rate| VideoMode { width, height, frame_rate };
        modes.extend(rates.into_iter().map(mode));
    }
    modes
}

/// Pictures per second, of the times between them that a camera has.
fn rates(intervals: &FrameIntervals) -> Vec<(u32, u32)> {
    let rate =
        |time: &Fract| (time.numerator() > 0).then(|| (time.denominator(), time.numerator()));
    match intervals {
        FrameIntervals::Discrete(list) => list.iter().filter_map(|it| rate(it.fract())).collect(),
        FrameIntervals::Stepwise(range) | FrameIntervals::Continuous(range) => {
            rate(range.min()).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_no_way_to_other_files() {
        let folder = Path::new("devices");
        assert_eq!(path("v4l2:video12", folder), Some(folder.join("video12")));
        for bad in ["v4l2:video", "v4l2:video1/../sda", "v4l2:../video0", "video0", "x11:video0"] {
            assert_eq!(path(bad, folder), None, "{bad}");
        }
    }

    #[test]
    fn the_default_is_that_of_browsers() {
        let mut modes = [
            VideoMode::new(1_920, 1_080, 30),
            VideoMode::new(640, 480, 15),
            VideoMode { width: 640, height: 480, frame_rate: (30_000, 1_001) },
            VideoMode::new(320, 240, 30),
        ];
        modes.sort_by_key(rank);
        assert_eq!(modes[0].frame_rate, (30_000, 1_001));
        assert_eq!(modes[1].frame_rate, (15, 1));
        assert_eq!(modes[3].width, 1_920);
    }

    #[test]
    fn nodes_that_are_no_cameras_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("video0"), b"a file").unwrap();
        fs::write(folder.path().join("audio"), b"").unwrap();
        assert_eq!(devices(folder.path()), Ok(Vec::new()));
        assert_eq!(devices(&folder.path().join("none")), Err(DeviceError::NotFound));
    }
}
