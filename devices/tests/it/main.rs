//! Tests of devices as an application has them.

#[cfg(feature = "alsa")]
mod alsa;
mod generated;
mod support;
#[cfg(feature = "x11")]
mod x11;
