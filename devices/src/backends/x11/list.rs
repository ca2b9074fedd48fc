//! Which screens and windows there are.

use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, MapState, Window, WindowClass};

use super::connection::{Fault, Server};
use crate::constraints::DisplaySurface;
use crate::device::{Device, DeviceInfo, DeviceKind, Formats, VideoMode};
use crate::error::DeviceError;

/// Pictures per second of displays.
const FRAME_RATE: u32 = 30;
/// Most windows that are listed.
const MAX_WINDOWS: usize = 256;
/// Most of a window's title that is read, in units of four bytes.
const MAX_TITLE: u32 = 256;
/// Windows smaller than this are no windows to a person.
const LEAST_SIDE: u16 = 16;

/// What is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    /// Of the screen: left, top, width, height.
    Screen(i16, i16, u16, u16),
    Window(Window),
}

/// All screens, then all windows with a title, those of the window manager's list first.
pub(super) fn devices(server: &Server) -> Result<Vec<Device>, DeviceError> {
    let mut devices = screens(server);
    for window in windows(server)?.into_iter().take(MAX_WINDOWS) {
        // A window may go while it is asked about.
        devices.extend(describe(server, window).ok().flatten());
    }
    Ok(devices)
}

/// What a device of ours is.
pub(super) fn parse(device_id: &str) -> Option<Surface> {
    let rest = device_id.strip_prefix("x11:")?;
    if let Some(number) = rest.strip_prefix("window:0x") {
        return u32::from_str_radix(number, 16).ok().map(Surface::Window);
    }
    let area = rest.strip_prefix("screen:")?;
    let mut numbers = area.split(['x', '+']);
    let (width, height) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    let (left, top) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    numbers.next().is_none().then_some(Surface::Screen(left, top, width, height))
}

type Area = (i16, i16, u16, u16);

/// Each monitor of the screen, as RandR knows them; the whole first where that is not the same.
fn screens(server: &Server) -> Vec<Device> {
    let screen = server.screen();
    let (width, height) = (screen.width_in_pixels, screen.height_in_pixels);
    let monitors = monitors(server, screen.root).unwrap_or_default();
    let named = |(name, area): (String, Area)| screen_device(&format!("Screen {name}"), area);
    let mut all: Vec<Device> = monitors.into_iter().map(named).collect();
    if all.len() != 1 {
        all.insert(0, screen_device("Entire screen", (0, 0, width, height)));
    }
    all
}

fn monitors(server: &Server, root: Window) -> Result<Vec<(String, Area)>, Fault> {
    let connection = &server.connection;
    // Version 1.5 has monitors.
    connection.randr_query_version(1, 5)?.reply()?;
    let reply = connection.randr_get_monitors(root, true)?.reply()?;
    let mut monitors = Vec::new();
    for monitor in reply.monitors {
        let name = connection.get_atom_name(monitor.name)?.reply()?.name;
        let area = (monitor.x, monitor.y, monitor.width, monitor.height);
        monitors.push((String::from_utf8_lossy(&name).into_owned(), area));
    }
    Ok(monitors)
}

fn screen_device(label: &str, (left, top, width, height): Area) -> Device {
    let device_id = format!("x11:screen:{width}x{height}+{left}+{top}");
    device(device_id, label.to_owned(), DisplaySurface::Monitor, (width, height))
}

fn device(
    device_id: String,
    label: String,
    surface: DisplaySurface,
    (width, height): (u16, u16),
) -> Device {
    let (kind, group_id) = (DeviceKind::Display, "x11".to_owned());
    let info = DeviceInfo { kind, device_id, group_id, label };
    let modes = vec![VideoMode::new(width.into(), height.into(), FRAME_RATE)];
    let display_surface = Some(surface);
    Device { info, formats: Formats::Video { modes, facing_mode: None, display_surface } }
}

/// The windows that the window manager knows; without one, the children of the root.
fn windows(server: &Server) -> Result<Vec<Window>, Fault> {
    let connection = &server.connection;
    let root = server.screen().root;
    let list = atom(server, b"_NET_CLIENT_LIST")?;
    let most = MAX_WINDOWS as u32;
    let reply = connection.get_property(false, root, list, AtomEnum::WINDOW, 0, most)?.reply()?;
    let managed: Vec<Window> = reply.value32().into_iter().flatten().collect();
    if !managed.is_empty() {
        return Ok(managed);
    }
    Ok(connection.query_tree(root)?.reply()?.children)
}

/// A window as a device, if a person could mean it.
fn describe(server: &Server, window: Window) -> Result<Option<Device>, Fault> {
    let connection = &server.connection;
    let attributes = connection.get_window_attributes(window)?.reply()?;
    let geometry = connection.get_geometry(window)?.reply()?;
    let (width, height) = (geometry.width, geometry.height);
    let is_shown = attributes.map_state == MapState::VIEWABLE
        && attributes.class == WindowClass::INPUT_OUTPUT
        && width.min(height) >= LEAST_SIDE;
    let title = if is_shown { title(server, window)? } else { None };
    let id = format!("x11:window:0x{window:x}");
    Ok(title.map(|title| device(id, title, DisplaySurface::Window, (width, height))))
}

fn title(server: &Server, window: Window) -> Result<Option<String>, Fault> {
    let modern = (atom(server, b"_NET_WM_NAME")?, atom(server, b"UTF8_STRING")?);
    let classic = (Atom::from(AtomEnum::WM_NAME), Atom::from(AtomEnum::ANY));
    for (property, kind) in [modern, classic] {
        let reply =
            server.connection.get_property(false, window, property, kind, 0, MAX_TITLE)?.reply()?;
        if !reply.value.is_empty() {
            return Ok(Some(String::from_utf8_lossy(&reply.value).into_owned()));
        }
    }
    Ok(None)
}

fn atom(server: &Server, name: &[u8]) -> Result<Atom, Fault> {
    Ok(server.connection.intern_atom(false, name)?.reply()?.atom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_devices_say_what_they_are() {
        let screen = screen_device("", (-10, 20, 640, 480)).info.device_id;
        assert_eq!(parse(&screen), Some(Surface::Screen(-10, 20, 640, 480)));
        assert_eq!(parse("x11:window:0x1f"), Some(Surface::Window(31)));
        for bad in ["", "x11:screen:1x2+3", "x11:screen:1x2+3+4+5", "x11:window:1", "v4l2:0"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
