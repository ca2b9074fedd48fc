//! `lapwing demo`: the room server, two native peers and a browser in one room, and a report of
//! what each saw.

mod args;
mod browser;
mod children;
mod error;
mod model;
mod native;
mod report;
mod run;

pub use args::Args;
pub use error::DemoError;
pub use run::run;
