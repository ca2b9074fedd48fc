//! What the two peers of the examples do, whatever drives them: the caller offers a data channel
//! and says "ping", the callee says "pong", the caller hangs up.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use lapwing_drivers::Waker;
use lapwing_engine::{
    ChannelConfig, Config, ConnectionState, Event, NegotiationRole, Rtc, SdpType,
    SessionDescription,
};

/// What goes between the peers beside the network: here a channel, elsewhere a signalling server.
pub(crate) enum Signal {
    /// An offer or an answer.
    Description(SessionDescription),
    /// A candidate as a browser writes it.
    Candidate(String),
}

/// One peer.
pub(crate) struct Party {
    name: &'static str,
    outgoing: Sender<Signal>,
    incoming: Receiver<Signal>,
    wake_other: Waker,
    over: bool,
}

/// Both peers, caller first, each with what wakes it.
pub(crate) fn parties(caller: Waker, callee: Waker) -> (Party, Party) {
    let (to_callee, from_caller) = channel();
    let (to_caller, from_callee) = channel();
    (
        Party::new("caller", to_callee, from_callee, callee),
        Party::new("callee", to_caller, from_caller, caller),
    )
}

impl Party {
    fn new(
        name: &'static str,
        outgoing: Sender<Signal>,
        incoming: Receiver<Signal>,
        wake_other: Waker,
    ) -> Self {
        Party { name, outgoing, incoming, wake_other, over: false }
    }

    fn calls(&self) -> bool {
        self.name == "caller"
    }

    /// A connection with these settings; the caller's has an offer under way.
    pub(crate) fn connect(&self, config: Config) -> Rtc {
        let role = if self.calls() { NegotiationRole::Impolite } else { NegotiationRole::Polite };
        let mut rtc = Rtc::new(config.with_role(role), Instant::now());
        if self.calls() {
            rtc.create_channel(ChannelConfig::new("table tennis")).expect("the first channel");
            let offer = rtc.negotiation().create_offer().expect("there is a channel to offer");
            rtc.negotiation().set_local(&offer).expect("it was just created");
            self.say(Signal::Description(offer));
        }
        rtc
    }

    /// Takes what the other peer said; false when the call is over.
    pub(crate) fn listen(&mut self, rtc: &mut Rtc) -> bool {
        for signal in self.incoming.try_iter() {
            let mut negotiation = rtc.negotiation();
            match signal {
                Signal::Candidate(text) => {
                    negotiation.add_ice_candidate(&text).expect("the other's candidates are good");
                }
                Signal::Description(description) => {
                    negotiation.set_remote(&description).expect("the other speaks our dialect");
                    if description.kind == SdpType::Offer {
                        let answer = negotiation.create_answer().expect("an offer waits");
                        negotiation.set_local(&answer).expect("it was just created");
                        self.say(Signal::Description(answer));
                    }
                }
            }
        }
        !self.over
    }

    /// Takes what happened.
    pub(crate) fn event(&mut self, rtc: &mut Rtc, event: Event) {
        match event {
            Event::IceCandidate(signalled) => self.say(Signal::Candidate(signalled.line())),
            Event::ConnectionStateChanged(state) => {
                println!("{}: {state}", self.name);
                if state == ConnectionState::Failed {
                    // Nobody is there any more. A program that can still reach the other one's
                    // signalling may restart ICE instead; without either, a loop would go on for
                    // ever.
                    rtc.close(Instant::now());
                }
            }
            Event::ChannelOpened(opened) if self.calls() => {
                let mut channel = rtc.channel(opened.id).expect("it just opened");
                channel.write_text("ping").expect("its buffer is empty");
            }
            Event::ChannelMessage(message) => {
                println!("{}: got {:?}", self.name, String::from_utf8_lossy(&message.data));
                if self.calls() {
                    rtc.close(Instant::now());
                } else {
                    let mut channel = rtc.channel(message.id).expect("it is open");
                    channel.write_text("pong").expect("its buffer is empty");
                }
            }
            Event::Closed(reason) => {
                println!("{}: closed, {reason:?}", self.name);
                self.over = true;
            }
            _ => {}
        }
    }

    fn say(&self, signal: Signal) {
        // Where the other peer is gone, there is nothing more to say.
        let _ = self.outgoing.send(signal);
        self.wake_other.wake();
    }
}
