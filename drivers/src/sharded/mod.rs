//! Many connections on many threads: each thread has a [`MultiDriver`](crate::multi::MultiDriver)
//! with sockets of its own, and connections never leave their thread.

mod driver;
mod handler;
mod mailbox;
mod shard;
mod worker;

pub use driver::{Ports, ShardedDriver};
pub use handler::Handler;
pub use shard::{PostError, Shard};
