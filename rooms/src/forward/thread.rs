//! The forwarder's thread: a driver of many connections behind shared sockets. Rooms talk to it
//! through a [`ForwardHandle`].
//!
//! A panic there ends all connections and no more: the thread begins anew on the same addresses,
//! and the rooms are told. After too many within a short time it gives up, and the server with it.

use std::any::Any;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lapwing_drivers::Waker;
use lapwing_drivers::mio::MultiDriver;
use tokio::sync::oneshot;

use super::forwarder::Forwarder;
use crate::hub::{Command, Notice};
use crate::limits::{Bucket, Share};
use crate::protocol::signalling::ParticipantId;

/// The longest wait when there is nothing to do; orders end it at once.
const TURN_TIME_MAX: Duration = Duration::from_secs(10);

/// Orders carried out between two turns: connections are not to starve while rooms talk.
const ORDERS_PER_TURN: usize = 64;

/// New beginnings after panics: one a second in the long run, so many at once. Whoever causes one
/// is put out and may come again; a fault that needs nobody's help shall not keep the machine busy
/// for ever.
const RESTARTS_PER_SECOND: u32 = 1;
const RESTARTS_BURST: u32 = 30;

#[derive(Debug)]
enum Order {
    /// With the memory that it takes while it waits.
    Command(Command, Option<Share>),
    Stop,
    /// Panics on behalf of a participant.
    #[cfg(test)]
    Break(ParticipantId),
}

/// The way to a running forwarder. Dropping it ends the forwarder's thread.
#[derive(Debug)]
pub struct ForwardHandle {
    orders: Sender<Order>,
    waker: Arc<Mutex<Waker>>,
    thread: Option<JoinHandle<()>>,
}

impl ForwardHandle {
    /// For the forwarder, in the order of calls. The share is kept until the command is carried
    /// out.
    pub fn command(&self, command: Command, share: Option<Share>) {
        self.order(Order::Command(command, share));
    }

    fn order(&self, order: Order) {
        // A forwarder that has ended needs no orders.
        if self.orders.send(order).is_ok() {
            self.waker.lock().unwrap_or_else(PoisonError::into_inner).wake();
        }
    }

    /// Makes the thread panic while it works for a participant.
    #[cfg(test)]
    pub(super) fn break_down(&self, id: ParticipantId) {
        self.order(Order::Break(id));
    }
}

impl Drop for ForwardHandle {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic outside of its work was reported by the panic itself.
            let _ = thread.join();
        }
    }
}

/// A forwarder that has its sockets and waits for the rooms.
#[derive(Debug)]
pub struct PreparedForwarder {
    driver: MultiDriver<ParticipantId>,
    advertised: Vec<IpAddr>,
}

impl PreparedForwarder {
    /// Opens UDP sockets on these addresses, all on `port`. A wildcard stands for every address of
    /// its family that this machine has. `advertised` are addresses by which the sockets are
    /// reached through a translator.
    ///
    /// # Errors
    /// The operating system's, with the address it is about.
    pub fn bind(
        addresses: &[IpAddr],
        port: u16,
        advertised: Vec<IpAddr>,
    ) -> Result<Self, (SocketAddr, io::Error)> {
        let first = addresses.first().copied().unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let mut driver =
            MultiDriver::new().map_err(|error| (SocketAddr::new(first, port), error))?;
        for address in addresses {
            let address = SocketAddr::new(*address, port);
            driver.bind(address).map_err(|error| (address, error))?;
        }
        Ok(PreparedForwarder { driver, advertised })
    }

    /// Where the sockets are.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.driver.addresses()
    }

    /// Starts the thread. `tell` is called there with what the rooms are to be told; `ended` hears
    /// why it ended when it was not told to.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start(
        self,
        tell: impl FnMut(Notice) + Send + 'static,
        ended: oneshot::Sender<String>,
    ) -> io::Result<ForwardHandle> {
        let (orders, receiver) = channel();
        let waker = Arc::new(Mutex::new(self.driver.waker()));
        let shared = Arc::clone(&waker);
        let thread = std::thread::Builder::new().name("forward".to_owned()).spawn(move || {
            if let Err(fault) = keep_running(self, &receiver, &shared, tell) {
                tracing::error!(fault, "forwarding ends");
                // A server that ends at the same time does not ask why.
                let _ = ended.send(fault);
            }
        })?;
        Ok(ForwardHandle { orders, waker, thread: Some(thread) })
    }
}

/// Runs until told to stop, and begins anew after a panic.
fn keep_running(
    prepared: PreparedForwarder,
    orders: &Receiver<Order>,
    waker: &Mutex<Waker>,
    mut tell: impl FnMut(Notice),
) -> Result<(), String> {
    let addresses = prepared.addresses();
    let advertised = prepared.advertised.clone();
    let mut restarts = Bucket::new(RESTARTS_PER_SECOND, RESTARTS_BURST, Instant::now());
    let mut prepared = prepared;
    loop {
        let mut works_for = None;
        let work = || run(prepared, orders, &mut tell, &mut works_for);
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(ended) => return ended.map_err(|error| error.to_string()),
            Err(panic) => {
                let fault = words(panic.as_ref());
                if !restarts.take(Instant::now()) {
                    return Err(format!("it panicked too often, at last with: {fault}"));
                }
                tracing::error!(fault, "forwarding broke down and begins anew");
            }
        }
        let mut driver = MultiDriver::new().map_err(|error| error.to_string())?;
        for address in &addresses {
            driver.bind(*address).map_err(|error| format!("{address}: {error}"))?;
        }
        *waker.lock().unwrap_or_else(PoisonError::into_inner) = driver.waker();
        prepared = PreparedForwarder { driver, advertised: advertised.clone() };
        // What was ordered before concerns connections that are no more.
        while let Ok(order) = orders.try_recv() {
            if matches!(order, Order::Stop) {
                return Ok(());
            }
        }
        tell(Notice::Restarted { culprit: works_for });
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?").to_owned()
}

fn run(
    prepared: PreparedForwarder,
    orders: &Receiver<Order>,
    tell: &mut impl FnMut(Notice),
    works_for: &mut Option<ParticipantId>,
) -> io::Result<()> {
    let mut forwarder = Forwarder::new(prepared.driver, prepared.advertised);
    loop {
        let mut wait = TURN_TIME_MAX;
        for done in 0.. {
            if done == ORDERS_PER_TURN {
                wait = Duration::ZERO;
                break;
            }
            match orders.try_recv() {
                Ok(Order::Command(command, share)) => {
                    *works_for = Some(command.participant().clone());
                    forwarder.command(command, Instant::now());
                    drop(share);
                }
                Ok(Order::Stop) => {
                    forwarder.close(Instant::now());
                    return Ok(());
                }
                #[cfg(test)]
                Ok(Order::Break(id)) => {
                    *works_for = Some(id);
                    panic!("a fault in the forwarder");
                }
                Err(_) => break,
            }
        }
        *works_for = None;
        while let Some(notice) = forwarder.poll() {
            tell(notice);
        }
        for (id, event) in forwarder.connections_mut().turn(wait)? {
            *works_for = Some(id.clone());
            forwarder.event(&id, event, Instant::now());
        }
        *works_for = None;
    }
}
