//! `lapwing devices`: cameras, microphones, speakers, screens and windows, and what they can do.

mod args;
mod error;
mod print;
mod run;

pub use args::Args;
pub use error::DevicesError;
pub use run::run;
