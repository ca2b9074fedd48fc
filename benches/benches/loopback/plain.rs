//! An end by the plainest loop there is: `recvfrom`, engine, drain, `sendto`, one datagram at a
//! time.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use lapwing_benches::load::{Carried, Load, Writer};
use lapwing_engine::{
    ConnectionState, Datagram, Event, Input, Protocol, ResolveId, Rtc, Sink, SocketRequest,
    Transmit, drain,
};

use super::{End, Passed, config};

/// Larger than any datagram of the workload.
const RECEIVE_BYTES: usize = 2_048;

/// An engine, its socket and its user.
pub(crate) struct Plain {
    rtc: Rtc,
    wake: Instant,
    outlet: Outlet,
}

/// Where outputs go, at once.
struct Outlet {
    socket: UdpSocket,
    writer: Writer,
    candidates: Vec<String>,
    passed: Passed,
}

impl Sink for Outlet {
    fn transmit(&mut self, transmit: Transmit) {
        let sent = self.socket.send_to(&transmit.contents, transmit.destination);
        self.passed.sent += u64::from(sent.is_ok());
        self.passed.send_calls += 1;
    }

    fn event(&mut self, event: Event) {
        self.writer.on_event(&event);
        if let Event::IceCandidate(signalled) = event
            && signalled.candidate.is_some()
        {
            self.candidates.push(signalled.line());
        }
    }

    fn socket(&mut self, _request: SocketRequest) {}

    fn resolve(&mut self, _id: ResolveId, _name: String) {}
}

impl Plain {
    /// Waits for a datagram, no longer than this, and leaves it where it is.
    fn await_datagram(&mut self, wait: Duration) -> io::Result<()> {
        if wait.is_zero() {
            return Ok(());
        }
        let socket = &self.outlet.socket;
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(wait))?;
        // Nothing came, or something did: the next turn sees.
        let _ = socket.peek(&mut [0; 1]);
        socket.set_nonblocking(true)
    }

    /// Takes what waits in the socket.
    fn receive(&mut self) -> io::Result<()> {
        let destination = self.outlet.socket.local_addr()?;
        let mut buffer = [0; RECEIVE_BYTES];
        loop {
            let (count, source) = match self.outlet.socket.recv_from(&mut buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            self.outlet.passed.received += 1;
            self.outlet.passed.receive_calls += 1;
            let contents = &buffer[..count];
            let protocol = Protocol::Udp;
            let datagram = Datagram { protocol, source, destination, ecn: None, contents };
            self.rtc.handle_input(Input::Datagram(datagram), Instant::now());
            self.settle();
        }
    }
}

impl Carried for Plain {
    fn rtc(&mut self) -> &mut Rtc {
        &mut self.rtc
    }

    fn settle(&mut self) {
        self.wake = drain(&mut self.rtc, &mut self.outlet);
    }

    fn candidates(&mut self) -> Vec<String> {
        std::mem::take(&mut self.outlet.candidates)
    }
}

impl End for Plain {
    fn open(load: Load) -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_nonblocking(true)?;
        let config = config(load)?.with_shared_socket(socket.local_addr()?);
        let now = Instant::now();
        let (writer, passed) = (Writer::new(load), Passed::default());
        let outlet = Outlet { socket, writer, candidates: Vec::new(), passed };
        let mut end = Plain { rtc: Rtc::new(config, now), wake: now, outlet };
        end.settle();
        Ok(end)
    }

    fn write(&mut self, number: u64) {
        self.outlet.writer.write(&mut self.rtc, number, Instant::now());
        self.settle();
    }

    fn turn(&mut self, wait: Duration) -> io::Result<()> {
        self.receive()?;
        if self.wake <= Instant::now() {
            self.rtc.handle_input(Input::Timeout, Instant::now());
            self.settle();
        }
        self.await_datagram(wait)
    }

    fn delivered(&self) -> u64 {
        self.outlet.writer.delivered()
    }

    fn ready(&self) -> bool {
        self.rtc.connection_state() == ConnectionState::Connected
    }

    fn passed(&self) -> Passed {
        self.outlet.passed
    }
}
