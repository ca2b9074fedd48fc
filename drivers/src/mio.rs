//! The drivers that block: one connection or many over mio.

use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::task::Wake;
use std::time::{Duration, Instant};

use crate::core::Core;
use crate::counters::Counters;
use crate::events::Events;
use crate::machine::Machine;
use crate::multi;
use crate::network::Network;
use crate::sockets::{Registrar, Socket};
use crate::waker::Waker;
use ::mio::unix::SourceFd;
use ::mio::{Interest, Poll, Registry, Token};

const WAKER: Token = Token(0);
const INTERFACES: Token = Token(1);
/// Sockets have the tokens from here on, by their slot.
const FIRST_SOCKET: usize = 2;

/// Kernel events taken per wait; what is left comes with the next one.
const KERNEL_EVENTS: usize = 64;

/// Drives one connection on the calling thread.
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// use std::time::Instant;
/// use lapwing_drivers::mio::Driver;
/// use lapwing_engine::{Event, Rtc};
///
/// let mut driver = Driver::new()?;
/// let mut rtc = Rtc::new(lapwing_drivers::config()?, Instant::now());
/// loop {
///     for event in driver.turn(&mut rtc)? {
///         if let Event::Closed(reason) = event {
///             println!("over: {reason:?}");
///             return Ok(());
///         }
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Driver {
    wait: Wait,
    core: Core<Registry>,
}

impl Driver {
    /// A driver for one connection: give it the same one at each turn.
    pub fn new() -> io::Result<Self> {
        let wait = Wait::new()?;
        let core = Core::new(wait.poll.registry().try_clone()?, wait.waker());
        if let Some(descriptor) = core.watch.descriptor() {
            wait.watch(descriptor)?;
        }
        Ok(Driver { wait, core })
    }

    /// Carries out commands given since the last turn, waits until something happens, feeds it to
    /// the connection, and hands back the events. It may hand back none: time passed, or
    /// [`Waker::wake`] was called. Errors are those of the machine, never of the network.
    pub fn turn(&mut self, rtc: &mut impl Machine) -> io::Result<Events> {
        self.turn_for(rtc, Duration::MAX)
    }

    /// As [`Self::turn`], but waits no longer than `max_wait`. With zero it does what is due.
    pub fn turn_for(&mut self, rtc: &mut impl Machine, max_wait: Duration) -> io::Result<Events> {
        let now = Instant::now();
        self.core.begin(rtc, now)?;
        let idle = self.core.idle_until(now).saturating_duration_since(now);
        if self.wait.wait(idle.min(max_wait), &mut self.core.network)? {
            self.core.watch.notice();
        }
        self.core.finish(rtc, Instant::now())
    }

    /// What ends a turn from another thread.
    pub fn waker(&self) -> Waker {
        self.wait.waker()
    }

    /// What was done so far, in numbers.
    pub fn counters(&self) -> Counters {
        self.core.counters()
    }
}

/// Drives many connections on the calling thread, behind sockets that they share.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use std::time::{Duration, Instant};
/// use lapwing_drivers::mio::MultiDriver;
/// use lapwing_engine::Rtc;
///
/// let mut driver = MultiDriver::new()?;
/// driver.bind("127.0.0.1:0".parse().expect("an address"))?;
/// driver.insert("alice", Rtc::new(driver.config()?, Instant::now()));
/// for (key, event) in driver.turn(Duration::ZERO)? {
///     println!("{key}: {event:?}");
/// }
/// # Ok(())
/// # }
/// ```
pub type MultiDriver<K> = multi::MultiDriver<K, Wait>;

/// What a turn waits for: a poll, and what wakes it.
#[derive(Debug)]
pub struct Wait {
    poll: Poll,
    events: ::mio::Events,
    waker: Waker,
}

impl Wait {
    pub(crate) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = ::mio::Waker::new(poll.registry(), WAKER)?;
        let waker = Waker::new(Arc::new(MioWaker(waker)));
        Ok(Wait { poll, events: ::mio::Events::with_capacity(KERNEL_EVENTS), waker })
    }

    pub(crate) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    fn watch(&self, descriptor: std::os::fd::BorrowedFd<'_>) -> io::Result<()> {
        let descriptor = descriptor.as_raw_fd();
        let registry = self.poll.registry();
        registry.register(&mut SourceFd(&descriptor), INTERFACES, Interest::READABLE)
    }

    /// Waits, and marks the sockets that became readable. True when interfaces changed.
    pub(crate) fn wait<W, O>(
        &mut self,
        timeout: Duration,
        network: &mut Network<W, O>,
    ) -> io::Result<bool>
    where
        W: Registrar<Socket = ::mio::net::UdpSocket, Descriptor = OwnedFd>,
        O: Copy + PartialEq,
    {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(false),
            other => other?,
        }
        let mut interfaces = false;
        for event in &self.events {
            match event.token() {
                WAKER => {}
                INTERFACES => interfaces = true,
                Token(socket) => {
                    // An end or an error is read like bytes.
                    let readable =
                        event.is_readable() || event.is_read_closed() || event.is_error();
                    network.mark(socket - FIRST_SOCKET, readable, event.is_writable());
                }
            }
        }
        Ok(interfaces)
    }
}

struct MioWaker(::mio::Waker);

impl Wake for MioWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Err(error) = self.0.wake() {
            tracing::error!(%error, "a driver cannot be woken");
        }
    }
}

impl Registrar for Wait {
    type Socket = ::mio::net::UdpSocket;
    type Descriptor = OwnedFd;

    fn register(&self, slot: usize, socket: UdpSocket) -> io::Result<Self::Socket> {
        Registrar::register(self.poll.registry(), slot, socket)
    }

    fn watch(&self, slot: usize, descriptor: OwnedFd) -> io::Result<Self::Descriptor> {
        Registrar::watch(self.poll.registry(), slot, descriptor)
    }
}

impl Registrar for Registry {
    type Socket = ::mio::net::UdpSocket;
    type Descriptor = OwnedFd;

    fn register(&self, slot: usize, socket: UdpSocket) -> io::Result<Self::Socket> {
        let mut socket = ::mio::net::UdpSocket::from_std(socket);
        Registry::register(self, &mut socket, Token(FIRST_SOCKET + slot), Interest::READABLE)?;
        Ok(socket)
    }

    fn watch(&self, slot: usize, descriptor: OwnedFd) -> io::Result<Self::Descriptor> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        let raw = descriptor.as_raw_fd();
        // The descriptor's end is the end of its registration: there is no other of the same file.
        Registry::register(self, &mut SourceFd(&raw), Token(FIRST_SOCKET + slot), interest)?;
        Ok(descriptor)
    }
}

impl Socket for ::mio::net::UdpSocket {
    fn try_read<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.try_io(read)
    }
}
