//! The driver of many connections under each runtime, for tests that hold for all.

use std::net::SocketAddr;
use std::time::Duration;

use ::tokio::runtime::{Builder, Runtime};
use lapwing_drivers::{Counters, Waker, mio, smol, tokio};
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

fn tokio_runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

pub(crate) type Mio = Under<mio::MultiDriver<usize>, ()>;
pub(crate) type Smol = Under<smol::MultiDriver<usize>, ()>;
pub(crate) type Tokio = Under<tokio::MultiDriver<usize>, Runtime>;

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

carrier!(Mio, mio::MultiDriver::new().expect("a poll"), (), |&()| (), |&(), turned| turned);
carrier!(Smol, smol::MultiDriver::new(), (), |&()| (), |&(), turn| ::smol::block_on(turn));
carrier!(Tokio, tokio::MultiDriver::new(), tokio_runtime(), Runtime::enter, Runtime::block_on);
