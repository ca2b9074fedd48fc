//! What uses a peer connection: the program above the engine.

use std::time::Instant;

use lapwing_engine::{Event, Rtc};

use crate::net::EndpointId;

/// A program that owns a peer connection of a simulated host.
///
/// It is called between drains of the engine, so it may give any command.
pub trait Application: 'static {
    /// The engine said something. Offers, answers and candidates are carried to the peer without
    /// it.
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant);

    /// The time that the last call asked for has come, or the run begins. Returns when to call
    /// next.
    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        let _ = (rtc, now);
        None
    }

    /// When to call [`Self::wake`] beside what that asked for; asked after each event. What it
    /// names is done by the call, so that it names another time after.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// A program that is not the peer's wrote, by [`Self::post`].
    fn mail(&mut self, mail: &[u8], rtc: &mut Rtc, now: Instant) {
        let _ = (mail, rtc, now);
    }

    /// What is to go to other programs, at once and past the network; asked for until there is
    /// nothing. This is how parts of one machine speak, as a forwarder's do.
    fn post(&mut self) -> Option<(EndpointId, Vec<u8>)> {
        None
    }
}

/// Does nothing, and keeps what the engine says for the test to look at.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Everything said so far, with the time.
    pub events: Vec<(Instant, Event)>,
}

impl Inbox {
    /// True when a data channel of this label has opened.
    pub fn opened(&self, label: &str) -> bool {
        let is = |event: &Event| matches!(event, Event::ChannelOpened(open) if open.label == label);
        self.events.iter().any(|(_, event)| is(event))
    }

    /// Takes the events of one kind out.
    pub fn take<T>(&mut self, mut pick: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.events.retain(|(_, event)| match pick(event) {
            Some(value) => {
                taken.push(value);
                false
            }
            None => true,
        });
        taken
    }
}

impl AsRef<Inbox> for Inbox {
    fn as_ref(&self) -> &Inbox {
        self
    }
}

impl Application for Inbox {
    fn event(&mut self, event: Event, _: &mut Rtc, now: Instant) {
        self.events.push((now, event));
    }
}
