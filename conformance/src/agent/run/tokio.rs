//! Under tokio.

use std::io;
use std::time::Duration;

use ::tokio::runtime::Builder;
use ::tokio::time::timeout;
use lapwing_drivers::tokio::Driver;
use lapwing_drivers::{Events, Waker};
use lapwing_engine::Rtc;

use super::program::{Turn, drive};

/// Runs a peer program over standard input and output until it is told to end.
///
/// # Errors
/// Those of the machine: no runtime, no sockets, no output, no file.
pub fn run(name: &str) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(drive::<Driver>(name))
}

impl Turn for Driver {
    fn create() -> io::Result<Self> {
        Ok(Driver::new())
    }

    fn waker(&self) -> Waker {
        Driver::waker(self)
    }

    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events> {
        let turn = timeout(wait, Driver::turn(self, rtc));
        turn.await.unwrap_or_else(|_| Ok(Events::default()))
    }
}
