//! Runners: an agent over standard input and output, under each driver.

mod mio;
mod program;
mod smol;
mod stdio;
mod tokio;

pub use self::mio::run as run_mio;
pub use self::smol::run as run_smol;
pub use self::tokio::run as run_tokio;
