//! Starting and stopping a relay.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use ::mio::{Poll, Waker};
use lapwing_engine::Protocol;
use lapwing_engine::turn::server::{Listener, TurnServer, TurnServerConfig};

use super::config::{RelayConfig, RelayMetrics};
use super::page::MetricsPage;
use super::ports::Ports;
use super::relays::Relays;
use super::shared::Shared;
use super::start;
use super::tls;
use super::worker::{WAKER, Worker};
use crate::clock::{seed, unix_time};
use crate::sharded::ShardFault;

/// A TURN server on threads. Dropping it stops them; clients hear nothing of it.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use lapwing_drivers::relay::{RelayConfig, RelayServer};
/// use lapwing_engine::turn::server::Users;
///
/// let mut config = RelayConfig::new("example.org", &["127.0.0.1:0".parse().expect("an address")]);
/// config.users = Users::default().with_user("ada", "secret");
/// let relay = RelayServer::start(config, |fault| eprintln!("{fault}"))?;
/// assert_ne!(relay.listeners()[0].local.port(), 0);
/// assert_eq!(relay.metrics().allocations, 0);
/// relay.stop()?;
/// # Ok(())
/// # }
/// ```
pub struct RelayServer {
    listeners: Vec<Listener>,
    shared: Arc<Shared>,
    stop: Arc<AtomicBool>,
    wakers: Vec<Waker>,
    threads: Vec<JoinHandle<Result<(), ShardFault>>>,
}

impl RelayServer {
    /// Opens the sockets and starts the threads.
    ///
    /// A thread that panics or whose sockets fail ends with its allocations. The owner hears of it
    /// by `on_fault`, at once, on the thread that ends; the others go on, and the kernel sends
    /// clients that come anew to them.
    ///
    /// # Errors
    /// An address that cannot be listened on, certificates or a key that cannot be read, TLS
    /// without them.
    pub fn start(
        config: RelayConfig,
        on_fault: impl Fn(&ShardFault) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let has_tls = config.listen.iter().any(|(_, protocol)| *protocol == Protocol::Tls);
        if has_tls && config.identity.is_none() {
            let text = "TLS needs a certificate and its key";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let tls = config.identity.as_ref().map(tls::context).transpose()?;
        let opened = start::listeners(&config)?;
        let (addresses, families) = start::relay_addresses(&config, &opened.listeners)?;
        let (threads, limits) = (config.threads.get(), &config.limits);
        let ports = Ports::new(config.ports.clone());
        let shared = Shared::new(ports, threads, limits.allocations_per_user, limits.allocations);
        let (shared, on_fault) = (Arc::new(shared), Arc::new(on_fault));
        let mut relay = RelayServer {
            listeners: opened.listeners.clone(),
            shared: shared.clone(),
            stop: Arc::default(),
            wakers: Vec::new(),
            threads: Vec::new(),
        };
        for (index, listening) in opened.sockets.into_iter().enumerate() {
            let machine = TurnServerConfig {
                listeners: opened.listeners.clone(),
                users: config.users.clone(),
                families,
                peers: config.peers.clone(),
                limits: config.limits.clone(),
                alternate: config.alternate,
                ..TurnServerConfig::new(seed()?, unix_time(), config.realm.clone())
            };
            let poll = Poll::new()?;
            relay.wakers.push(Waker::new(poll.registry(), WAKER)?);
            let relays = Relays::new(addresses.clone(), config.external.clone(), shared.clone());
            let worker = Worker {
                poll,
                turn: TurnServer::new(machine, Instant::now()),
                listening,
                relays,
                tls: tls.clone(),
                shared: shared.clone(),
                index,
                stop: relay.stop.clone(),
            };
            let (shared, on_fault) = (shared.clone(), on_fault.clone());
            let thread = thread::Builder::new().name(format!("relay-{index}"));
            let run = move || run(index, worker, &shared, &*on_fault);
            relay.threads.push(thread.spawn(run)?);
        }
        Ok(relay)
    }

    /// Where clients come to, with the ports that the system chose.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// What was done so far, as of a moment ago.
    pub fn metrics(&self) -> RelayMetrics {
        self.shared.metrics()
    }

    /// Answers http requests on an address with the metrics as text, in the way of Prometheus,
    /// until what is given is dropped.
    ///
    /// # Errors
    /// The address cannot be listened on, or there is no thread.
    pub fn serve_metrics(&self, address: SocketAddr) -> io::Result<MetricsPage> {
        MetricsPage::start(address, self.shared.clone())
    }

    /// Ends the threads, and gives the fault of the first that had failed.
    ///
    /// # Errors
    /// That fault.
    pub fn stop(mut self) -> io::Result<()> {
        self.tell_to_stop();
        let ended: Vec<_> = std::mem::take(&mut self.threads)
            .into_iter()
            .enumerate()
            .map(|(index, thread)| {
                let ended = thread.join();
                ended.unwrap_or_else(|payload| Err(ShardFault::panic(index, &*payload)))
            })
            .collect();
        Ok(ended.into_iter().collect::<Result<(), ShardFault>>()?)
    }

    fn tell_to_stop(&self) {
        self.stop.store(true, Ordering::Release);
        for waker in &self.wakers {
            if let Err(error) = waker.wake() {
                tracing::error!(%error, "a relay's thread cannot be woken");
            }
        }
    }
}

/// What a thread does: whatever ends it, the owner hears of it.
fn run(
    index: usize,
    worker: Worker,
    shared: &Shared,
    on_fault: &dyn Fn(&ShardFault),
) -> Result<(), ShardFault> {
    // The worker goes with a panic, so nobody sees what it left half done.
    let ended = match catch_unwind(AssertUnwindSafe(|| worker.run())) {
        Ok(ended) => ended.map_err(|error| ShardFault::driver(index, error)),
        Err(payload) => Err(ShardFault::panic(index, &*payload)),
    };
    if let Err(fault) = &ended {
        shared.tell_dead(index);
        tracing::error!(%fault, "a relay's thread ended, and its allocations with it");
        on_fault(fault);
    }
    ended
}

/// Ends the threads as [`RelayServer::stop`] does; faults were told to `on_fault`.
impl Drop for RelayServer {
    fn drop(&mut self) {
        self.tell_to_stop();
        for thread in self.threads.drain(..) {
            // The owner heard of faults when they happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for RelayServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayServer").field("listeners", &self.listeners).finish_non_exhaustive()
    }
}
