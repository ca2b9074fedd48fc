//! Cameras, by Video4Linux.
//!
//! Of the formats of pixels that a camera has, those without compression are taken first; most give
//! only JPEG in large sizes. A thread waits for pictures, and converts them.

mod list;
mod stream;

use std::path::PathBuf;
use std::time::Duration;

use lapwing_media::Picture;

use crate::backend::{Backend, VideoFeed};
use crate::device::{Device, VideoMode};
use crate::error::DeviceError;
use crate::worker::{Outbox, Setup, Worker};

/// Two pictures wait at most: a camera shows what is.
const SETUP: Setup = Setup { name: "lapwing-v4l2", limit: 2, poll_every: Duration::from_millis(4) };

/// The cameras of the machine.
#[derive(Clone, Debug)]
pub struct V4l2 {
    folder: PathBuf,
}

impl Default for V4l2 {
    fn default() -> Self {
        V4l2 { folder: PathBuf::from("/dev") }
    }
}

impl Backend for V4l2 {
    fn name(&self) -> &'static str {
        "v4l2"
    }

    fn devices(&self) -> Result<Vec<Device>, DeviceError> {
        list::devices(&self.folder)
    }

    fn open_video(&self, device_id: &str, mode: VideoMode) -> Result<VideoFeed, DeviceError> {
        let path = list::path(device_id, &self.folder).ok_or(DeviceError::NotFound)?;
        let open = move || stream::Camera::open(&path, mode);
        let serve = |camera: stream::Camera, outbox: &Outbox<Picture>| camera.run(outbox);
        Ok(Box::new(Worker::start(SETUP, open, serve)?))
    }
}
