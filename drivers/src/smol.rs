//! The drivers that await: one connection or many under smol.

use std::io;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::asynchronous::{AsyncDriver, AsyncSocket, Runtime, Wait};
use crate::counters::Counters;
use crate::events::Events;
use crate::machine::Machine;
use crate::multi;
use crate::sockets::{Registrar, Socket};
use crate::waker::Waker;
use ::smol::{Async, Timer};

/// Drives one connection within a task.
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// use std::time::Instant;
/// use lapwing_drivers::smol::Driver;
/// use lapwing_engine::{Event, Rtc};
///
/// smol::block_on(async {
///     let mut driver = Driver::new();
///     let mut rtc = Rtc::new(lapwing_drivers::config()?, Instant::now());
///     loop {
///         for event in driver.turn(&mut rtc).await? {
///             if let Event::Closed(reason) = event {
///                 println!("over: {reason:?}");
///                 return Ok(());
///             }
///         }
///     }
/// })
/// # }
/// ```
#[derive(Debug)]
pub struct Driver(AsyncDriver<Smol>);

impl Driver {
    /// A driver for one connection: give it the same one at each turn.
    #[expect(clippy::new_without_default, reason = "it opens descriptors: not a value of a type")]
    pub fn new() -> Self {
        Driver(AsyncDriver::new())
    }

    /// Carries out commands given since the last turn, waits until something happens, feeds it to
    /// the connection, and hands back the events. It may hand back none: time passed, or
    /// [`Waker::wake`] was called. Errors are those of the machine, never of the network.
    ///
    /// Dropping the future while it waits loses nothing, so it may race against others.
    pub async fn turn(&mut self, rtc: &mut impl Machine) -> io::Result<Events> {
        self.0.turn(rtc).await
    }

    /// What ends a turn from another task or thread.
    pub fn waker(&self) -> Waker {
        self.0.waker()
    }

    /// What was done so far, in numbers.
    pub fn counters(&self) -> Counters {
        self.0.counters()
    }
}

/// Drives many connections within a task, behind sockets that they share.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use std::time::{Duration, Instant};
/// use lapwing_drivers::smol::MultiDriver;
/// use lapwing_engine::Rtc;
///
/// smol::block_on(async {
///     let mut driver = MultiDriver::new();
///     driver.bind("127.0.0.1:0".parse().expect("an address"))?;
///     driver.insert("alice", Rtc::new(driver.config()?, Instant::now()));
///     for (key, event) in driver.turn(Duration::ZERO).await? {
///         println!("{key}: {event:?}");
///     }
///     Ok(())
/// })
/// # }
/// ```
pub type MultiDriver<K> = multi::MultiDriver<K, Wait<Smol>>;

/// Makes a driver one of smol.
#[derive(Debug, Default)]
pub struct Smol;

impl Registrar for Smol {
    type Socket = Async<UdpSocket>;
    type Descriptor = Async<OwnedFd>;

    fn register(&self, _slot: usize, socket: UdpSocket) -> io::Result<Self::Socket> {
        Async::new_nonblocking(socket)
    }

    fn watch(&self, _slot: usize, descriptor: OwnedFd) -> io::Result<Self::Descriptor> {
        Async::new_nonblocking(descriptor)
    }
}

impl Socket for Async<UdpSocket> {
    fn try_read<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        read()
    }
}

impl AsyncSocket for Async<UdpSocket> {
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Async::poll_readable(self, cx)
    }
}

impl Runtime for Smol {
    type Alarm = Timer;

    fn alarm(at: Instant) -> Timer {
        Timer::at(at)
    }

    fn poll_alarm(alarm: &mut Timer, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if at <= Instant::now() {
            return Poll::Ready(());
        }
        alarm.set_at(at);
        Future::poll(Pin::new(alarm), cx).map(|_| ())
    }

    fn poll_readable(descriptor: &Self::Descriptor, cx: &mut Context<'_>) -> Poll<()> {
        descriptor.poll_readable(cx).map(|_| ())
    }

    fn poll_writable(descriptor: &Self::Descriptor, cx: &mut Context<'_>) -> Poll<()> {
        descriptor.poll_writable(cx).map(|_| ())
    }
}
