//! Tests of devices as an application has them.

#[cfg(feature = "alsa")]
mod alsa;
mod echo;
mod generated;
mod support;
#[cfg(feature = "v4l2")]
mod v4l2;
#[cfg(feature = "x11")]
mod x11;
