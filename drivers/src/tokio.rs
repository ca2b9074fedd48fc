//! The drivers that await: one connection or many under tokio.

use std::io;
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
use ::tokio::io::Interest;
use ::tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use ::tokio::net::UdpSocket;
use ::tokio::time::{Sleep, sleep_until};

/// Drives one connection within a task of a runtime that has I/O and time enabled.
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use std::time::Instant;
/// use lapwing_drivers::tokio::Driver;
/// use lapwing_engine::{Event, Rtc};
///
/// let mut driver = Driver::new();
/// let mut rtc = Rtc::new(lapwing_drivers::config()?, Instant::now());
/// loop {
///     for event in driver.turn(&mut rtc).await? {
///         if let Event::Closed(reason) = event {
///             println!("over: {reason:?}");
///             return Ok(());
///         }
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Driver(AsyncDriver<Tokio>);

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
    /// Dropping the future while it waits loses nothing, so it may be a branch of `select!`.
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

/// Drives many connections within a task of a runtime that has I/O and time enabled, behind sockets
/// that they share.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use std::time::{Duration, Instant};
/// use lapwing_drivers::tokio::MultiDriver;
/// use lapwing_engine::Rtc;
///
/// let mut driver = MultiDriver::new();
/// driver.bind("127.0.0.1:0".parse().expect("an address"))?;
/// driver.insert("alice", Rtc::new(driver.config()?, Instant::now()));
/// for (key, event) in driver.turn(Duration::ZERO).await? {
///     println!("{key}: {event:?}");
/// }
/// # Ok(())
/// # }
/// ```
pub type MultiDriver<K> = multi::MultiDriver<K, Wait<Tokio>>;

/// Makes a driver one of tokio.
#[derive(Debug, Default)]
pub struct Tokio;

impl Registrar for Tokio {
    type Socket = UdpSocket;
    type Descriptor = AsyncFd<OwnedFd>;

    fn register(&self, _slot: usize, socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        UdpSocket::from_std(socket)
    }

    #[expect(
        deprecated,
        reason = "its replacement is unsafe, for types that do not own their descriptor; this one does"
    )]
    fn watch(&self, _slot: usize, descriptor: OwnedFd) -> io::Result<Self::Descriptor> {
        AsyncFd::with_interest(descriptor, Interest::READABLE.add(Interest::WRITABLE))
    }
}

impl Socket for UdpSocket {
    fn try_read<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.try_io(Interest::READABLE, read)
    }
}

impl AsyncSocket for UdpSocket {
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_recv_ready(cx)
    }
}

impl Runtime for Tokio {
    type Alarm = Pin<Box<Sleep>>;

    fn alarm(at: Instant) -> Self::Alarm {
        Box::pin(sleep_until(at.into()))
    }

    fn poll_alarm(alarm: &mut Self::Alarm, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if at <= Instant::now() {
            return Poll::Ready(());
        }
        if alarm.deadline() != at.into() {
            alarm.as_mut().reset(at.into());
        }
        alarm.as_mut().poll(cx)
    }

    fn poll_readable(descriptor: &Self::Descriptor, cx: &mut Context<'_>) -> Poll<()> {
        descriptor.poll_read_ready(cx).map(clear)
    }

    fn poll_writable(descriptor: &Self::Descriptor, cx: &mut Context<'_>) -> Poll<()> {
        descriptor.poll_write_ready(cx).map(clear)
    }
}

/// Who reads takes all there is, and who writes goes on until no more is taken, so the next notice
/// makes it ready anew.
fn clear<T: std::os::fd::AsRawFd>(guard: io::Result<AsyncFdReadyGuard<'_, T>>) {
    if let Ok(mut guard) = guard {
        guard.clear_ready();
    }
}
