//! Tests with real browsers.

mod harness;
mod peers;
