//! Starting and stopping shards.

use std::fmt;
use std::hash::Hash;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};

use super::fault::ShardFault;
use super::handler::Handler;
use super::mailbox::mailboxes;
use super::shard::Shard;
use super::worker::Worker;
use crate::mio::MultiDriver;

/// Commands that may wait for a shard. A server that is so far behind should refuse work instead.
const COMMANDS_MAX: usize = 4_096;

/// Which ports shards have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Each its own: that of the address and those behind it, or any where it is zero. A peer's
    /// packets come to the thread that carries its connection, whatever the peer does.
    PerShard(SocketAddr),
    /// All the same (`SO_REUSEPORT`), for firewalls that let one port pass. The kernel spreads
    /// peers over the sockets, so that most packets come to another thread than the one they are
    /// for and are handed on, at the cost of a copy and a wake-up.
    Shared(SocketAddr),
}

/// Threads with a [`MultiDriver`] and a [`Handler`] each. Dropping it stops them.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use std::num::NonZeroUsize;
/// use std::time::Instant;
/// use lapwing_drivers::mio::MultiDriver;
/// use lapwing_drivers::sharded::{Handler, Ports, ShardFault, ShardedDriver};
/// use lapwing_engine::{Event, Rtc};
///
/// struct Log;
///
/// impl Handler<u64> for Log {
///     fn event(&mut self, driver: &mut MultiDriver<u64>, key: &u64, event: Event) {
///         println!("{key} of {}: {event:?}", driver.len());
///     }
/// }
///
/// let ports = Ports::PerShard("127.0.0.1:0".parse().expect("an address"));
/// let two = NonZeroUsize::new(2).expect("not zero");
/// let (faults, _heard) = std::sync::mpsc::channel();
/// let on_fault = move |fault: &ShardFault| {
///     let _ = faults.send(fault.shard);
/// };
/// let sharded = ShardedDriver::start(two, ports, |_| Log, on_fault)?;
/// let shard = &sharded.shards()[1];
/// let config = shard.config()?;
/// shard
///     .post(move |driver, _| {
///         driver.insert(7, Rtc::new(config, Instant::now()));
///     })
///     .expect("it runs and has room");
/// sharded.stop()?;
/// # Ok(())
/// # }
/// ```
pub struct ShardedDriver<K, H> {
    shards: Vec<Shard<K, H>>,
    threads: Vec<JoinHandle<Result<H, ShardFault>>>,
}

impl<K: Clone + Eq + Hash + Send + 'static, H: Handler<K>> ShardedDriver<K, H> {
    /// Opens the sockets and starts the threads, each with the handler that `handler` makes for its
    /// index.
    ///
    /// A shard whose handler or commands panic, or whose sockets fail, ends with its connections.
    /// The owner hears of it by `on_fault`, which is called at once, on the thread that ends;
    /// [`Shard::post`] refuses commands from before that call on. What follows is the owner's
    /// decision: to tell the peers, to go on with the other shards, to end the process.
    pub fn start(
        shards: NonZeroUsize,
        ports: Ports,
        mut handler: impl FnMut(usize) -> H,
        on_fault: impl Fn(&ShardFault) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let on_fault = Arc::new(on_fault);
        let drivers = bind(shards.get(), ports)?;
        let mailboxes = match ports {
            Ports::PerShard(_) => Vec::new(),
            Ports::Shared(_) => mailboxes(drivers.iter().map(MultiDriver::waker)),
        };
        let mut mailboxes = mailboxes.into_iter();
        let mut sharded = ShardedDriver { shards: Vec::new(), threads: Vec::new() };
        for (index, driver) in drivers.into_iter().enumerate() {
            let (commands, posted) = sync_channel(COMMANDS_MAX);
            let stop = Arc::new(AtomicBool::new(false));
            sharded.shards.push(Shard {
                index,
                addresses: driver.addresses(),
                commands,
                waker: driver.waker(),
                stop: stop.clone(),
            });
            let (handler, mailbox) = (handler(index), mailboxes.next());
            let worker = Worker { driver, handler, commands: posted, stop, mailbox };
            let on_fault = on_fault.clone();
            let thread = thread::Builder::new().name(format!("shard-{index}"));
            sharded.threads.push(thread.spawn(move || run(index, worker, &*on_fault))?);
        }
        Ok(sharded)
    }
}

impl<K, H> ShardedDriver<K, H> {
    /// The shards, by index.
    pub fn shards(&self) -> &[Shard<K, H>] {
        &self.shards
    }

    /// Ends the threads after what was posted to them, and gives the handlers back, or the fault of
    /// the first shard that failed, before or now. Connections are dropped as they are: close them
    /// before by commands.
    pub fn stop(mut self) -> Result<Vec<H>, ShardFault> {
        self.shards.iter().for_each(Shard::stop);
        let threads = std::mem::take(&mut self.threads).into_iter().enumerate();
        // Every thread is waited for, also behind one that failed.
        let ended: Vec<_> = threads
            .map(|(index, thread)| {
                // Only `on_fault` can panic outside of what is caught.
                let ended = thread.join();
                ended.unwrap_or_else(|payload| Err(ShardFault::panic(index, &*payload)))
            })
            .collect();
        ended.into_iter().collect()
    }
}

/// What a shard's thread does: whatever ends it, the owner hears of it.
fn run<K: Clone + Eq + Hash, H: Handler<K>>(
    index: usize,
    worker: Worker<K, H>,
    on_fault: &dyn Fn(&ShardFault),
) -> Result<H, ShardFault> {
    // The worker goes with a panic, so nobody sees what it left half done.
    let ended = catch_unwind(AssertUnwindSafe(|| worker.run()));
    let ended = match ended {
        Ok(ended) => ended.map_err(|error| ShardFault::driver(index, error)),
        Err(payload) => Err(ShardFault::panic(index, &*payload)),
    };
    if let Err(fault) = &ended {
        tracing::error!(%fault, "a shard ended, and its connections with it");
        on_fault(fault);
    }
    ended
}

fn bind<K: Clone + Eq + Hash>(shards: usize, ports: Ports) -> io::Result<Vec<MultiDriver<K>>> {
    let (mut local, shared) = match ports {
        Ports::PerShard(local) => (local, false),
        Ports::Shared(local) => (local, true),
    };
    let mut drivers = Vec::new();
    for _ in 0..shards {
        let mut driver = MultiDriver::new()?;
        let bound = driver.bind_as(local, shared)?;
        if shared {
            driver.announce();
            // The first may have let the system choose; the others follow.
            local.set_port(bound.first().map_or(0, SocketAddr::port));
        } else if local.port() != 0 {
            let next = local.port().checked_add(1).ok_or(io::ErrorKind::AddrNotAvailable)?;
            local.set_port(next);
        }
        drivers.push(driver);
    }
    Ok(drivers)
}

/// Ends the threads as [`ShardedDriver::stop`] does; faults were told to `on_fault`.
impl<K, H> Drop for ShardedDriver<K, H> {
    fn drop(&mut self) {
        self.shards.iter().for_each(Shard::stop);
        for thread in self.threads.drain(..) {
            // The owner heard of faults when they happened.
            let _ = thread.join();
        }
    }
}

impl<K, H> fmt::Debug for ShardedDriver<K, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardedDriver").field("shards", &self.shards).finish_non_exhaustive()
    }
}
