//! Where a connection's outputs go until they are looked at.

use lapwing_engine::{Event, ResolveId, Sink, SocketRequest, Transmit};

#[derive(Default)]
pub(crate) struct Outbox {
    pub(crate) sent: Vec<Transmit>,
    pub(crate) events: Vec<Event>,
    pub(crate) sockets: Vec<SocketRequest>,
    pub(crate) names: Vec<ResolveId>,
}

impl Sink for Outbox {
    fn transmit(&mut self, transmit: Transmit) {
        self.sent.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        self.sockets.push(request);
    }

    fn resolve(&mut self, id: ResolveId, _: String) {
        self.names.push(id);
    }
}
