//! Where devices come from.
//!
//! | backend | devices | feature |
//! |---|---|---|
//! | [`Generated`] | a test pattern, a tone | |
//! | [`Files`] | files of pictures and of sound, played as if they were devices | |
//! | [`Alsa`] | microphones and speakers | `alsa` |
//! | [`V4l2`] | cameras | `v4l2` |
//! | [`X11`] | screens and windows | `x11` |

#[cfg(feature = "alsa")]
mod alsa;
mod files;
mod generated;
#[cfg(feature = "v4l2")]
mod v4l2;
#[cfg(feature = "x11")]
mod x11;

#[cfg(feature = "alsa")]
pub use alsa::Alsa;
pub use files::Files;
pub use generated::{Generated, Switches};
#[cfg(feature = "v4l2")]
pub use v4l2::V4l2;
#[cfg(feature = "x11")]
pub use x11::X11;
