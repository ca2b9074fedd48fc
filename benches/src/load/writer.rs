//! What the engine's user does in a workload: negotiate, then write.

use std::sync::Arc;
use std::time::Instant;

use lapwing_engine::{
    ChannelConfig, ChannelId, Codec, EncodedFrame, Event, MediaKind, MediaTime, Mid,
    OutgoingPacket, PayloadType, Rtc, TransceiverInit, WriteError,
};

use super::peer::{Kind, Load, frame};

/// Ticks of a 90 kHz clock in a millisecond, the time between two items.
const TICKS_PER_ITEM: u64 = 90;

/// An engine with whatever carries out what it asks for.
pub trait Carried {
    /// The engine.
    fn rtc(&mut self) -> &mut Rtc;

    /// Carries out what a command brought about.
    fn settle(&mut self);

    /// Candidates for the other end that came up since the last call.
    fn candidates(&mut self) -> Vec<String>;
}

/// Negotiates what a workload needs, begun by `a`.
///
/// # Panics
///
/// When the engine refuses its own descriptions.
pub fn exchange(load: Load, a: &mut impl Carried, b: &mut impl Carried) {
    if load.kind == Kind::Messages {
        let created = a.rtc().create_channel(ChannelConfig::new("load"));
        created.expect("a first channel can be created");
    } else {
        a.rtc().negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
    }
    a.settle();
    let offer = a.rtc().negotiation().create_offer().expect("there is something to offer");
    a.rtc().negotiation().set_local(&offer).expect("it was just created");
    a.settle();
    b.rtc().negotiation().set_remote(&offer).expect("our own offer is valid");
    b.settle();
    let answer = b.rtc().negotiation().create_answer().expect("an offer waits");
    b.rtc().negotiation().set_local(&answer).expect("it was just created");
    b.settle();
    a.rtc().negotiation().set_remote(&answer).expect("our own answer is valid");
    a.settle();
    trickle(a, b);
    trickle(b, a);
}

fn trickle(from: &mut impl Carried, to: &mut impl Carried) {
    for candidate in from.candidates() {
        let added = to.rtc().negotiation().add_ice_candidate(&candidate);
        added.expect("our own candidate is valid");
        to.settle();
    }
}

/// Writes the items of a workload.
#[derive(Debug)]
pub struct Writer {
    load: Load,
    mid: Option<Mid>,
    payload_type: PayloadType,
    channel: Option<ChannelId>,
    delivered: u64,
    keyframe: Arc<[u8]>,
    data: Arc<[u8]>,
}

impl Writer {
    /// For this workload.
    pub fn new(load: Load) -> Self {
        Writer {
            load,
            mid: None,
            payload_type: PayloadType(0),
            channel: None,
            delivered: 0,
            keyframe: frame(load.bytes, true),
            data: frame(load.bytes, false),
        }
    }

    /// Takes note of what happened.
    pub fn on_event(&mut self, event: &Event) {
        match event {
            Event::Frame(_) | Event::Packet(_) | Event::ChannelMessage(_) => self.delivered += 1,
            Event::ChannelOpened(channel) => self.channel = Some(channel.id),
            _ => {}
        }
    }

    /// Items that arrived.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// There is a channel if one is needed.
    pub fn is_open(&self) -> bool {
        self.load.kind != Kind::Messages || self.channel.is_some()
    }

    /// Writes an item. True when it was taken.
    ///
    /// # Panics
    ///
    /// When there is nothing to write to yet.
    pub fn write(&mut self, rtc: &mut Rtc, number: u64, now: Instant) -> bool {
        if self.load.kind == Kind::Messages {
            let id = self.channel.expect("the channel is open");
            let mut channel = rtc.channel(id).expect("the channel is open");
            return channel.write_binary(&self.data).is_ok();
        }
        self.write_media(rtc, number, now).expect("media is taken");
        true
    }

    fn write_media(&mut self, rtc: &mut Rtc, number: u64, now: Instant) -> Result<(), WriteError> {
        let mid = match self.mid {
            Some(mid) => mid,
            None => self.find_media(rtc),
        };
        let mut media = rtc.media(mid).expect("video is negotiated");
        if self.load.kind == Kind::Packets {
            let packet = OutgoingPacket {
                payload_type: self.payload_type,
                sequence_number: 1000 + number,
                timestamp: (number * TICKS_PER_ITEM) as u32,
                marker: true,
                nackable: true,
                payload: Arc::clone(&self.data).into(),
            };
            return media.write_packet(None, packet, now);
        }
        let data = Arc::clone(if number == 0 { &self.keyframe } else { &self.data });
        let time = MediaTime::new(number * TICKS_PER_ITEM, MediaTime::VIDEO_RATE);
        let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe: number == 0, data };
        media.write(&frame, now)
    }

    fn find_media(&mut self, rtc: &mut Rtc) -> Mid {
        let transceivers = rtc.negotiation().transceivers();
        let video = transceivers.iter().find(|transceiver| transceiver.kind == MediaKind::Video);
        let mid = video.and_then(|transceiver| transceiver.mid).expect("video is negotiated");
        let codecs = rtc.media(mid).expect("video is negotiated").codecs();
        let vp8 = codecs.iter().find(|(_, codec)| *codec == Codec::Vp8);
        self.payload_type = vp8.expect("both sides know VP8").0;
        self.mid = Some(mid);
        mid
    }
}
