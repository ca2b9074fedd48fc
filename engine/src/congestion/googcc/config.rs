//! How a controller of this kind begins.

use std::time::Duration;

use crate::bitrate::Bitrate;
use crate::congestion::controller::Limits;

/// What a call begins with (libwebrtc).
const START: Bitrate = Bitrate::kbps(300);

/// How much faster than the target packets may leave (libwebrtc, with an estimate of the sender's).
const PACING_PERCENT: u32 = 110;

/// How a controller of this kind begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoogCcConfig {
    /// The rate before anything is known.
    pub start: Bitrate,
    /// What the application wants, and what it allows, at first.
    pub limits: Limits,
    /// The pacing rate in percent of the target, 110 to 250: others are taken as the nearest of
    /// these.
    pub pacing_percent: u32,
    /// The congestion window: what the target lets out in a round trip and this time. `None`: no
    /// window.
    pub window: Option<Duration>,
}

impl Default for GoogCcConfig {
    fn default() -> Self {
        GoogCcConfig {
            start: START,
            limits: Limits::default(),
            pacing_percent: PACING_PERCENT,
            window: None,
        }
    }
}
