//! Tests with real browsers.

mod harness;
