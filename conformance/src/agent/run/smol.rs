//! Under smol.

use std::io;
use std::time::Duration;

use ::smol::Timer;
use ::smol::future::or;
use lapwing_drivers::smol::Driver;
use lapwing_drivers::{Events, Waker};
use lapwing_engine::Rtc;

use super::program::{Turn, drive};

/// Runs a peer program over standard input and output until it is told to end.
///
/// # Errors
/// Those of the machine: no sockets, no output, no file.
pub fn run(name: &str) -> io::Result<()> {
    ::smol::block_on(drive::<Driver>(name))
}

impl Turn for Driver {
    fn create() -> io::Result<Self> {
        Ok(Driver::new())
    }

    fn waker(&self) -> Waker {
        Driver::waker(self)
    }

    async fn turn(&mut self, rtc: &mut Rtc, wait: Duration) -> io::Result<Events> {
        let turn = async { Some(Driver::turn(self, rtc).await) };
        let late = async {
            Timer::after(wait).await;
            None
        };
        or(turn, late).await.unwrap_or_else(|| Ok(Events::default()))
    }
}
