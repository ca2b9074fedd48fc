//! Screens and windows of an X server that shows nothing to anybody.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use lapwing_devices::backends::X11;
use lapwing_devices::constraints::{
    ConstrainRange, ConstraintSet, DisplaySurface, StreamConstraints,
};
use lapwing_devices::{
    EndReason, MediaDevices, MediaError, MediaEvent, MediaStream, Permission, PermissionKind,
};
use lapwing_media::sources::VideoSource;
use lapwing_media::{Picture, PlaneIndex};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, PropMode,
    Rectangle, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::support::{await_item, skipped};

/// The server's screen.
const SIZE: (u32, u32) = (320, 240);

const RED: u32 = 0x00ff_0000;
const GREEN: u32 = 0x0000_ff00;
const BLUE: u32 = 0x0000_00ff;

/// What a colour comes to in BT.601, limited range: Y, U, V.
fn yuv(colour: u32) -> (u8, u8, u8) {
    match colour {
        RED => (82, 90, 240),
        GREEN => (145, 54, 34),
        BLUE => (41, 240, 110),
        _ => (16, 128, 128),
    }
}

/// An X server of one's own. Dropping it kills it.
struct Xvfb {
    child: Child,
    display: String,
}

impl Xvfb {
    /// `None`, and said so, where there is none on this machine.
    fn start(test: &str) -> Option<Self> {
        let screen = format!("{}x{}x24", SIZE.0, SIZE.1);
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0", &screen]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = child.spawn() else {
            skipped(test, "no Xvfb");
            return None;
        };
        let mut line = String::new();
        let output = child.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("it says where it listens");
        Some(Xvfb { child, display: format!(":{}", line.trim()) })
    }

    fn connect(&self) -> (RustConnection, Window) {
        let (connection, screen) =
            RustConnection::connect(Some(&self.display)).expect("the server does it");
        let root = connection.setup().roots[screen].root;
        (connection, root)
    }

    fn devices(&self, choose: &'static str) -> MediaDevices {
        let hook = move |request: &lapwing_devices::PermissionRequest| {
            assert_eq!(request.kind, PermissionKind::Display);
            let mut devices = request.devices.iter();
            let found = devices.find(|device| device.label.contains(choose));
            found.map_or(Permission::Denied, |it| Permission::Chosen(it.device_id.clone()))
        };
        MediaDevices::builder().backend(X11::at(self.display.clone())).permission(hook).build()
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A window of one colour with a title, shown.
fn window(
    connection: &RustConnection,
    root: Window,
    title: &str,
    colour: u32,
    at: (i16, i16, u16, u16),
) -> Window {
    let window = connection.generate_id().expect("the server does it");
    let look = CreateWindowAux::new().background_pixel(colour);
    let class = WindowClass::INPUT_OUTPUT;
    let (left, top, width, height) = at;
    connection
        .create_window(0, window, root, left, top, width, height, 0, class, 0, &look)
        .expect("the server does it");
    let kind = (AtomEnum::WM_NAME, AtomEnum::STRING);
    let title = title.as_bytes();
    connection
        .change_property8(PropMode::REPLACE, window, kind.0, kind.1, title)
        .expect("the server does it");
    connection.map_window(window).expect("the server does it");
    connection.sync().expect("the server does it");
    window
}

fn pixel(picture: &Picture, x: u32, y: u32) -> (u8, u8, u8) {
    let of = |plane, x: u32, y| picture.row(plane, y)[x as usize];
    (of(PlaneIndex::Y, x, y), of(PlaneIndex::U, x / 2, y / 2), of(PlaneIndex::V, x / 2, y / 2))
}

fn shows(picture: &Picture, (x, y): (u32, u32), colour: u32) -> bool {
    let (found, wanted) = (pixel(picture, x, y), yuv(colour));
    let near = |a: u8, b: u8| a.abs_diff(b) <= 2;
    near(found.0, wanted.0) && near(found.1, wanted.1) && near(found.2, wanted.2)
}

fn captured(devices: &mut MediaDevices, set: ConstraintSet) -> MediaStream {
    let wanted = StreamConstraints { video: Some(set.into()), audio: None };
    devices.get_display_media(&wanted).expect("the server does it")
}

#[test]
fn a_screen_is_seen_in_its_colours_and_smaller_too() {
    let Some(server) = Xvfb::start("x11::a_screen") else { return };
    let (connection, root) = server.connect();
    let back = window(&connection, root, "", BLUE, (0, 0, 320, 240));
    let pen = connection.generate_id().expect("the server does it");
    connection
        .create_gc(pen, back, &CreateGCAux::new().foreground(RED))
        .expect("the server does it");
    let corner = Rectangle { x: 0, y: 0, width: 160, height: 120 };
    connection.poly_fill_rectangle(back, pen, &[corner]).expect("the server does it");
    connection.sync().expect("the server does it");
    let mut devices = server.devices("creen");
    let stream = captured(&mut devices, ConstraintSet::default());
    let track = stream.video().expect("the server does it");
    let settings = track.get_settings();
    assert_eq!((settings.width, settings.height), (Some(SIZE.0), Some(SIZE.1)));
    assert_eq!(settings.display_surface, Some(DisplaySurface::Monitor));
    let mut source = track.video_source().expect("the server does it");
    // The pointer lies in the middle, and is seen.
    let is_drawn = |picture: &Picture| {
        let (width, height) = picture.size();
        shows(picture, (width / 8, height / 8), RED)
            && shows(picture, (width / 2 - 4, height / 8), RED)
            && shows(picture, (width / 2 + 4, height / 8), BLUE)
            && shows(picture, (width / 8, height / 2 - 4), RED)
            && shows(picture, (width / 8, height / 2 + 4), BLUE)
            && shows(picture, (width - 1, height - 1), BLUE)
    };
    assert!(await_item(&mut source, is_drawn).is_some());
    let smaller =
        ConstraintSet { width: Some(ConstrainRange::max(100)), ..ConstraintSet::default() };
    track.apply_constraints(smaller.into()).expect("the server does it");
    assert_eq!(source.size(), (100, 75));
    let is_small = |picture: &Picture| picture.size() == (100, 75) && is_drawn(picture);
    assert!(await_item(&mut source, is_small).is_some());
    // It is no still picture.
    let red = connection.generate_id().expect("the server does it");
    connection
        .create_gc(red, back, &CreateGCAux::new().foreground(GREEN))
        .expect("the server does it");
    let all = Rectangle { x: 0, y: 0, width: 320, height: 240 };
    connection.poly_fill_rectangle(back, red, &[all]).expect("the server does it");
    connection.sync().expect("the server does it");
    let is_green = |picture: &Picture| shows(picture, (2, 2), GREEN);
    let green = await_item(&mut source, is_green).expect("the server does it");
    assert!(shows(&green, (90, 70), GREEN));
}

#[test]
fn a_window_is_seen_below_others_and_when_it_grows() {
    let Some(server) = Xvfb::start("x11::a_window") else { return };
    let (connection, root) = server.connect();
    let below = window(&connection, root, "the lower", RED, (20, 20, 100, 80));
    let _above = window(&connection, root, "the upper", BLUE, (0, 0, 200, 200));
    let mut devices = server.devices("the lower");
    let stream = captured(&mut devices, ConstraintSet::default());
    let track = stream.video().expect("the server does it");
    assert_eq!(track.label(), "the lower");
    assert_eq!(track.get_settings().display_surface, Some(DisplaySurface::Window));
    let mut source = track.video_source().expect("the server does it");
    let is_red = |picture: &Picture| {
        picture.size() == (100, 80) && shows(picture, (1, 1), RED) && shows(picture, (99, 79), RED)
    };
    assert!(await_item(&mut source, is_red).is_some());
    // Twice as wide: it keeps the size of the track, and is cropped.
    connection
        .configure_window(below, &ConfigureWindowAux::new().width(200))
        .expect("the server does it");
    connection.sync().expect("the server does it");
    for _ in 0..5 {
        assert!(await_item(&mut source, is_red).is_some());
    }
    // While it is hidden there is nothing to see, and it says so.
    connection.unmap_window(below).expect("the server does it");
    connection.sync().expect("the server does it");
    let is_black = |picture: &Picture| shows(picture, (50, 40), 0);
    assert!(await_item(&mut source, is_black).is_some());
    assert!(track.muted());
    connection.map_window(below).expect("the server does it");
    connection.sync().expect("the server does it");
    assert!(await_item(&mut source, is_red).is_some());
    connection.destroy_window(below).expect("the server does it");
    connection.sync().expect("the server does it");
    assert!(await_item(&mut source, |_| false).is_none());
    assert_eq!(track.ended(), Some(EndReason::DeviceGone));
}

#[test]
fn a_server_that_goes_ends_the_track() {
    let Some(mut server) = Xvfb::start("x11::a_server") else { return };
    let mut devices = server.devices("creen");
    let stream = captured(&mut devices, ConstraintSet::default());
    let track = stream.video().expect("the server does it");
    let mut source = track.video_source().expect("the server does it");
    assert!(await_item(&mut source, |_| true).is_some());
    server.child.kill().expect("the server does it");
    server.child.wait().expect("the server does it");
    assert!(await_item(&mut source, |_| false).is_none());
    assert_eq!(track.ended(), Some(EndReason::DeviceGone));
    assert_eq!(source.fault().expect("the server does it").to_string(), "the device is gone");
    let reason = EndReason::DeviceGone;
    let ended = MediaEvent::TrackEnded { track: track.id().to_owned(), reason };
    let told: Vec<MediaEvent> = std::iter::from_fn(|| devices.poll_event()).collect();
    assert!(told.contains(&ended), "{told:?}");
}

#[test]
fn without_a_server_there_is_no_display() {
    for address in [":4321", ":64321", "", ":", "no-such-protocol/host:x"] {
        let mut devices = MediaDevices::builder()
            .backend(X11::at(address))
            .permission(|_| Permission::Granted)
            .build();
        let refused = devices.get_display_media(&StreamConstraints::video());
        assert_eq!(refused.err(), Some(MediaError::NotFound), "{address}");
    }
}

#[test]
fn a_window_is_opened_by_its_name() {
    let Some(server) = Xvfb::start("x11::by_name") else { return };
    let (connection, root) = server.connect();
    let at = [(0, 0, 64, 48), (100, 100, 80, 60)];
    let _one = window(&connection, root, "Report", RED, at[0]);
    let _other = window(&connection, root, "A sum", BLUE, at[1]);
    let mut devices = MediaDevices::builder()
        .backend(X11::at(server.display.clone()))
        .permission(|_| Permission::Granted)
        .build();
    let choice = "window:sum".parse().expect("the server does it");
    let track = devices.open_video(&choice, ConstraintSet::default()).expect("the server does it");
    assert_eq!(track.get_settings().width, Some(80));
    let mut source = track.video_source().expect("the server does it");
    let is_blue = |picture: &Picture| shows(picture, (40, 30), BLUE);
    assert!(await_item(&mut source, is_blue).is_some());
    let labels: Vec<String> = devices.inspect().into_iter().map(|(info, _)| info.label).collect();
    assert!(labels.contains(&"Report".to_owned()), "{labels:?}");
    let other = devices.open_video(
        &"window:nothing".parse().expect("the server does it"),
        ConstraintSet::default(),
    );
    assert_eq!(other.err(), Some(MediaError::NotFound));
}

#[test]
fn what_the_person_does_not_choose_is_not_seen() {
    let Some(server) = Xvfb::start("x11::no_choice") else { return };
    let mut devices = server.devices("no such window");
    let refused = devices.get_display_media(&StreamConstraints::video());
    assert_eq!(refused.err(), Some(MediaError::NotAllowed));
    assert_eq!(devices.poll_event(), None);
}
