//! Where a flow begins at a forwarder: frames of another go on.

use std::collections::VecDeque;

use lapwing_engine::{Bitrate, EncodedFrame, MediaKind, Mid};

use super::{Handed, LayerChoice, Note};
use crate::net::EndpointId;
use crate::time::Time;

/// What can come of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForwardedRates {
    /// The least and the most that can be sent on of its video.
    pub(crate) video: [Bitrate; 2],
    /// Its sound.
    pub(crate) sound: Bitrate,
}

/// Sends on what a forwarder hands it.
#[derive(Debug)]
pub(crate) struct Forwarded {
    /// The end where the flow arrives.
    from: EndpointId,
    /// The media that are sent on.
    kinds: Vec<MediaKind>,
    /// The m-lines of video and of audio.
    pub(crate) mids: [Option<Mid>; 2],
    rates: ForwardedRates,
    layers: LayerChoice,
    /// The layer that is sent; `None` where the receiver can decode nothing before a keyframe.
    sent: Option<usize>,
    /// The rate of that layer.
    rate: Bitrate,
    /// Video frames that were sent on.
    pub(crate) frames: u64,
    out: VecDeque<(EndpointId, Vec<u8>)>,
}

impl Forwarded {
    /// Of what arrives at `from`, these media; so much can come of it.
    pub(crate) fn new(from: EndpointId, kinds: Vec<MediaKind>, rates: ForwardedRates) -> Self {
        Forwarded {
            from,
            kinds,
            mids: [None; 2],
            rates,
            layers: LayerChoice::default(),
            sent: None,
            rate: Bitrate::ZERO,
            frames: 0,
            out: VecDeque::new(),
        }
    }

    /// Whether it sends such media.
    pub(crate) fn has(&self, kind: MediaKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// What can be sent.
    pub(crate) fn rates(&self) -> ForwardedRates {
        self.rates
    }

    /// The rate of the layer that is sent; zero where none is.
    pub(crate) fn target(&self) -> Bitrate {
        self.sent.map_or(Bitrate::ZERO, |_| self.rate)
    }

    /// What the forwarder wrote: the frame that is to be sent now, and where. `budget` is what may
    /// be sent in all, in bit/s; without one everything may.
    pub(crate) fn take(
        &mut self,
        mail: &[u8],
        budget: Option<f64>,
        now: Time,
    ) -> Option<(Mid, EncodedFrame)> {
        let Some(Note::Frame(handed)) = Note::parse(mail) else { return None };
        let kind = handed.frame.codec.kind();
        if !self.has(kind) {
            return None;
        }
        match kind {
            MediaKind::Audio => Some((self.mids[1]?, handed.frame)),
            MediaKind::Video => Some((self.mids[0]?, self.picture(handed, budget, now)?)),
        }
    }

    fn picture(&mut self, handed: Handed, budget: Option<f64>, now: Time) -> Option<EncodedFrame> {
        let Handed { layer, after_loss, frame } = handed;
        let layer = usize::from(layer);
        self.layers.arrived(layer, frame.data.len(), now);
        let sound = self.rates.sound.as_bps() as f64;
        let wanted = self.layers.choose(budget.map_or(f64::INFINITY, |all| all - sound), now);
        if layer == wanted && frame.keyframe {
            self.sent = Some(layer);
        } else if self.sent == Some(layer) && after_loss {
            self.sent = None;
        }
        if layer == wanted && self.sent != Some(wanted) {
            self.ask(wanted);
        }
        if self.sent != Some(layer) {
            return None;
        }
        self.rate = Bitrate::bps(self.layers.bps(layer, now).unwrap_or(0.0) as u64);
        Some(frame)
    }

    /// Whether a picture was taken. Of one that was not, nothing after it can be decoded.
    pub(crate) fn written(&mut self, ok: bool) {
        if ok {
            self.frames += 1;
        } else {
            self.sent = None;
        }
    }

    /// Nothing of it is sent for a while: it begins again with a keyframe.
    pub(crate) fn interrupt(&mut self) {
        self.sent = None;
    }

    /// The receiver asks for a keyframe.
    pub(crate) fn keyframe_requested(&mut self) {
        self.ask(self.sent.unwrap_or(0));
    }

    fn ask(&mut self, layer: usize) {
        self.out.push_back((self.from, Note::Keyframe(layer as u8).to_bytes()));
    }

    /// What is to be carried to the forwarder's other end.
    pub(crate) fn post(&mut self) -> Option<(EndpointId, Vec<u8>)> {
        self.out.pop_front()
    }
}
