//! Pixels of devices, as I420.
//!
//! Colours are those of BT.601 in the limited range, as WebRTC assumes. What comes with too few
//! bytes is refused; lines that are longer than their pixels are allowed.

#[cfg(feature = "v4l2")]
mod jpeg;
#[cfg(feature = "x11")]
mod rgb;
#[cfg(feature = "v4l2")]
mod yuv;

#[cfg(feature = "v4l2")]
pub(crate) use jpeg::JpegDecoder;
#[cfg(feature = "x11")]
pub(crate) use rgb::bgrx_to_i420;
#[cfg(feature = "v4l2")]
pub(crate) use yuv::{Layout, to_i420};
