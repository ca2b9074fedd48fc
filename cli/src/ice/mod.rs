//! `lapwing ice`: which candidates the given servers give, and how fast.

mod args;
mod error;
mod gather;
mod run;

pub use args::{Args, ServerArgs};
pub use error::IceError;
pub(crate) use gather::gather;
pub use run::run;
