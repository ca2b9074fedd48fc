//! Where drained outputs wait until the driver gets to them.

use lapwing_engine::{Event, ResolveId, Sink, SocketRequest, Transmit};

/// Everything that one or more connections want done.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub(crate) transmits: Vec<Transmit>,
    pub(crate) events: Vec<Event>,
    pub(crate) requests: Vec<SocketRequest>,
    pub(crate) questions: Vec<(ResolveId, String)>,
}

impl Sink for Outputs {
    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        self.requests.push(request);
    }

    fn resolve(&mut self, id: ResolveId, name: String) {
        self.questions.push((id, name));
    }
}
