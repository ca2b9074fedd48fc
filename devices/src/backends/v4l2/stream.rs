//! The thread that takes pictures from a camera.

use std::io;
use std::path::Path;
use std::time::Instant;

use lapwing_engine::MediaTime;
use lapwing_media::{Picture, PictureError};
use linuxvideo::format::{PixFormat, PixelFormat};
use linuxvideo::stream::ReadStream;
use linuxvideo::{Device as Node, Fract};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::list::{modes_in, pixels};
use crate::convert::{JpegDecoder, Layout, to_i420};
use crate::device::VideoMode;
use crate::error::{DeviceError, EndReason};
use crate::fit::crop_and_scale;
use crate::worker::Outbox;

/// How long to wait for a picture before looking whether to stop.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
/// So many waits in vain, ten seconds, are a camera that gives nothing any more.
const VAIN_WAITS_MAX: u32 = 50;

/// How pixels come.
#[derive(Clone, Copy, Debug)]
enum Coding {
    Raw(Layout),
    Jpeg,
}

pub(super) struct Camera {
    stream: ReadStream,
    coding: Coding,
    size: (u32, u32),
    stride: usize,
    mode: VideoMode,
    jpeg: JpegDecoder,
}

fn coding(pixels: PixelFormat) -> Option<Coding> {
    Some(match &pixels.as_fourcc() {
        b"NV12" => Coding::Raw(Layout::Nv12),
        b"YU12" => Coding::Raw(Layout::Yu12),
        b"YUYV" => Coding::Raw(Layout::Yuyv),
        b"UYVY" => Coding::Raw(Layout::Uyvy),
        b"GREY" => Coding::Raw(Layout::Grey),
        b"MJPG" | b"JPEG" => Coding::Jpeg,
        _ => return None,
    })
}

impl Camera {
    pub(super) fn open(path: &Path, mode: VideoMode) -> Result<Self, DeviceError> {
        let node = Node::open(path)?;
        let has = pixels(&node);
        let fitting = has.into_iter().find(|pixels| modes_in(&node, *pixels).contains(&mode));
        let pixels = fitting.ok_or_else(|| {
            DeviceError::Unsupported(format!("{} by {} pixels", mode.width, mode.height))
        })?;
        let wanted = PixFormat::new(mode.width, mode.height, pixels);
        let capture = node.video_capture(wanted)?;
        // The driver may have chosen otherwise.
        let got = capture.format();
        let coding = coding(got.pixel_format()).ok_or_else(|| {
            DeviceError::Unsupported(format!("the format {}", got.pixel_format()))
        })?;
        let size = (got.width(), got.height());
        let words = |error: PictureError| DeviceError::Unsupported(error.to_string());
        Picture::check_size(size.0, size.1).map_err(words)?;
        let stride = got.bytes_per_line() as usize;
        let (pictures, seconds) = mode.frame_rate;
        if pictures > 0 {
            // Not every camera lets itself be told its pace.
            let _ = capture.set_frame_interval(Fract::new(seconds, pictures));
        }
        let stream = capture.into_stream()?;
        Ok(Camera { stream, coding, size, stride, mode, jpeg: JpegDecoder::default() })
    }

    /// Takes pictures until it is stopped, or the camera is gone.
    pub(super) fn run(mut self, outbox: &Outbox<Picture>) -> EndReason {
        let start = Instant::now();
        let mut vain_waits = 0;
        while !outbox.is_stopped() {
            match self.wait() {
                Ok(true) => vain_waits = 0,
                Ok(false) => {
                    vain_waits += 1;
                    if vain_waits == VAIN_WAITS_MAX {
                        let what = "no picture came for ten seconds".to_owned();
                        return EndReason::Failed(DeviceError::System(what));
                    }
                    continue;
                }
                Err(error) => return end_reason(error.into()),
            }
            let time = MediaTime::from_duration(start.elapsed(), MediaTime::VIDEO_RATE);
            match self.take(time) {
                Ok(Some(picture)) => outbox.push(picture),
                // What came broken is passed over.
                Ok(None) => outbox.count_dropped(1),
                Err(error) => return end_reason(error),
            }
        }
        EndReason::Stopped
    }

    /// Whether a picture came.
    fn wait(&self) -> Result<bool, Errno> {
        let mut waited = [PollFd::new(&self.stream, PollFlags::IN)];
        match poll(&mut waited, Some(&PATIENCE)) {
            Ok(0) | Err(Errno::INTR) => Ok(false),
            Ok(_) if waited[0].revents().contains(PollFlags::IN) => Ok(true),
            // An error or a hang-up: it was unplugged.
            Ok(_) => Err(Errno::NODEV),
            Err(error) => Err(error),
        }
    }

    /// The picture that came, in the size of the mode; none where it is broken.
    fn take(&mut self, time: MediaTime) -> io::Result<Option<Picture>> {
        let Camera { stream, jpeg, coding, size, stride, mode } = self;
        stream.dequeue(|data| {
            if data.is_error() {
                return Ok(None);
            }
            let picture = match *coding {
                Coding::Raw(layout) => to_i420(&data, layout, *stride, *size, time).ok(),
                Coding::Jpeg => jpeg.decode(&data, time).ok(),
            };
            Ok(picture.and_then(|it| crop_and_scale(&it, mode.width, mode.height).ok()))
        })
    }
}

fn end_reason(error: io::Error) -> EndReason {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NODEV | Errno::NXIO) => EndReason::DeviceGone,
        _ => EndReason::Failed(error.into()),
    }
}
