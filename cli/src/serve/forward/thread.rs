//! The forwarder's thread: a driver of many connections behind shared sockets. Rooms talk to it
//! through a [`ForwardHandle`].

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lapwing_drivers::Waker;
use lapwing_drivers::mio::MultiDriver;

use super::forwarder::Forwarder;
use crate::protocol::signalling::ParticipantId;
use crate::serve::hub::{Command, Notice};

/// The longest wait when there is nothing to do; orders end it at once.
const TURN_TIME_MAX: Duration = Duration::from_secs(10);

#[derive(Debug)]
enum Order {
    Command(Command),
    Stop,
}

/// The way to a running forwarder. Dropping it ends the forwarder's thread.
#[derive(Debug)]
pub struct ForwardHandle {
    orders: Sender<Order>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl ForwardHandle {
    /// For the forwarder, in the order of calls.
    pub fn command(&self, command: Command) {
        self.order(Order::Command(command));
    }

    fn order(&self, order: Order) {
        // A forwarder that has ended needs no orders.
        if self.orders.send(order).is_ok() {
            self.waker.wake();
        }
    }
}

impl Drop for ForwardHandle {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the panic itself.
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
    /// its family that this machine has. `advertised` are addresses by which the sockets are reached
    /// through a translator.
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

    /// Starts the thread. `tell` is called there with what the rooms are to be told.
    ///
    /// # Errors
    /// The operating system's.
    pub fn start(self, tell: impl FnMut(Notice) + Send + 'static) -> io::Result<ForwardHandle> {
        let (orders, receiver) = channel();
        let waker = self.driver.waker();
        let thread = std::thread::Builder::new().name("forward".to_owned()).spawn(move || {
            if let Err(error) = run(self, &receiver, tell) {
                tracing::error!(%error, "forwarding ends");
            }
        })?;
        Ok(ForwardHandle { orders, waker, thread: Some(thread) })
    }
}

fn run(
    prepared: PreparedForwarder,
    orders: &Receiver<Order>,
    mut tell: impl FnMut(Notice),
) -> io::Result<()> {
    let mut forwarder = Forwarder::new(prepared.driver, prepared.advertised);
    loop {
        while let Ok(order) = orders.try_recv() {
            match order {
                Order::Command(command) => forwarder.command(command, Instant::now()),
                Order::Stop => {
                    forwarder.close(Instant::now());
                    return Ok(());
                }
            }
        }
        while let Some(notice) = forwarder.poll() {
            tell(notice);
        }
        for (id, event) in forwarder.connections_mut().turn(TURN_TIME_MAX)? {
            forwarder.event(&id, event, Instant::now());
        }
    }
}
