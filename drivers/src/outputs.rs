//! Where drained outputs wait until the driver gets to them.

use lapwing_engine::{Event, ResolveId, Sink, SocketRequest, Transmit};

/// Buffers that wait for the next datagrams: as many as leave in a turn.
const SPARE_MAX: usize = 1_024;

/// Everything that one or more connections want done.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub(crate) transmits: Vec<Transmit>,
    /// Buffers of datagrams that were sent.
    pub(crate) spare: Vec<Vec<u8>>,
    pub(crate) events: Vec<Event>,
    pub(crate) requests: Vec<SocketRequest>,
    pub(crate) questions: Vec<(ResolveId, String)>,
}

impl Outputs {
    /// The datagrams were sent.
    pub(crate) fn on_sent(&mut self) {
        self.spare.extend(self.transmits.drain(..).map(|transmit| transmit.contents));
        self.spare.truncate(SPARE_MAX);
    }
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

    fn spare_buffer(&mut self) -> Option<Vec<u8>> {
        self.spare.pop()
    }
}
