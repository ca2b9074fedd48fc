//! Tests of devices as an application has them.

mod generated;
mod support;
#[cfg(feature = "x11")]
mod x11;
