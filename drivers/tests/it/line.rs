//! Two ends of the signalling between two programs, and what they agree on.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use lapwing_drivers::{Counters, Waker};
use lapwing_engine::Rtc;

use crate::marks::Router;
use crate::program::{Program, Signal};

/// A call takes well below a second; a minute means that it hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// One end with its program.
pub(crate) struct Line {
    pub(crate) program: Program,
    pub(crate) rtc: Rtc,
    outgoing: Sender<Signal>,
    incoming: Receiver<Signal>,
    peer: Waker,
    deadline: Instant,
    /// What is between the two, and which end this is.
    between: Option<(Arc<Router>, usize)>,
}

/// Caller and callee, each with what wakes it.
pub(crate) fn lines(caller: Waker, callee: Waker) -> (Line, Line) {
    lines_of([Program::caller(), Program::callee()], caller, callee)
}

/// As [`lines`], for ends that reach each other by candidates with this TCP type only.
#[cfg(feature = "mio")]
pub(crate) fn lines_by_tcp(kind: &'static str, caller: Waker, callee: Waker) -> (Line, Line) {
    let [mut calls, mut answers] = [Program::caller(), Program::callee()];
    (calls.tcp, answers.tcp) = (Some(kind), Some(kind));
    lines_of([calls, answers], caller, callee)
}

fn lines_of([calls, answers]: [Program; 2], caller: Waker, callee: Waker) -> (Line, Line) {
    let (to_callee, from_caller) = channel();
    let (to_caller, from_callee) = channel();
    (
        Line::new(calls, to_callee, from_callee, callee),
        Line::new(answers, to_caller, from_caller, caller),
    )
}

/// As [`lines`], for ends that mark what they send and reach each other through a router.
pub(crate) fn lines_through(caller: Waker, callee: Waker, router: Arc<Router>) -> (Line, Line) {
    let [mut calls, mut answers] = [Program::caller(), Program::callee()];
    (calls.marks, answers.marks) = (true, true);
    let (mut a, mut b) = lines_of([calls, answers], caller, callee);
    (a.between, b.between) = (Some((Arc::clone(&router), 0)), Some((router, 1)));
    (a, b)
}

impl Line {
    fn new(mut program: Program, to: Sender<Signal>, from: Receiver<Signal>, peer: Waker) -> Self {
        let mut rtc = program.rtc();
        program.start(&mut rtc);
        let deadline = Instant::now() + DEADLINE;
        Line { program, rtc, outgoing: to, incoming: from, peer, deadline, between: None }
    }

    /// Carries signals both ways; false when there is nothing more to do.
    pub(crate) fn go_on(&mut self) -> bool {
        assert!(Instant::now() < self.deadline, "{} frames came", self.program.frames.len());
        for signal in self.incoming.try_iter() {
            self.program.signal(&mut self.rtc, signal);
        }
        for signal in self.program.signals.drain(..) {
            let signal = match &self.between {
                Some((router, end)) => router.carry(*end, signal),
                None => Some(signal),
            };
            let Some(signal) = signal else { continue };
            // The caller may be through while the callee still tells of a candidate.
            let _ = self.outgoing.send(signal);
            self.peer.wake();
        }
        !self.program.over
    }
}

/// Both ends had their call, and nothing went astray.
pub(crate) fn check(ends: [(&Line, Counters); 2]) {
    for (line, counters) in ends {
        line.program.check();
        assert_eq!((counters.sourceless, counters.broken_sockets), (0, 0), "{counters:?}");
        assert!(counters.received > 0 && counters.sent > 0, "{counters:?}");
        assert!(counters.send_calls < counters.sent, "frames leave in trains: {counters:?}");
    }
}
