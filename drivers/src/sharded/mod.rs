//! Many connections on many threads: each thread has a [`MultiDriver`](crate::mio::MultiDriver)
//! with sockets of its own, and connections never leave their thread.

mod driver;
mod fault;
mod handler;
mod mailbox;
mod shard;
mod worker;

pub use driver::{Ports, ShardedDriver};
pub use fault::{FaultCause, ShardFault};
pub use handler::Handler;
pub use shard::{PostError, Shard};
