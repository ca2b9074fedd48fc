//! How much anybody may take: memory for what waits, and how often something may be done.

mod bucket;
mod budget;

pub(crate) use bucket::Bucket;
pub use budget::{ADDRESS_BYTES_MAX, Budget, CLIENT_BYTES_MAX, QUEUED_BYTES_MAX, Share};
