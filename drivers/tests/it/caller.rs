//! A caller with a driver of its own, for servers under test.

use std::time::Duration;

use lapwing_drivers::mio::Driver;
use lapwing_engine::Rtc;

use crate::program::Program;

pub(crate) struct Caller {
    pub(crate) program: Program,
    pub(crate) rtc: Rtc,
    pub(crate) driver: Driver,
}

impl Caller {
    /// It has called, and its offer waits in the program.
    pub(crate) fn new() -> Self {
        let mut program = Program::caller();
        let mut rtc = program.rtc();
        program.start(&mut rtc);
        Caller { program, rtc, driver: Driver::new().expect("a poll") }
    }

    /// Does what is due.
    pub(crate) fn turn(&mut self) {
        let Caller { program, rtc, driver } = self;
        for event in driver.turn_for(rtc, Duration::ZERO).expect("the driver works") {
            program.event(rtc, event);
        }
        program.persist(rtc);
    }
}
