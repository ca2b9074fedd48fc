//! What a program does on the threads of its shards.

use std::time::Duration;

use lapwing_engine::Event;

use crate::mio::MultiDriver;

/// A program's part on one shard. It runs on the shard's thread and may touch any connection of the
/// shard, such as to forward what one received to the others. A panic in it ends the shard with all
/// its connections; see [`ShardedDriver::start`](super::ShardedDriver::start).
pub trait Handler<K>: Send + 'static {
    /// Something happened to a connection.
    fn event(&mut self, driver: &mut MultiDriver<K>, key: &K, event: Event);

    /// All events of a turn were handed over. Gives how long the next turn may wait at most.
    fn turned(&mut self, driver: &mut MultiDriver<K>) -> Duration {
        let _ = driver;
        Duration::MAX
    }
}
