//! The driver of many connections under each runtime, for tests that hold for all.

use std::net::SocketAddr;
use std::time::Duration;

#[cfg(feature = "tokio")]
use ::tokio::runtime::Runtime;
use lapwing_drivers::{Counters, Waker};
use lapwing_engine::{Config, Event, Rtc};

/// The words of a driver of many connections.
pub(crate) trait Carrier {
    fn start() -> Self;
    fn bind(&mut self, local: SocketAddr) -> Vec<SocketAddr>;
    fn addresses(&self) -> Vec<SocketAddr>;
    fn config(&self) -> Config;
    fn insert(&mut self, key: usize, rtc: Rtc) -> Option<Rtc>;
    fn remove(&mut self, key: usize) -> Option<Rtc>;
    fn rtc_mut(&mut self, key: usize) -> Option<&mut Rtc>;
    fn len(&self) -> usize;
    fn counters(&self) -> Counters;
    fn waker(&self) -> Waker;
    fn turn(&mut self, max_wait: Duration) -> Vec<(usize, Event)>;
}

/// A driver with what runs it.
pub(crate) struct Under<D, R> {
    driver: D,
    runtime: R,
}

pub(crate) type Mio = Under<lapwing_drivers::mio::MultiDriver<usize>, ()>;
#[cfg(feature = "smol")]
pub(crate) type Smol = Under<lapwing_drivers::smol::MultiDriver<usize>, ()>;
#[cfg(feature = "tokio")]
pub(crate) type Tokio = Under<lapwing_drivers::tokio::MultiDriver<usize>, Runtime>;

macro_rules! carrier {
    ($carrier:ty, $driver:expr, $runtime:expr, $enter:expr, $finish:expr) => {
        impl Carrier for $carrier {
            fn start() -> Self {
                Under { driver: $driver, runtime: $runtime }
            }

            fn bind(&mut self, local: SocketAddr) -> Vec<SocketAddr> {
                let _entered = $enter(&self.runtime);
                self.driver.bind(local).expect("a free port")
            }

            fn addresses(&self) -> Vec<SocketAddr> {
                self.driver.addresses()
            }

            fn config(&self) -> Config {
                self.driver.config().expect("the system has randomness")
            }

            fn insert(&mut self, key: usize, rtc: Rtc) -> Option<Rtc> {
                self.driver.insert(key, rtc)
            }

            fn remove(&mut self, key: usize) -> Option<Rtc> {
                self.driver.remove(&key)
            }

            fn rtc_mut(&mut self, key: usize) -> Option<&mut Rtc> {
                self.driver.rtc_mut(&key)
            }

            fn len(&self) -> usize {
                assert_eq!(self.driver.is_empty(), self.driver.len() == 0);
                assert_eq!(self.driver.keys().count(), self.driver.len());
                self.driver.len()
            }

            fn counters(&self) -> Counters {
                self.driver.counters()
            }

            fn waker(&self) -> Waker {
                self.driver.waker()
            }

            fn turn(&mut self, max_wait: Duration) -> Vec<(usize, Event)> {
                let turn = self.driver.turn(max_wait);
                $finish(&self.runtime, turn).expect("the driver works")
            }
        }
    };
}

carrier!(
    Mio,
    lapwing_drivers::mio::MultiDriver::new().expect("a poll"),
    (),
    |&()| (),
    |&(), turned| turned
);

#[cfg(feature = "smol")]
carrier!(Smol, lapwing_drivers::smol::MultiDriver::new(), (), |&()| (), |&(), turn| {
    ::smol::block_on(turn)
});

#[cfg(feature = "tokio")]
carrier!(
    Tokio,
    lapwing_drivers::tokio::MultiDriver::new(),
    crate::tokio::runtime(),
    Runtime::enter,
    Runtime::block_on
);
