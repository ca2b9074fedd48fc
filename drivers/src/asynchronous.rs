//! The driver that awaits, under any runtime: what [`smol`](crate::smol) and
//! [`tokio`](crate::tokio) share.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake};
use std::time::Instant;

use crate::core::Core;
use crate::counters::Counters;
use crate::events::Events;
use crate::machine::Machine;
use crate::network::Network;
use crate::sockets::{Registrar, Socket};
use crate::waker::Waker;

/// What a runtime waits for.
pub trait Runtime: Registrar<Socket: AsyncSocket> + Default {
    /// A timer that can be set anew.
    type Alarm: fmt::Debug;

    /// A timer for `at`. Called where the runtime runs.
    fn alarm(at: Instant) -> Self::Alarm;

    /// Sets the timer, and tells whether it went off.
    fn poll_alarm(alarm: &mut Self::Alarm, at: Instant, cx: &mut Context<'_>) -> Poll<()>;

    /// Whether a descriptor became readable; what is there must be read to the end then.
    fn poll_readable(descriptor: &Self::Descriptor, cx: &mut Context<'_>) -> Poll<()>;

    /// Whether it became writable; it must be written to until it takes no more then.
    fn poll_writable(descriptor: &Self::Descriptor, cx: &mut Context<'_>) -> Poll<()>;
}

/// A socket that tells when it becomes readable.
pub trait AsyncSocket: Socket {
    /// Whether something may wait.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// One connection under a runtime.
#[derive(Debug)]
pub(crate) struct AsyncDriver<R: Runtime> {
    core: Core<R>,
    wait: Wait<R>,
}

impl<R: Runtime> AsyncDriver<R> {
    /// Needs no runtime yet; the first turn does.
    pub(crate) fn new() -> Self {
        let wait = Wait::new();
        AsyncDriver { core: Core::new(R::default(), wait.waker()), wait }
    }

    pub(crate) async fn turn(&mut self, rtc: &mut impl Machine) -> io::Result<Events> {
        let now = Instant::now();
        self.core.begin(rtc, now)?;
        self.wait.prepare(self.core.watch.descriptor(), now)?;
        let until = self.core.idle_until(now);
        if self.wait.wait(&mut self.core.network, now, until).await {
            self.core.watch.notice();
        }
        self.core.finish(rtc, Instant::now())
    }

    pub(crate) fn waker(&self) -> Waker {
        self.wait.waker()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.core.counters()
    }
}

/// What a turn waits for.
#[derive(Debug)]
pub struct Wait<R: Runtime> {
    registrar: R,
    flag: Arc<Flag>,
    alarm: Option<R::Alarm>,
    notices: Option<R::Descriptor>,
    /// Interfaces changed, and nobody was told yet.
    noticed: bool,
}

impl<R: Runtime> Wait<R> {
    pub(crate) fn new() -> Self {
        let (registrar, flag) = (R::default(), Arc::default());
        Wait { registrar, flag, alarm: None, notices: None, noticed: false }
    }

    pub(crate) fn waker(&self) -> Waker {
        Waker::new(self.flag.clone())
    }

    /// What can be had only where the runtime runs. `notices` becomes readable when interfaces
    /// change.
    pub(crate) fn prepare(
        &mut self,
        notices: Option<BorrowedFd<'_>>,
        now: Instant,
    ) -> io::Result<()> {
        if self.alarm.is_some() {
            return Ok(());
        }
        if let Some(descriptor) = notices {
            self.notices = Some(self.registrar.watch(0, descriptor.try_clone_to_owned()?)?);
        }
        self.alarm = Some(R::alarm(now));
        Ok(())
    }

    /// Waits, and marks the sockets that became readable. True when interfaces changed. Dropping
    /// the future loses nothing.
    pub(crate) async fn wait<W, O>(
        &mut self,
        network: &mut Network<W, O>,
        now: Instant,
        until: Instant,
    ) -> bool
    where
        W: Registrar<Socket = R::Socket, Descriptor = R::Descriptor>,
        O: Copy + PartialEq,
    {
        let mut yielded = until > now;
        poll_fn(|cx| {
            let ready = self.poll(network, until, cx);
            // With work left over from the last turn, others of the same thread come first once.
            if ready.is_ready() && !std::mem::replace(&mut yielded, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            ready
        })
        .await;
        std::mem::take(&mut self.noticed)
    }

    /// Asks everything, so that each of them wakes the task.
    fn poll<W, O>(
        &mut self,
        network: &mut Network<W, O>,
        until: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()>
    where
        W: Registrar<Socket = R::Socket, Descriptor = R::Descriptor>,
        O: Copy + PartialEq,
    {
        let ready = network.mark_ready(
            cx,
            |socket, cx| socket.poll_readable(cx).is_ready(),
            |stream, wants_write, cx| {
                let readable = R::poll_readable(stream, cx).is_ready();
                (readable, wants_write && R::poll_writable(stream, cx).is_ready())
            },
        );
        let notices = self.notices.as_ref();
        self.noticed |= notices.is_some_and(|notices| R::poll_readable(notices, cx).is_ready());
        let woken = self.flag.poll(cx).is_ready();
        let alarm = self.alarm.as_mut().expect("prepared before the wait");
        let rang = R::poll_alarm(alarm, until, cx).is_ready();
        if ready || self.noticed || woken || rang { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<R: Runtime> Registrar for Wait<R> {
    type Socket = R::Socket;
    type Descriptor = R::Descriptor;

    fn register(&self, slot: usize, socket: std::net::UdpSocket) -> io::Result<R::Socket> {
        self.registrar.register(slot, socket)
    }

    fn watch(&self, slot: usize, descriptor: OwnedFd) -> io::Result<R::Descriptor> {
        self.registrar.watch(slot, descriptor)
    }
}

/// Set from any thread, seen by the task that waits.
#[derive(Debug, Default)]
struct Flag {
    woken: AtomicBool,
    task: Mutex<Option<std::task::Waker>>,
}

impl Flag {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *task {
            Some(task) => task.clone_from(cx.waker()),
            None => *task = Some(cx.waker().clone()),
        }
        drop(task);
        // Looked at after the task is known, so that a call in between is not missed.
        if self.woken.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.wake();
        }
    }
}
