//! The engine in a loop of one's own: a plain socket, no driver. Two peers in one process, each on
//! a thread, connect over the loopback interface and exchange messages.
//!
//! `cargo run -p lapwing-drivers --example custom_loop`

#[path = "shared/party.rs"]
mod party;

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::Arc;
use std::task::Wake;
use std::thread;
use std::time::{Duration, Instant};

use lapwing_drivers::Waker;
use lapwing_engine::{
    Datagram, Event, Input, Protocol, ResolveId, Sink, SocketRequest, Transmit, drain,
};

use party::{Party, parties};

/// What the engine wants done: datagrams leave at once, events wait for the loop.
struct Outputs<'a> {
    socket: &'a UdpSocket,
    events: Vec<Event>,
}

impl Sink for Outputs<'_> {
    fn transmit(&mut self, transmit: Transmit) {
        // The network may lose datagrams, so this loop may too.
        let _ = self.socket.send_to(&transmit.contents, transmit.destination);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, _request: SocketRequest) {
        unreachable!("a connection with a shared socket asks for none");
    }

    fn resolve(&mut self, _id: ResolveId, _name: String) {
        // Candidates behind names are not used.
    }
}

fn run(socket: &UdpSocket, mut party: Party) -> io::Result<()> {
    let local = socket.local_addr()?;
    let mut rtc = party.connect(lapwing_drivers::config()?.with_shared_socket(local));
    let mut contents = vec![0; 65_535];
    while party.listen(&mut rtc) {
        // Drain after every input and every command.
        let mut outputs = Outputs { socket, events: Vec::new() };
        let wake_at = drain(&mut rtc, &mut outputs);
        if !outputs.events.is_empty() {
            for event in outputs.events {
                party.event(&mut rtc, event);
            }
            continue;
        }
        // Wait until a datagram comes or the engine wants to be woken. A timeout of zero would mean
        // to wait for ever.
        let wait = wake_at.saturating_duration_since(Instant::now());
        socket.set_read_timeout(Some(wait.max(Duration::from_micros(1))))?;
        match socket.recv_from(&mut contents) {
            // Somebody wants this loop to look at its signals.
            Ok((0, _)) => {}
            Ok((len, source)) => {
                let contents = &contents[..len];
                let protocol = Protocol::Udp;
                let datagram =
                    Datagram { protocol, source, destination: local, ecn: None, contents };
                rtc.handle_input(Input::Datagram(datagram), Instant::now());
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                rtc.handle_input(Input::Timeout, Instant::now());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let (a, b) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    let (caller, callee) = parties(waker(&a)?, waker(&b)?);
    let other = thread::spawn(move || run(&b, callee));
    run(&a, caller)?;
    other.join().expect("the callee does not panic")
}

/// Wakes a loop that waits for datagrams by sending it an empty one.
struct Nudge {
    from: UdpSocket,
}

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        // A lost nudge costs no more than the engine's own timeout.
        let _ = self.from.send(&[]);
    }
}

fn waker(socket: &UdpSocket) -> io::Result<Waker> {
    let from = UdpSocket::bind("127.0.0.1:0")?;
    from.connect(socket.local_addr()?)?;
    Ok(Waker::from(std::task::Waker::from(Arc::new(Nudge { from }))))
}
