//! Sockets go with their connections: counted by the descriptors of a process that does nothing
//! else.

use std::process::Command;
use std::time::{Duration, Instant};

use lapwing_drivers::{Waker, mio, smol, tokio};
use lapwing_engine::{Event, IceGatheringState, Rtc, SessionDescription};

use crate::program::{Program, Signal};

/// Set in the process that counts.
const ALONE: &str = "LAPWING_TEST_ALONE";

/// Offers whose peer is never heard of again.
const OFFERS: usize = 100;

/// Turns until something that needs no peer must have happened.
const TURNS_MAX: usize = 100;

/// A driver of one connection, with what runs it.
trait Single {
    fn start() -> Self;
    fn waker(&self) -> Waker;
    fn turn(&mut self, rtc: &mut Rtc) -> Vec<Event>;
}

impl Single for mio::Driver {
    fn start() -> Self {
        mio::Driver::new().expect("a poll")
    }

    fn waker(&self) -> Waker {
        self.waker()
    }

    fn turn(&mut self, rtc: &mut Rtc) -> Vec<Event> {
        self.turn(rtc).expect("the driver works").collect()
    }
}

impl Single for smol::Driver {
    fn start() -> Self {
        smol::Driver::new()
    }

    fn waker(&self) -> Waker {
        self.waker()
    }

    fn turn(&mut self, rtc: &mut Rtc) -> Vec<Event> {
        ::smol::block_on(self.turn(rtc)).expect("the driver works").collect()
    }
}

struct UnderTokio {
    driver: tokio::Driver,
    runtime: ::tokio::runtime::Runtime,
}

impl Single for UnderTokio {
    fn start() -> Self {
        UnderTokio { driver: tokio::Driver::new(), runtime: crate::tokio::runtime() }
    }

    fn waker(&self) -> Waker {
        self.driver.waker()
    }

    fn turn(&mut self, rtc: &mut Rtc) -> Vec<Event> {
        let turn = self.driver.turn(rtc);
        self.runtime.block_on(turn).expect("the driver works").collect()
    }
}

/// Runs `body` in a process with nothing else in it.
fn alone(test: &str, body: fn()) {
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let program = std::env::current_exe().expect("a test is a program");
    let mut again = Command::new(program);
    let ended = again.args(["--exact", test]).env(ALONE, "1").output().expect("it starts");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && said.contains("1 passed"), "{said}");
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("Linux").count()
}

fn an_offer() -> SessionDescription {
    let mut program = Program::caller();
    program.start(&mut program.rtc());
    match program.signals.pop() {
        Some(Signal::Description(offer)) => offer,
        other => panic!("no offer: {other:?}"),
    }
}

fn turn_until(driver: &mut impl Single, rtc: &mut Rtc, happened: fn(&Event) -> bool) {
    for _ in 0..TURNS_MAX {
        if driver.turn(rtc).iter().any(happened) {
            return;
        }
    }
    panic!("it did not happen");
}

/// A connection that has accepted an offer and gathered, and its driver, with the number of
/// descriptors there were before it had sockets.
fn accepted<S: Single>(offer: &SessionDescription) -> (S, Rtc, usize) {
    let (mut driver, mut program) = (S::start(), Program::callee());
    let mut rtc = program.rtc();
    // A first turn, so that the driver has all that it opens for itself.
    driver.waker().wake();
    driver.turn(&mut rtc);
    let before = descriptors();
    program.signal(&mut rtc, Signal::Description(offer.clone()));
    let gathered = |event: &Event| {
        matches!(event, Event::IceGatheringStateChanged(IceGatheringState::Complete))
    };
    turn_until(&mut driver, &mut rtc, gathered);
    assert!(descriptors() > before, "candidates have sockets");
    (driver, rtc, before)
}

fn leave_nothing_behind<S: Single>() {
    let offer = an_offer();
    // What a runtime opens once for all.
    drop(accepted::<S>(&offer));
    let at_first = descriptors();
    let mut closed = Vec::new();
    for _ in 0..OFFERS {
        let (mut driver, mut rtc, before) = accepted::<S>(&offer);
        rtc.close(Instant::now());
        turn_until(&mut driver, &mut rtc, |event| matches!(event, Event::Closed(_)));
        assert_eq!(descriptors(), before, "a closed connection has no sockets");
        closed.push((driver, rtc));
    }
    drop(closed);
    assert_eq!(descriptors(), at_first, "drivers leave nothing");
    for _ in 0..OFFERS {
        drop(accepted::<S>(&offer));
        assert_eq!(descriptors(), at_first, "neither do those that were dropped as they were");
    }
}

#[test]
fn connections_under_mio_leave_nothing_behind() {
    let test = "descriptors::connections_under_mio_leave_nothing_behind";
    alone(test, leave_nothing_behind::<mio::Driver>);
}

#[test]
fn connections_under_smol_leave_nothing_behind() {
    let test = "descriptors::connections_under_smol_leave_nothing_behind";
    alone(test, leave_nothing_behind::<smol::Driver>);
}

#[test]
fn connections_under_tokio_leave_nothing_behind() {
    let test = "descriptors::connections_under_tokio_leave_nothing_behind";
    alone(test, leave_nothing_behind::<UnderTokio>);
}

#[test]
fn connections_of_a_shared_port_leave_nothing_behind() {
    alone("descriptors::connections_of_a_shared_port_leave_nothing_behind", || {
        let offer = an_offer();
        let mut driver = mio::MultiDriver::new().expect("a poll");
        driver.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let at_first = descriptors();
        for key in 0..OFFERS {
            let config = driver.config().expect("the system has randomness");
            driver.insert(key, Rtc::new(config, Instant::now()));
            let rtc = driver.rtc_mut(&key).expect("it was inserted");
            Program::callee().signal(rtc, Signal::Description(offer.clone()));
        }
        driver.turn(Duration::ZERO).expect("the driver works");
        assert_eq!((driver.len(), descriptors()), (OFFERS, at_first));
        (0..OFFERS).for_each(|key| drop(driver.remove(&key)));
        assert_eq!((driver.len(), descriptors()), (0, at_first));
    });
}
