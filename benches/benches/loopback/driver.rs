//! An end by the mio driver.

use std::io;
use std::time::{Duration, Instant};

use lapwing_benches::load::{Carried, Load, Writer};
use lapwing_drivers::mio::Driver;
use lapwing_engine::{ConnectionState, Event, Rtc};

use super::{End, Passed, config};

/// An engine, its driver and its user.
pub(crate) struct Driven {
    rtc: Rtc,
    driver: Driver,
    writer: Writer,
    candidates: Vec<String>,
}

impl Carried for Driven {
    fn rtc(&mut self) -> &mut Rtc {
        &mut self.rtc
    }

    fn settle(&mut self) {
        self.turn(Duration::ZERO).expect("the loopback interface works");
    }

    fn candidates(&mut self) -> Vec<String> {
        std::mem::take(&mut self.candidates)
    }
}

impl End for Driven {
    fn open(load: Load) -> io::Result<Self> {
        let rtc = Rtc::new(config(load)?, Instant::now());
        let (driver, writer) = (Driver::new()?, Writer::new(load));
        Ok(Driven { rtc, driver, writer, candidates: Vec::new() })
    }

    fn write(&mut self, number: u64) {
        self.writer.write(&mut self.rtc, number, Instant::now());
    }

    fn turn(&mut self, wait: Duration) -> io::Result<()> {
        for event in self.driver.turn_for(&mut self.rtc, wait)? {
            self.writer.on_event(&event);
            if let Event::IceCandidate(signalled) = event
                && signalled.candidate.is_some()
            {
                self.candidates.push(signalled.line());
            }
        }
        Ok(())
    }

    fn delivered(&self) -> u64 {
        self.writer.delivered()
    }

    fn ready(&self) -> bool {
        self.rtc.connection_state() == ConnectionState::Connected
    }

    fn passed(&self) -> Passed {
        let counters = self.driver.counters();
        Passed {
            sent: counters.sent,
            send_calls: counters.send_calls,
            received: counters.received,
            receive_calls: counters.receive_calls,
        }
    }
}
