//! What the programs under test do, whatever drives them: negotiate, open a channel, exchange
//! messages, then play frames back and forth.

use std::sync::Arc;
#[cfg(feature = "mio")]
use std::time::Duration;
use std::time::Instant;

use lapwing_engine::{
    ChannelConfig, ChannelId, Codec, Config, EncodedFrame, Event, MediaKind, MediaTime,
    NegotiationRole, Protocol, ReceivedFrame, Rtc, SdpType, SessionDescription, TransceiverInit,
};

/// Frames that go each way.
const FRAMES: u8 = 20;

/// Bytes of each: several packets, so that batches form.
const FRAME_BYTES: usize = 6_000;

/// A frame that is not answered for so long is played again: where its last packets found no room
/// in the socket's buffer nobody knows that they are missing, as nothing comes after them.
#[cfg(feature = "mio")]
const PATIENCE: Duration = Duration::from_secs(2);

/// What goes between the two ends beside the network.
#[derive(Clone, Debug)]
pub(crate) enum Signal {
    Description(SessionDescription),
    Candidate(String),
    /// The caller has all it wants.
    Bye,
}

/// One end's program.
pub(crate) struct Program {
    name: &'static str,
    calls: bool,
    channel: Option<ChannelId>,
    /// Messages that came.
    pub(crate) messages: Vec<String>,
    /// Frames that came.
    pub(crate) frames: Vec<ReceivedFrame>,
    /// What it sends is marked ECT(1), and feedback tells of marks.
    pub(crate) marks: bool,
    /// Candidates by TCP are gathered, and only those with this type are told; with nothing, all
    /// types.
    pub(crate) tcp: Option<&'static str>,
    /// What carried the traffic last.
    pub(crate) protocol: Option<Protocol>,
    /// Frames that were played, each at its own time.
    plays: u64,
    /// The frame that waits for an answer, and when it was played.
    played: Option<(u8, Instant)>,
    /// Nothing more is to be done.
    pub(crate) over: bool,
    /// To be carried over.
    pub(crate) signals: Vec<Signal>,
}

/// Settings of one end, on loopback addresses only where the machine has no others.
pub(crate) fn config(calls: bool) -> Config {
    let role = if calls { NegotiationRole::Impolite } else { NegotiationRole::Polite };
    let config = lapwing_drivers::config().expect("the system has randomness");
    config.with_loopback().with_role(role)
}

impl Program {
    /// The end that offers.
    pub(crate) fn caller() -> Self {
        Program::new("caller", true)
    }

    /// The end that answers.
    pub(crate) fn callee() -> Self {
        Program::new("callee", false)
    }

    fn new(name: &'static str, calls: bool) -> Self {
        Program {
            name,
            calls,
            channel: None,
            messages: Vec::new(),
            frames: Vec::new(),
            marks: false,
            tcp: None,
            protocol: None,
            plays: 0,
            played: None,
            over: false,
            signals: Vec::new(),
        }
    }

    /// A connection for this end.
    pub(crate) fn rtc(&self) -> Rtc {
        let mut config = config(self.calls);
        (config.ccfb, config.ecn) = (self.marks, self.marks);
        config.ice_tcp = self.tcp.is_some();
        Rtc::new(config, Instant::now())
    }

    /// The caller calls; the callee does nothing.
    pub(crate) fn start(&mut self, rtc: &mut Rtc) {
        if !self.calls {
            return;
        }
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
        self.offer(rtc);
    }

    /// Offers what there is.
    pub(crate) fn offer(&mut self, rtc: &mut Rtc) {
        let offer = rtc.negotiation().create_offer().expect("there is something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        self.signals.push(Signal::Description(offer));
    }

    /// Takes what the other end said.
    pub(crate) fn signal(&mut self, rtc: &mut Rtc, signal: Signal) {
        let mut negotiation = rtc.negotiation();
        match signal {
            Signal::Bye => self.over = true,
            Signal::Candidate(text) => {
                negotiation.add_ice_candidate(&text).expect("a valid candidate");
            }
            Signal::Description(description) => {
                negotiation.set_remote(&description).expect("a valid description");
                if description.kind == SdpType::Offer {
                    let answer = negotiation.create_answer().expect("an offer waits");
                    negotiation.set_local(&answer).expect("it was just created");
                    self.signals.push(Signal::Description(answer));
                }
            }
        }
    }

    /// Takes what happened.
    pub(crate) fn event(&mut self, rtc: &mut Rtc, event: Event) {
        match event {
            Event::IceCandidate(signalled)
                if self
                    .tcp
                    .is_some_and(|kind| !signalled.line().contains(&format!("tcptype {kind}"))) => {
            }
            Event::SelectedPairChanged(pair) => self.protocol = Some(pair.protocol),
            Event::IceCandidate(signalled) => {
                self.signals.push(Signal::Candidate(signalled.line()));
            }
            Event::ChannelOpened(opened) => {
                self.channel = Some(opened.id);
                let text = format!("hello from the {}", self.name);
                rtc.channel(opened.id).expect("it is open").write_text(&text).expect("room");
            }
            Event::ChannelMessage(message) => {
                let text = String::from_utf8(message.data.to_vec()).expect("text was sent");
                self.messages.push(text);
                if self.calls {
                    self.play(rtc, 0);
                }
            }
            Event::Frame(frame) => {
                let number = *frame.frame.data.last().expect("frames have bytes");
                let is_new = self.frames.len() == usize::from(number);
                if is_new {
                    self.frames.push(frame);
                } else if self.calls {
                    return;
                }
                match (self.calls, number + 1 < FRAMES) {
                    (true, true) => self.play(rtc, number + 1),
                    (true, false) => {
                        self.signals.push(Signal::Bye);
                        self.over = true;
                    }
                    (false, _) => self.play(rtc, number),
                }
            }
            _ => {}
        }
    }

    /// The caller plays a frame again that was not answered in time. Where many connections share a
    /// socket (which mio's tests try), its buffer fills.
    #[cfg(feature = "mio")]
    pub(crate) fn persist(&mut self, rtc: &mut Rtc) {
        let late = |played: &(u8, Instant)| played.1.elapsed() > PATIENCE;
        if let Some((number, _)) = self.played.filter(|played| !self.over && late(played)) {
            self.play(rtc, number);
        }
    }

    fn play(&mut self, rtc: &mut Rtc, number: u8) {
        let transceivers = rtc.negotiation().transceivers();
        let mid = transceivers[0].mid.expect("it is negotiated");
        let mut media = rtc.media(mid).expect("it is negotiated");
        let now = Instant::now();
        media.write(&frame(number, self.plays), now).expect("the frame is taken");
        self.plays += 1;
        self.played = self.calls.then_some((number, now));
    }

    /// Checks what came.
    pub(crate) fn check(&self) {
        self.check_from(if self.calls { "callee" } else { "caller" });
    }

    /// Checks what came, with a greeting from `peer`.
    pub(crate) fn check_from(&self, peer: &str) {
        assert_eq!(self.messages, [format!("hello from the {peer}")]);
        let came: Vec<_> = self.frames.iter().map(|received| &received.frame.data).collect();
        let sent: Vec<_> = (0..FRAMES).map(|number| frame(number, 0).data).collect();
        assert_eq!(came, sent.iter().collect::<Vec<_>>());
    }
}

/// A VP8 frame by its first bytes (RFC 6386 section 9.1), filled up with its number, at this place
/// in time.
fn frame(number: u8, place: u64) -> EncodedFrame {
    let mut data = vec![number; FRAME_BYTES];
    let start = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];
    data[..start.len()].copy_from_slice(&start);
    let time = MediaTime::new(place * 3_000, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe: true, data: Arc::from(data) }
}
