//! The thread that takes pictures of a surface.

use std::thread;
use std::time::{Duration, Instant};

use lapwing_engine::MediaTime;
use lapwing_media::{Picture, PictureError};
use x11rb::connection::Connection as _;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{
    ConnectionExt as _, Drawable, ImageFormat, MapState, Pixmap, Window,
};

use super::connection::{Fault, Server};
use super::list::Surface;
use super::pointer::{Pointer, draw};
use super::shared_memory::SharedMemory;
use crate::convert::bgrx_to_i420;
use crate::device::VideoMode;
use crate::error::{DeviceError, EndReason};
use crate::fit::crop_and_scale;
use crate::worker::Outbox;

/// Bits of a pixel that are understood: blue, green and red in a byte each, and a byte without
/// meaning.
const BITS_PER_PIXEL: u8 = 32;

/// What is captured, where it lies now.
#[derive(Clone, Copy, Debug)]
struct Area {
    drawable: Drawable,
    /// Within the drawable.
    left: i16,
    top: i16,
    width: u16,
    height: u16,
    /// On the root window: what the pointer's place is counted from.
    root: (i32, i32),
}

pub(super) struct Capture {
    server: Server,
    surface: Surface,
    mode: VideoMode,
    shared: Option<SharedMemory>,
    /// Whether the server draws the window apart from the screen.
    has_composite: bool,
    has_pointer: bool,
    /// Where the server draws the window, and the size that goes with it.
    pixmap: Option<(Pixmap, (u16, u16))>,
    pixels: Vec<u8>,
}

impl Capture {
    pub(super) fn open(
        server: Server,
        surface: Surface,
        mode: VideoMode,
    ) -> Result<Self, DeviceError> {
        let depth = server.screen().root_depth;
        let formats = &server.connection.setup().pixmap_formats;
        let format = formats.iter().find(|format| format.depth == depth);
        if depth < 24 || format.is_none_or(|format| format.bits_per_pixel != BITS_PER_PIXEL) {
            return Err(DeviceError::Unsupported(format!("a screen of {depth} bits")));
        }
        let length = mode.width as usize * mode.height as usize * 4;
        let mut capture = Capture {
            // What does not share its memory sends pictures over the connection.
            shared: SharedMemory::new(&server.connection, length).ok(),
            has_pointer: has_pointer(&server).is_ok(),
            has_composite: false,
            server,
            surface,
            mode,
            pixmap: None,
            pixels: Vec::new(),
        };
        if let Surface::Window(window) = surface {
            capture.has_composite = capture.redirect(window).is_ok();
        }
        // Whether it is there at all.
        capture.area()?;
        Ok(capture)
    }

    /// Takes pictures until it is stopped, or something is gone.
    pub(super) fn run(mut self, outbox: &Outbox<Picture>) -> EndReason {
        let start = Instant::now();
        let interval = Duration::from_secs_f64(1.0 / self.mode.rate().max(1.0));
        let mut due = start;
        while !outbox.is_stopped() {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let taken_at = Instant::now();
            let time = MediaTime::from_duration(taken_at - start, MediaTime::VIDEO_RATE);
            let taken = self.take(time);
            outbox.set_muted(matches!(taken, Ok(None)));
            match taken {
                Ok(Some(picture)) => outbox.push(picture),
                // Somebody may wait for pictures.
                Ok(None) => outbox.push(self.black(time)),
                Err(fault) => return fault.into(),
            }
            // Without catching up after a pause.
            due = (due + interval).max(taken_at + interval / 2);
        }
        EndReason::Stopped
    }

    fn black(&self, time: MediaTime) -> Picture {
        Picture::new(self.mode.width, self.mode.height, time).expect("modes are checked before")
    }

    /// A picture in the size of the mode; none while there is nothing to see.
    fn take(&mut self, time: MediaTime) -> Result<Option<Picture>, Fault> {
        let Some(area) = self.area()? else { return Ok(None) };
        match self.read(area) {
            Ok(()) => {}
            // It was resized or hidden since it was asked where it is.
            Err(Fault::Match) => {
                self.forget_pixmap();
                return Ok(None);
            }
            Err(fault) => return Err(fault),
        }
        let size = (u32::from(area.width), u32::from(area.height));
        if self.has_pointer {
            let pointer = self.pointer(area)?;
            draw(&mut self.pixels, size, &pointer);
        }
        let refused = |error: PictureError| Fault::Refused(error.to_string());
        let stride = size.0 as usize * 4;
        let picture = bgrx_to_i420(&self.pixels, stride, size, time).map_err(refused)?;
        let (width, height) = (self.mode.width, self.mode.height);
        crop_and_scale(&picture, width, height).map(Some).map_err(refused)
    }

    /// Reads the pixels of an area.
    fn read(&mut self, area: Area) -> Result<(), Fault> {
        let connection = &self.server.connection;
        let Area { drawable, left, top, width, height, .. } = area;
        let length = usize::from(width) * usize::from(height) * 4;
        if self.shared.as_ref().is_some_and(|shared| shared.len() < length) {
            self.shared = SharedMemory::new(connection, length).ok();
        }
        let format = ImageFormat::Z_PIXMAP;
        if let Some(shared) = &self.shared {
            let segment = shared.segment();
            connection
                .shm_get_image(drawable, left, top, width, height, !0, format.into(), segment, 0)?
                .reply()?;
            shared.read(&mut self.pixels, length);
        } else {
            let image = connection.get_image(format, drawable, left, top, width, height, !0)?;
            self.pixels = image.reply()?.data;
        }
        Ok(())
    }

    /// Where what is captured lies; none while it is not shown.
    fn area(&mut self) -> Result<Option<Area>, Fault> {
        match self.surface {
            Surface::Screen(left, top, width, height) => {
                let root = self.server.screen().root;
                let screen = self.server.connection.get_geometry(root)?.reply()?;
                // The screen may have become smaller than the monitor once was.
                let beyond = |start: i16, length: u16, whole: u16| {
                    i32::from(start) + i32::from(length) > i32::from(whole)
                };
                if beyond(left, width, screen.width) || beyond(top, height, screen.height) {
                    return Err(Fault::Surface);
                }
                let at = (i32::from(left), i32::from(top));
                Ok(Some(Area { drawable: root, left, top, width, height, root: at }))
            }
            Surface::Window(window) => self.window_area(window),
        }
    }

    fn window_area(&mut self, window: Window) -> Result<Option<Area>, Fault> {
        let connection = &self.server.connection;
        // All three are on their way before the first answer is awaited.
        let attributes = connection.get_window_attributes(window)?;
        let geometry = connection.get_geometry(window)?;
        let root = self.server.screen().root;
        let place = connection.translate_coordinates(window, root, 0, 0)?;
        let (attributes, geometry) = (attributes.reply()?, geometry.reply()?);
        let place = place.reply()?;
        if attributes.map_state != MapState::VIEWABLE {
            self.forget_pixmap();
            return Ok(None);
        }
        let (width, height) = (geometry.width, geometry.height);
        let (drawable, border) = match self.pixmap(window, (width, height))? {
            // The server draws the border with it.
            Some(pixmap) => (pixmap, geometry.border_width as i16),
            None => (window, 0),
        };
        let root = (i32::from(place.dst_x), i32::from(place.dst_y));
        Ok(Some(Area { drawable, left: border, top: border, width, height, root }))
    }

    /// Asks the server to draw a window apart from the screen, where others may lie above it.
    fn redirect(&self, window: Window) -> Result<(), Fault> {
        let connection = &self.server.connection;
        // Version 0.2 has names of pixmaps.
        connection.composite_query_version(0, 2)?.reply()?;
        connection.composite_redirect_window(window, Redirect::AUTOMATIC)?.check()?;
        Ok(())
    }

    /// Where the server draws a window. There is another place for each size.
    fn pixmap(&mut self, window: Window, size: (u16, u16)) -> Result<Option<Pixmap>, Fault> {
        if !self.has_composite {
            return Ok(None);
        }
        if let Some((pixmap, known)) = self.pixmap
            && known == size
        {
            return Ok(Some(pixmap));
        }
        self.forget_pixmap();
        let connection = &self.server.connection;
        let pixmap = connection.generate_id()?;
        match connection.composite_name_window_pixmap(window, pixmap)?.check().map_err(Fault::from)
        {
            Ok(()) => {
                self.pixmap = Some((pixmap, size));
                Ok(Some(pixmap))
            }
            // It was hidden since.
            Err(Fault::Match) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn forget_pixmap(&mut self) {
        if let Some((pixmap, _)) = self.pixmap.take()
            && let Ok(cookie) = self.server.connection.free_pixmap(pixmap)
        {
            // What the server no longer knows needs no freeing.
            cookie.ignore_error();
        }
    }

    /// The pointer, in the pixels of the area.
    fn pointer(&self, area: Area) -> Result<Pointer, Fault> {
        let image = self.server.connection.xfixes_get_cursor_image()?.reply()?;
        Ok(Pointer {
            left: i32::from(image.x) - i32::from(image.xhot) - area.root.0,
            top: i32::from(image.y) - i32::from(image.yhot) - area.root.1,
            width: image.width,
            height: image.height,
            pixels: image.cursor_image,
        })
    }
}

/// Whether the server tells what the pointer looks like.
fn has_pointer(server: &Server) -> Result<(), Fault> {
    server.connection.xfixes_query_version(4, 0)?.reply()?;
    Ok(())
}
