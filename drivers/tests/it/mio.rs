//! The blocking driver.

use std::thread;
use std::time::Duration;

use lapwing_drivers::mio::Driver;
use lapwing_engine::Protocol;

use crate::line::{Line, check, lines, lines_by_tcp};
use crate::program::Program;

pub(crate) fn run(mut line: Line, mut driver: Driver) -> (Line, Driver) {
    while line.go_on() {
        let events = driver.turn_for(&mut line.rtc, Duration::from_secs(1));
        for event in events.expect("the driver works") {
            line.program.event(&mut line.rtc, event);
        }
    }
    (line, driver)
}

#[test]
fn two_peers_exchange_messages_and_frames() {
    let (a, b) = (Driver::new().expect("a poll"), Driver::new().expect("a poll"));
    let (caller, callee) = lines(a.waker(), b.waker());
    let (caller, callee) = thread::scope(|scope| {
        let caller = scope.spawn(|| run(caller, a));
        let callee = scope.spawn(|| run(callee, b));
        (caller.join().expect("no panic"), callee.join().expect("no panic"))
    });
    check([&caller, &callee].map(|(line, driver)| (line, driver.counters())));
}

#[test]
fn a_turn_ends_when_it_is_woken_from_another_thread() {
    let mut driver = Driver::new().expect("a poll");
    let mut rtc = Program::callee().rtc();
    driver.turn_for(&mut rtc, Duration::ZERO).expect("the driver works");
    let waker = driver.waker();
    // Whether the call comes before or within the turn makes no difference. Without it, the turn
    // would take the hour that an idle engine asks for.
    thread::scope(|scope| {
        scope.spawn(|| waker.wake());
        assert_eq!(driver.turn(&mut rtc).expect("the driver works").len(), 0);
    });
}

/// A call by TCP, with candidates of this type on both sides.
fn call_by_tcp(kind: &'static str) {
    let (a, b) = (Driver::new().expect("a poll"), Driver::new().expect("a poll"));
    let (caller, callee) = lines_by_tcp(kind, a.waker(), b.waker());
    let ends = thread::scope(|scope| {
        let caller = scope.spawn(|| run(caller, a));
        let callee = scope.spawn(|| run(callee, b));
        [caller.join().expect("no panic"), callee.join().expect("no panic")]
    });
    for (line, _) in &ends {
        line.program.check();
        assert_eq!(line.program.protocol, Some(Protocol::Tcp));
    }
}

#[test]
fn two_peers_exchange_the_same_by_tcp() {
    call_by_tcp("");
}

#[test]
fn two_peers_connect_to_each_other_at_once() {
    call_by_tcp("so");
}
