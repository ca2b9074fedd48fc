//! The one drain loop: drivers, simulator and tests all call it.

use std::time::Instant;

use crate::datagram::Transmit;
use crate::event::Event;
use crate::output::Output;
use crate::rtc::Rtc;
use crate::socket::{ResolveId, SocketRequest};

/// Where the outputs of an [`Rtc`] go.
pub trait Sink {
    /// Send a datagram.
    fn transmit(&mut self, transmit: Transmit);
    /// Hand an event to the application.
    fn event(&mut self, event: Event);
    /// Open or close a socket.
    fn socket(&mut self, request: SocketRequest);
    /// Resolve a name.
    fn resolve(&mut self, id: ResolveId, name: String);
}

/// Polls `rtc` dry and returns when it wants to be woken.
///
/// Call it after every input and after every command.
pub fn drain(rtc: &mut Rtc, sink: &mut impl Sink) -> Instant {
    loop {
        match rtc.poll_output() {
            Output::Transmit(transmit) => sink.transmit(transmit),
            Output::Event(event) => sink.event(event),
            Output::Socket(request) => sink.socket(request),
            Output::Resolve { id, name } => sink.resolve(id, name),
            Output::Timeout { at, .. } => return at,
        }
    }
}
