//! How a shard fails.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;

/// A shard ended though nobody asked it to. Its connections are gone with it; the other shards go
/// on.
#[derive(Debug)]
pub struct ShardFault {
    /// Its place among the shards.
    pub shard: usize,
    /// Why it ended.
    pub cause: FaultCause,
}

/// Why a shard ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum FaultCause {
    /// The handler or a command panicked, and said this.
    Panic(String),
    /// The machine gave its sockets no service any more.
    Driver(io::Error),
}

impl ShardFault {
    pub(crate) fn driver(shard: usize, error: io::Error) -> Self {
        ShardFault { shard, cause: FaultCause::Driver(error) }
    }

    pub(crate) fn panic(shard: usize, payload: &(dyn Any + Send)) -> Self {
        let literal = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = literal.or_else(|| payload.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_else(|| "something that is no text".to_owned());
        ShardFault { shard, cause: FaultCause::Panic(text) }
    }
}

impl fmt::Display for ShardFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shard = self.shard;
        match &self.cause {
            FaultCause::Panic(text) => write!(f, "shard {shard} panicked: {text}"),
            FaultCause::Driver(error) => write!(f, "shard {shard} failed: {error}"),
        }
    }
}

impl Error for ShardFault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            FaultCause::Panic(_) => None,
            FaultCause::Driver(error) => Some(error),
        }
    }
}

/// For programs whose errors are those of the machine.
impl From<ShardFault> for io::Error {
    fn from(fault: ShardFault) -> Self {
        io::Error::other(fault)
    }
}
