//! Screens and windows, by the X11 protocol.
//!
//! A thread asks the server for a picture at the pace of the mode: through shared memory where
//! server and program share a machine (MIT-SHM), else over the connection. Windows are taken from
//! where the server draws them (Composite), so that others may lie above them; where the server
//! cannot do that, what lies above is seen.

mod capture;
mod connection;
mod list;
mod pointer;
mod shared_memory;

use std::time::Duration;

use crate::backend::{Backend, VideoFeed};
use crate::device::{Device, VideoMode};
use crate::error::DeviceError;
use crate::worker::{Setup, Worker};

/// Two pictures wait at most: a screen that is not looked at is of no interest.
const SETUP: Setup = Setup { name: "lapwing-x11", limit: 2, poll_every: Duration::from_millis(4) };

/// The screens and windows of an X server.
#[derive(Clone, Debug, Default)]
pub struct X11 {
    display: Option<String>,
}

impl X11 {
    /// Those of the server at this address, such as `:1`; by default it is `DISPLAY`'s.
    pub fn at(display: impl Into<String>) -> Self {
        X11 { display: Some(display.into()) }
    }
}

impl Backend for X11 {
    fn name(&self) -> &'static str {
        "x11"
    }

    fn devices(&self) -> Result<Vec<Device>, DeviceError> {
        list::devices(&connection::connect(self.display.as_deref())?)
    }

    fn open_video(&self, device_id: &str, mode: VideoMode) -> Result<VideoFeed, DeviceError> {
        let surface = list::parse(device_id).ok_or(DeviceError::NotFound)?;
        let display = self.display.clone();
        let open =
            move || capture::Capture::open(connection::connect(display.as_deref())?, surface, mode);
        let serve = |capture: capture::Capture, outbox: &_| capture.run(outbox);
        Ok(Box::new(Worker::start(SETUP, open, serve)?))
    }
}
