//! A machine that asks for what a test wants, and keeps what it is told.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_drivers::{Counters, Machine, mio};
use lapwing_engine::{
    ConnectRequest, Framing, Input, Protocol, Sink, SocketFault, SocketId, SocketReply,
    SocketRequest, Transmit,
};

/// All here takes milliseconds; half a minute means that it hangs.
const DEADLINE: Duration = Duration::from_secs(30);

/// A turn ends after this, so that the deadline is looked at.
const TURN: Duration = Duration::from_millis(200);

/// The name of the only socket of most tests.
pub(super) const ID: SocketId = SocketId::new(7);

/// A datagram that came: by what, from where, to where, what.
pub(super) type Came = (Protocol, SocketAddr, SocketAddr, Vec<u8>);

#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) requests: Vec<SocketRequest>,
    pub(super) transmits: Vec<Transmit>,
    pub(super) replies: Vec<SocketReply>,
    pub(super) came: Vec<Came>,
    /// It wants to be woken at once.
    pub(super) hurries: bool,
}

impl Machine for Script {
    fn handle_input(&mut self, input: Input<'_>, _now: Instant) {
        match input {
            Input::Socket(reply) => self.replies.push(reply),
            Input::Datagram(datagram) => {
                let contents = datagram.contents.to_vec();
                let (source, destination) = (datagram.source, datagram.destination);
                self.came.push((datagram.protocol, source, destination, contents));
            }
            _ => {}
        }
    }

    fn drain(&mut self, sink: &mut impl Sink) -> Instant {
        self.transmits.drain(..).for_each(|transmit| sink.transmit(transmit));
        self.requests.drain(..).for_each(|request| sink.socket(request));
        Instant::now() + if self.hurries { Duration::ZERO } else { TURN }
    }
}

impl Script {
    /// Wants a connection.
    pub(super) fn connecting(request: ConnectRequest) -> Self {
        Script { requests: vec![SocketRequest::Connect(request)], ..Script::default() }
    }

    /// Turns until the connection is there, and gives its local address.
    pub(super) fn connect(&mut self, driver: &mut impl Driver) -> SocketAddr {
        self.until(driver, |script| !script.replies.is_empty());
        match self.replies[..] {
            [SocketReply::Connected { id: ID, local }] => local,
            _ => panic!("not connected: {:?}", self.replies),
        }
    }

    /// Turns until the connection is over, and gives why.
    pub(super) fn fault(&mut self, driver: &mut impl Driver) -> SocketFault {
        let is_fault = |reply: &SocketReply| matches!(reply, SocketReply::Failed { .. });
        self.until(driver, |script| script.replies.last().is_some_and(is_fault));
        match self.replies.last() {
            Some(SocketReply::Failed { id: ID, fault }) => *fault,
            _ => panic!("not over: {:?}", self.replies),
        }
    }

    pub(super) fn until(&mut self, driver: &mut impl Driver, is: impl Fn(&Script) -> bool) {
        let end = Instant::now() + DEADLINE;
        while !is(self) {
            assert!(Instant::now() < end, "{:?} {:?}", self.replies, self.came.len());
            driver.turn(self);
        }
    }

    /// Sends a datagram with the next turn.
    pub(super) fn send(&mut self, protocol: Protocol, way: (SocketAddr, SocketAddr), bytes: &[u8]) {
        let (source, destination) = way;
        let contents = bytes.to_vec();
        self.transmits.push(Transmit { protocol, source, destination, ecn: None, contents });
    }
}

/// A request for a plain connection.
pub(super) fn to(remote: SocketAddr, framing: Framing) -> ConnectRequest {
    let local = SocketAddr::new(remote.ip(), 0);
    ConnectRequest { id: ID, local, remote, framing, tunnel: None, tls: None }
}

/// A driver of one connection with what runs it.
pub(super) trait Driver {
    fn start() -> Self;
    fn turn(&mut self, script: &mut Script);
    fn counters(&self) -> Counters;
}

impl Driver for mio::Driver {
    fn start() -> Self {
        mio::Driver::new().expect("a poll")
    }

    fn turn(&mut self, script: &mut Script) {
        self.turn(script).expect("the driver works");
    }

    fn counters(&self) -> Counters {
        self.counters()
    }
}

pub(super) struct Smol(lapwing_drivers::smol::Driver);

impl Driver for Smol {
    fn start() -> Self {
        Smol(lapwing_drivers::smol::Driver::new())
    }

    fn turn(&mut self, script: &mut Script) {
        ::smol::block_on(self.0.turn(script)).expect("the driver works");
    }

    fn counters(&self) -> Counters {
        self.0.counters()
    }
}

pub(super) struct Tokio(lapwing_drivers::tokio::Driver, ::tokio::runtime::Runtime);

impl Driver for Tokio {
    fn start() -> Self {
        Tokio(lapwing_drivers::tokio::Driver::new(), crate::tokio::runtime())
    }

    fn turn(&mut self, script: &mut Script) {
        self.1.block_on(self.0.turn(script)).expect("the driver works");
    }

    fn counters(&self) -> Counters {
        self.0.counters()
    }
}

/// Makes a test of a function for each runtime.
macro_rules! each_runtime {
    ($($test:ident),+ $(,)?) => {
        mod mio {
            $(#[test]
            fn $test() {
                super::$test::<lapwing_drivers::mio::Driver>();
            })+
        }
        mod smol {
            $(#[test]
            fn $test() {
                super::$test::<crate::streams::Smol>();
            })+
        }
        mod tokio {
            $(#[test]
            fn $test() {
                super::$test::<crate::streams::Tokio>();
            })+
        }
    };
}
pub(super) use each_runtime;
