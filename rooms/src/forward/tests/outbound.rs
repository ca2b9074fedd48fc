//! What comes out of a connection.

use lapwing_engine::{Event, Sink, Transmit};

#[derive(Default)]
pub(super) struct Outbound {
    pub(super) transmits: Vec<Transmit>,
    pub(super) events: Vec<Event>,
}

impl Sink for Outbound {
    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push(transmit);
    }
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
    fn socket(&mut self, request: lapwing_engine::SocketRequest) {
        panic!("no socket is wanted: {request:?}");
    }
    fn resolve(&mut self, _: lapwing_engine::ResolveId, _: String) {}
}
