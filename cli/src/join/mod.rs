//! What the commands share that join a room: arguments, the console, signals, and how they end.

mod args;
mod board;
mod console;
mod interrupt;
mod panic;
mod status;
mod warning;

pub use args::JoinArgs;
pub use board::{BOARD_LINES, Board};
pub use console::Console;
pub use interrupt::Interrupt;
pub use panic::end_on_panic;
pub(crate) use panic::{PANICKED_STATUS, has_panicked};
pub(crate) use warning::warning;
