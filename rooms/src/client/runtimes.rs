//! The drivers and their runtimes, behind one call.

use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker as TaskWaker};
use std::time::Duration;

use lapwing_drivers::{Events, Waker};
use lapwing_engine::Rtc;

use super::drive::{App, DriverKind, Session, Turn, drive};

/// Drives `app` to its end over a driver of this kind, on the calling thread.
///
/// # Errors
/// Those of the machine: no sockets, no runtime.
pub fn run<A: App>(kind: DriverKind, session: Session, app: &mut A) -> io::Result<A::Outcome> {
    match kind {
        DriverKind::Mio => ready(drive::<lapwing_drivers::mio::Driver, A>(session, app)),
        DriverKind::Smol => smol::block_on(drive::<lapwing_drivers::smol::Driver, A>(session, app)),
        DriverKind::Tokio => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(drive::<lapwing_drivers::tokio::Driver, A>(session, app))
        }
    }
}

/// The result of a future in which everything blocks, so that it is never pending.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(TaskWaker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a future without a pending part is ready at once"),
    }
}

impl Turn for lapwing_drivers::mio::Driver {
    fn create() -> io::Result<Self> {
        Self::new()
    }

    fn waker(&self) -> Waker {
        Self::waker(self)
    }

    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events> {
        self.turn_for(rtc, wait)
    }
}

impl Turn for lapwing_drivers::smol::Driver {
    fn create() -> io::Result<Self> {
        Ok(Self::new())
    }

    fn waker(&self) -> Waker {
        Self::waker(self)
    }

    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events> {
        let turn = async { Some(self.turn(rtc).await) };
        let late = async {
            smol::Timer::after(wait).await;
            None
        };
        smol::future::or(turn, late).await.unwrap_or_else(|| Ok(Events::default()))
    }
}

impl Turn for lapwing_drivers::tokio::Driver {
    fn create() -> io::Result<Self> {
        Ok(Self::new())
    }

    fn waker(&self) -> Waker {
        Self::waker(self)
    }

    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events> {
        let turn = tokio::time::timeout(wait, self.turn(rtc));
        turn.await.unwrap_or_else(|_| Ok(Events::default()))
    }
}
