//! Frames on their way: from one who sends a track to all who get it.
//!
//! 1. A frame arrives. One after a loss is of no use until the next keyframe of its layer.
//! 2. Each receiver has a layer that it shall have (`estimate`). Another one passes to it only
//!    until that one has a keyframe, which is asked for.
//! 3. Upper layers of a stream that it shall not have are left out (`thinning`).
//! 4. What passes is written to the receiver's connection, which numbers packets and pictures anew,
//!    with times that go on from one layer to the next.

use std::time::Instant;

use lapwing_engine::rtp::assemble::SpatialLayer;
use lapwing_engine::rtp::format::FrameInfo;
use lapwing_engine::{
    Codec, EncodedFrame, KeyframeRequestKind, MediaKind, MediaTime, Mid, ReceivedFrame, Rid,
    WriteError, WriteOptions,
};

use super::forwarder::{Connections, Forwarder};
use super::layers::Pick;
use super::peer::Send;
use super::thinning::Thinned;
use super::timeline::ticks;
use crate::protocol::signalling::ParticipantId;

/// A frame that is handed on.
#[derive(Clone, Copy)]
struct Arrived<'a> {
    from: &'a ParticipantId,
    received: &'a ReceivedFrame,
    /// When it was captured, on the clock of this side.
    captured_at: Instant,
    /// From the times of its layer to those that all layers share.
    shift: i64,
    /// What is known of its layers, and whether receivers are told.
    info: Option<(FrameInfo, bool)>,
    /// Its spatial layers, where they are told apart.
    layers: &'a [EncodedFrame],
}

/// A frame that passes, or one of its spatial layers, and what is said of it.
type Passes<'a> = (&'a EncodedFrame, Option<FrameInfo>);

/// What becomes of a frame for one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is written, with this time where it is not its own.
    Pass(Option<MediaTime>),
    /// It is of another layer.
    Leave,
    /// It would be, were it a keyframe.
    Missed,
}

impl Send {
    /// What becomes of a frame; `shift` tells of its layer's times.
    fn judge(&mut self, rid: Option<Rid>, frame: &EncodedFrame, shift: i64) -> Verdict {
        let Some(layer) = rid else {
            self.passing.rid = None;
            let missed = self.awaits_keyframe && !frame.keyframe;
            return if missed { Verdict::Missed } else { Verdict::Pass(None) };
        };
        let is_wanted = self.choice.chosen().is_some_and(|pick| pick.rid == rid);
        if frame.keyframe && is_wanted {
            if self.passing.rid != rid {
                tracing::debug!(%layer, before = ?self.passing.rid, "another layer");
                self.passing.switch(layer, shift);
            }
        } else if self.passing.rid != rid || self.awaits_keyframe {
            return if is_wanted { Verdict::Missed } else { Verdict::Leave };
        }
        let time = self.passing.next(ticks(frame.time), frame.keyframe);
        let time = u64::try_from(time).unwrap_or_default();
        Verdict::Pass(Some(MediaTime::new(time, MediaTime::VIDEO_RATE)))
    }

    /// What of a frame passes, with what is said of its layers, and whether more of it shall, for
    /// which a keyframe is needed. `None` where nothing does.
    fn thin<'a>(&mut self, arrived: Arrived<'a>) -> Option<(Vec<Passes<'a>>, bool)> {
        let Arrived { received, info, layers, .. } = arrived;
        let keyframe = received.frame.keyframe;
        let chosen = self.choice.chosen().filter(|pick| pick.rid == received.rid);
        let most = chosen.unwrap_or(Pick::whole(received.rid));
        let Thinned::Pass(told) = self.thinning.judge(info, keyframe, most.temporal) else {
            return None;
        };
        if layers.is_empty() {
            return Some((vec![(&received.frame, told)], false));
        }
        let sizes = self.thinning.sizes(&received.layers, keyframe, most.spatial);
        let passing = layers.iter().zip(sizes.told.into_iter().map(Some));
        Some((passing.collect(), sizes.wants_keyframe))
    }
}

/// The spatial layers of a picture, each by itself; nothing where there is one.
fn apart(received: &ReceivedFrame) -> Vec<EncodedFrame> {
    let layer = |layer: &SpatialLayer| EncodedFrame {
        keyframe: layer.info.keyframe,
        data: received.frame.data[layer.bytes.clone()].into(),
        ..received.frame.clone()
    };
    received.layers.iter().map(layer).collect()
}

impl<C: Connections> Forwarder<C> {
    /// A frame for everyone who gets this track.
    pub(super) fn frame(&mut self, id: &ParticipantId, received: &ReceivedFrame, now: Instant) {
        let (mid, rid) = (received.mid, received.rid);
        let Some(peer) = self.peer(id) else { return };
        let Some(origin) = peer.origins.get_mut(&mid) else { return };
        let captured_at = peer.clock.captured(received);
        let video = origin.kind == MediaKind::Video;
        let keyframe = received.frame.keyframe;
        let bytes = received.frame.data.len();
        tracing::trace!(from = %id, %mid, ?rid, keyframe, bytes, received.contiguous, "a frame came");
        let Some(layer) = origin.layers.arrived(received) else { return };
        if video {
            layer.awaits_keyframe = !keyframe && (layer.awaits_keyframe || !received.contiguous);
            if layer.awaits_keyframe {
                tracing::debug!(from = %id, %mid, received.contiguous, "waits for a keyframe");
                return self.ask_keyframe(id, mid, rid, now);
            }
        }
        let shift = layer.timeline.shift();
        // The descriptor of VP8 has room for it at any time.
        let tells = layer.is_layered() || received.frame.codec == Codec::Vp8;
        let info = received.facts.info.filter(|_| !layer.inseparable).map(|info| (info, tells));
        let layers = &apart(received)[..];
        let arrived = Arrived { from: id, received, captured_at, shift, info, layers };
        let mut missed = false;
        for other in self.others(id) {
            self.choose_layers(&other, now);
            missed |= self.hand_on(arrived, &other, now);
        }
        if missed && video {
            self.ask_keyframe(id, mid, rid, now);
        }
    }

    /// Hands a frame on to one participant, if it gets this track and layer. Gives whether it needs
    /// a keyframe of it.
    fn hand_on(&mut self, arrived: Arrived<'_>, to: &ParticipantId, now: Instant) -> bool {
        let Arrived { from, received, captured_at, shift, .. } = arrived;
        let Some(peer) = self.peer(to) else { return false };
        let carries = |send: &&mut Send| {
            send.origin.as_ref().is_some_and(|(of, mid)| of == from && *mid == received.mid)
        };
        let Some(send) = peer.sends.iter_mut().find(carries) else { return false };
        let Some(mid) = send.mid else { return false };
        if send.lacks == Some(received.frame.codec) {
            self.frames_dropped += 1;
            return false;
        }
        let time = match send.judge(received.rid, &received.frame, shift) {
            Verdict::Pass(time) => time,
            Verdict::Leave => return false,
            Verdict::Missed => {
                tracing::debug!(%from, %to, %mid, "a keyframe is missing");
                return true;
            }
        };
        let Some((passing, wants_keyframe)) = send.thin(arrived) else { return false };
        let media = self.connections.rtc_mut(to).and_then(|rtc| rtc.media(mid));
        let written = media.map(|mut media| {
            passing.iter().try_for_each(|(frame, layer)| {
                let options = WriteOptions {
                    audio_level: received.audio_level,
                    captured_at: Some(captured_at),
                    layer: *layer,
                    ..WriteOptions::default()
                };
                let timed = time.map(|time| EncodedFrame { time, ..(*frame).clone() });
                media.write_with(timed.as_ref().unwrap_or(frame), options, now)
            })
        });
        let ok = matches!(written, Some(Ok(())));
        if !ok {
            tracing::debug!(%from, %to, %mid, ?written, "a frame was lost");
        }
        // A keyframe is of no use to one who does not take the codec.
        let lacks = match written {
            Some(Err(WriteError::CodecNotNegotiated(codec))) => Some(codec),
            _ => None,
        };
        self.written(to, mid, ok, lacks);
        (!ok || wants_keyframe) && lacks.is_none()
    }

    fn written(&mut self, id: &ParticipantId, mid: Mid, ok: bool, lacks: Option<Codec>) {
        self.frames_dropped += u64::from(!ok);
        let Some(peer) = self.peer(id) else { return };
        if let Some(send) = peer.sends.iter_mut().find(|send| send.mid == Some(mid)) {
            send.awaits_keyframe = !ok && send.kind == MediaKind::Video;
            send.lacks = lacks;
        }
    }

    /// A receiver asks for a keyframe of what it gets.
    pub(super) fn keyframe_requested(&mut self, id: &ParticipantId, mid: Mid, now: Instant) {
        let Some(peer) = self.peer(id) else { return };
        let Some(send) = peer.sends.iter().find(|send| send.mid == Some(mid)) else { return };
        let rid = send.passing.rid;
        let Some((from, of)) = send.origin.clone() else { return };
        self.ask_keyframe(&from, of, rid, now);
    }

    fn ask_keyframe(&mut self, id: &ParticipantId, mid: Mid, rid: Option<Rid>, now: Instant) {
        let Some(peer) = self.peer(id) else { return };
        let layer = peer.origins.get_mut(&mid).and_then(|origin| origin.layers.get(rid));
        if !layer.is_some_and(|layer| layer.may_ask(now)) {
            return;
        }
        tracing::debug!(from = %id, %mid, ?rid, "asks for a keyframe");
        if let Some(mut media) = self.connections.rtc_mut(id).and_then(|rtc| rtc.media(mid)) {
            // Before anything was received the first frame is a keyframe anyway.
            let _ = media.request_keyframe(rid, KeyframeRequestKind::Pli);
        }
    }
}
