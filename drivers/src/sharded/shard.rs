//! The handle of a shard, for other threads.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use lapwing_engine::Config;

use crate::mio::MultiDriver;
use crate::waker::Waker;

/// Something to be done on a shard's thread.
pub(super) type Command<K, H> = Box<dyn FnOnce(&mut MultiDriver<K>, &mut H) + Send>;

/// A shard as others see it. Clones are the same shard.
pub struct Shard<K, H> {
    pub(super) index: usize,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) commands: SyncSender<Command<K, H>>,
    pub(super) waker: Waker,
    pub(super) stop: Arc<AtomicBool>,
}

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostError {
    /// Too many commands wait: the shard is overloaded.
    Full,
    /// The shard's thread has ended: it was stopped, or it failed and
    /// [`ShardedDriver::start`](super::ShardedDriver::start)'s `on_fault` told of it.
    Stopped,
}

impl fmt::Display for PostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PostError::Full => "too many commands wait for the shard",
            PostError::Stopped => "the shard has ended",
        })
    }
}

impl std::error::Error for PostError {}

impl<K, H> Shard<K, H> {
    /// Its place among the shards.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The addresses of its sockets, for
    /// [`Config::shared_sockets`](lapwing_engine::Config::shared_sockets).
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Settings for a connection of this shard: [`config`](crate::config) with the shared sockets
    /// filled in.
    pub fn config(&self) -> io::Result<Config> {
        let mut config = crate::config()?;
        config.shared_sockets.clone_from(&self.addresses);
        Ok(config)
    }

    /// Has `command` run on the shard's thread, after those posted before, and wakes it for that.
    /// Never waits. A command that panics ends the shard, and those behind it are not run.
    pub fn post(
        &self,
        command: impl FnOnce(&mut MultiDriver<K>, &mut H) + Send + 'static,
    ) -> Result<(), PostError> {
        let posted = self.commands.try_send(Box::new(command));
        posted.map_err(|error| match error {
            TrySendError::Full(_) => PostError::Full,
            TrySendError::Disconnected(_) => PostError::Stopped,
        })?;
        self.waker.wake();
        Ok(())
    }

    /// Asks the thread to end after the turn it is in.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.waker.wake();
    }
}

impl<K, H> Clone for Shard<K, H> {
    fn clone(&self) -> Self {
        Shard {
            index: self.index,
            addresses: self.addresses.clone(),
            commands: self.commands.clone(),
            waker: self.waker.clone(),
            stop: self.stop.clone(),
        }
    }
}

impl<K, H> fmt::Debug for Shard<K, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shard").field("index", &self.index).finish_non_exhaustive()
    }
}
