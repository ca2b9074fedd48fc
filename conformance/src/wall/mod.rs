//! The interop wall: cases that Lapwing plays with every other stack, checked by content.

mod side;

pub use side::Side;
