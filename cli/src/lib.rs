//! The lapwing program as a library: what its subcommands do, and the protocols they speak.

pub mod args;
pub mod protocol;
pub mod serve;
