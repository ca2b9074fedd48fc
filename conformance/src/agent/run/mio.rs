//! Under mio.

use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker as TaskWaker};
use std::time::Duration;

use lapwing_drivers::mio::Driver;
use lapwing_drivers::{Events, Waker};
use lapwing_engine::Rtc;

use super::program::{Turn, drive};

/// Runs a peer program over standard input and output until it is told to end.
///
/// # Errors
/// Those of the machine: no sockets, no output, no file.
pub fn run(name: &str) -> io::Result<()> {
    // Everything in it blocks.
    match pin!(drive::<Driver>(name)).poll(&mut Context::from_waker(TaskWaker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("a future without a pending part is ready at once"),
    }
}

impl Turn for Driver {
    fn create() -> io::Result<Self> {
        Driver::new()
    }

    fn waker(&self) -> Waker {
        Driver::waker(self)
    }

    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events> {
        self.turn_for(rtc, wait)
    }
}
