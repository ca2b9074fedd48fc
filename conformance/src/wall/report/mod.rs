//! The wall as people see it.

mod figures;
mod markdown;
mod page;

pub use markdown::markdown;
pub use page::page;
