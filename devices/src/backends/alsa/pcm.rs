//! An open PCM, and what goes wrong with one.

use alsa::pcm::{Access, Format, HwParams, PCM};
use alsa::{Direction, ValueOr};
use rustix::io::Errno;

use crate::error::{DeviceError, EndReason};

/// How long an interruption of the program may be, in microseconds.
const BUFFER_US: u32 = 200_000;
/// How often the device tells how far it is, in microseconds.
const PERIOD_US: u32 = 10_000;

/// A PCM, and the format that it took.
pub(super) struct Opened {
    pub(super) pcm: PCM,
    pub(super) rate: u32,
    pub(super) channels: u8,
}

/// Opens a PCM for integers of 16 bits, in a format as near as it can.
pub(super) fn open(
    name: &str,
    direction: Direction,
    (rate, channels): (u32, u8),
) -> Result<Opened, DeviceError> {
    let pcm = PCM::new(name, direction, false).map_err(device_error)?;
    let set = || -> alsa::Result<(u32, u32)> {
        let params = HwParams::any(&pcm)?;
        params.set_access(Access::RWInterleaved)?;
        params.set_format(Format::s16())?;
        let channels = params.set_channels_near(channels.into())?;
        let rate = params.set_rate_near(rate, ValueOr::Nearest)?;
        params.set_period_time_near(PERIOD_US, ValueOr::Nearest)?;
        params.set_buffer_time_near(BUFFER_US, ValueOr::Nearest)?;
        pcm.hw_params(&params)?;
        Ok((rate, channels))
    };
    let (rate, channels) = set().map_err(device_error)?;
    let too_many = || DeviceError::Unsupported(format!("a device of {channels} channels"));
    let channels = u8::try_from(channels).map_err(|_| too_many())?;
    Ok(Opened { pcm, rate, channels })
}

fn errno(error: alsa::Error) -> Errno {
    // Some functions give it negative.
    Errno::from_raw_os_error(error.errno().saturating_abs())
}

/// Whether the program came too late, or the machine slept: it goes on after preparing anew.
pub(super) fn is_interruption(error: alsa::Error) -> bool {
    [Errno::PIPE, Errno::STRPIPE, Errno::INTR].contains(&errno(error))
}

pub(super) fn device_error(error: alsa::Error) -> DeviceError {
    match errno(error) {
        Errno::NOENT | Errno::NODEV | Errno::NXIO => DeviceError::NotFound,
        Errno::BUSY | Errno::AGAIN => DeviceError::Busy,
        Errno::ACCESS | Errno::PERM => DeviceError::NoAccess,
        _ => DeviceError::System(error.to_string()),
    }
}

pub(super) fn end_reason(error: alsa::Error) -> EndReason {
    match errno(error) {
        Errno::NODEV | Errno::NXIO | Errno::BADFD => EndReason::DeviceGone,
        _ => EndReason::Failed(device_error(error)),
    }
}
