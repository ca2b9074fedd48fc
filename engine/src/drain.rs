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
    /// A buffer of a datagram that was sent, for another one. [`drain`] asks for one with each
    /// datagram; where there is none, buffers are allocated.
    fn spare_buffer(&mut self) -> Option<Vec<u8>> {
        None
    }
}

/// Polls `rtc` dry and returns when it wants to be woken.
///
/// Call it after every input and after every command.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{
///     ChannelConfig, Config, Event, ResolveId, Rtc, Sink, SocketRequest, Transmit, drain,
/// };
///
/// /// A program sends, opens sockets and asks for names here, or notes down that it is to do so.
/// #[derive(Default)]
/// struct Outputs {
///     events: Vec<Event>,
/// }
///
/// impl Sink for Outputs {
///     fn transmit(&mut self, _transmit: Transmit) {}
///     fn event(&mut self, event: Event) {
///         self.events.push(event);
///     }
///     fn socket(&mut self, _request: SocketRequest) {}
///     fn resolve(&mut self, _id: ResolveId, _name: String) {}
/// }
///
/// let now = Instant::now();
/// let mut rtc = Rtc::new(Config::seeded(1), now);
/// rtc.create_channel(ChannelConfig::new("chat")).unwrap();
/// let mut outputs = Outputs::default();
/// let wake_at = drain(&mut rtc, &mut outputs);
/// assert!(wake_at >= now);
/// assert!(matches!(outputs.events[..], [Event::NegotiationNeeded]));
/// ```
pub fn drain(rtc: &mut Rtc, sink: &mut impl Sink) -> Instant {
    loop {
        match rtc.poll_output() {
            Output::Transmit(transmit) => {
                sink.transmit(transmit);
                if let Some(buffer) = sink.spare_buffer() {
                    rtc.give_back(buffer);
                }
            }
            Output::Event(event) => sink.event(event),
            Output::Socket(request) => sink.socket(request),
            Output::Resolve { id, name } => sink.resolve(id, name),
            Output::Timeout { at, .. } => return at,
        }
    }
}
