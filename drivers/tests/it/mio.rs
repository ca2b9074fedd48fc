//! The blocking driver.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use lapwing_drivers::{Counters, Waker, mio::Driver};

use crate::program::{Program, Signal};

/// A call takes well below a second; a minute means that it hangs.
const DEADLINE: Duration = Duration::from_secs(60);

struct Line {
    outgoing: Sender<Signal>,
    incoming: Receiver<Signal>,
    peer: Waker,
}

fn run(mut program: Program, mut driver: Driver, line: Line) -> (Program, Counters) {
    let deadline = Instant::now() + DEADLINE;
    let mut rtc = program.rtc();
    program.start(&mut rtc);
    while !program.over {
        assert!(Instant::now() < deadline, "{} frames came", program.frames.len());
        for event in driver.turn_for(&mut rtc, Duration::from_secs(1)).expect("the driver works") {
            program.event(&mut rtc, event);
        }
        for signal in line.incoming.try_iter() {
            program.signal(&mut rtc, signal);
        }
        for signal in program.signals.drain(..) {
            line.outgoing.send(signal).expect("the other end listens");
            line.peer.wake();
        }
    }
    (program, driver.counters())
}

fn lines(a: &Driver, b: &Driver) -> (Line, Line) {
    let (to_b, from_a) = channel();
    let (to_a, from_b) = channel();
    let a_line = Line { outgoing: to_b, incoming: from_b, peer: b.waker() };
    let b_line = Line { outgoing: to_a, incoming: from_a, peer: a.waker() };
    (a_line, b_line)
}

#[test]
fn two_peers_exchange_messages_and_frames() {
    let (a, b) = (Driver::new().expect("a poll"), Driver::new().expect("a poll"));
    let (a_line, b_line) = lines(&a, &b);
    let (caller, callee) = thread::scope(|scope| {
        let caller = scope.spawn(|| run(Program::caller(), a, a_line));
        let callee = scope.spawn(|| run(Program::callee(), b, b_line));
        (caller.join().expect("no panic"), callee.join().expect("no panic"))
    });
    for (program, counters) in [&caller, &callee] {
        program.check();
        assert_eq!((counters.sourceless, counters.broken_sockets), (0, 0), "{counters:?}");
        assert!(counters.received > 0 && counters.sent > 0, "{counters:?}");
        assert!(counters.send_calls < counters.sent, "frames leave in trains: {counters:?}");
    }
}

#[test]
fn a_turn_ends_when_it_is_woken_from_another_thread() {
    let mut driver = Driver::new().expect("a poll");
    let mut rtc = Program::callee().rtc();
    driver.turn_for(&mut rtc, Duration::ZERO).expect("the driver works");
    let waker = driver.waker();
    // Whether the call comes before or within the turn makes no difference.
    thread::scope(|scope| {
        scope.spawn(|| waker.wake());
        let begun = Instant::now();
        assert_eq!(driver.turn(&mut rtc).expect("the driver works").len(), 0);
        assert!(begun.elapsed() < DEADLINE, "an idle engine asks for an hour");
    });
}
