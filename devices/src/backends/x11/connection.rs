//! The way to the server, and what goes wrong on it.

use x11rb::connection::Connection;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::ErrorKind;
use x11rb::protocol::xproto::{ImageOrder, Screen};
use x11rb::reexports::x11rb_protocol::parse_display::parse_display;
use x11rb::rust_connection::RustConnection;

use crate::error::{DeviceError, EndReason};

/// Servers of larger numbers have no port: those begin at 6,000. x11rb does not look.
const LAST_DISPLAY: u16 = u16::MAX - 6_000;

/// A connection, and the screen that is meant.
pub(super) struct Server {
    pub(super) connection: RustConnection,
    screen: usize,
}

/// Connects to the server at `display`, else to that of `DISPLAY`.
pub(super) fn connect(display: Option<&str>) -> Result<Server, DeviceError> {
    let parsed = parse_display(display).map_err(|_| DeviceError::NotFound)?;
    if parsed.display > LAST_DISPLAY {
        return Err(DeviceError::NotFound);
    }
    let (connection, screen) = RustConnection::connect(display).map_err(|error| match error {
        ConnectError::IoError(error) => error.into(),
        ConnectError::DisplayParsingError(_) => DeviceError::NotFound,
        error => DeviceError::System(error.to_string()),
    })?;
    if connection.setup().image_byte_order != ImageOrder::LSB_FIRST {
        return Err(DeviceError::Unsupported("a server of the other byte order".to_owned()));
    }
    Ok(Server { connection, screen })
}

impl Server {
    /// The screen that is meant.
    pub(super) fn screen(&self) -> &Screen {
        &self.connection.setup().roots[self.screen]
    }
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The server is gone.
    Server(String),
    /// What is captured is gone.
    Surface,
    /// The server refuses for now: what is captured is not shown, or has another size.
    Match,
    /// The server refuses.
    Refused(String),
}

impl From<ConnectionError> for Fault {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::UnsupportedExtension => Fault::Refused(error.to_string()),
            error => Fault::Server(error.to_string()),
        }
    }
}

impl From<ReplyError> for Fault {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            ReplyError::X11Error(error) => match error.error_kind {
                ErrorKind::Window | ErrorKind::Drawable | ErrorKind::Pixmap => Fault::Surface,
                ErrorKind::Match => Fault::Match,
                kind => Fault::Refused(format!("the X server says {kind:?}")),
            },
        }
    }
}

impl From<ReplyOrIdError> for Fault {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::ConnectionError(error) => error.into(),
            ReplyOrIdError::X11Error(error) => ReplyError::X11Error(error).into(),
            error => Fault::Refused(error.to_string()),
        }
    }
}

impl From<Fault> for DeviceError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Surface => DeviceError::NotFound,
            Fault::Match => DeviceError::Unsupported("a window without pictures".to_owned()),
            Fault::Server(text) | Fault::Refused(text) => DeviceError::System(text),
        }
    }
}

impl From<Fault> for EndReason {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Server(_) | Fault::Surface => EndReason::DeviceGone,
            fault => EndReason::Failed(fault.into()),
        }
    }
}
