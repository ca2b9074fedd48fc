//! How a call goes.

use std::time::Duration;

use crate::client::DriverKind;

/// How a call goes.
#[derive(Clone, Debug)]
pub struct CallConfig {
    /// The room, for the report.
    pub room: String,
    /// Our name in it, for the report.
    pub name: String,
    /// What waits for sockets and time, for the report.
    pub driver: DriverKind,
    /// It ends after so long a time since the first connection; else when it is stopped.
    pub lasts: Option<Duration>,
    /// It is given up when nobody was reached for so long.
    pub wait: Option<Duration>,
    /// How many tracks shall come in; without it, every one that is announced.
    pub expect_tracks: Option<usize>,
}
