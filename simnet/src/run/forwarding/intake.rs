//! Where a flow ends at a forwarder: its frames are handed on.

use std::collections::VecDeque;
use std::time::Duration;

use lapwing_engine::{KeyframeRequestKind, MediaKind, Mid, ReceivedFrame, Rid, Rtc};

use super::{Handed, Note};
use crate::net::EndpointId;
use crate::run::LAYER_NAMES;
use crate::time::Time;

/// Hands on what arrives of a flow; nothing where no flow carries it on.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// The ends that send it on.
    to: Vec<EndpointId>,
    video: Option<Mid>,
    /// When a keyframe of each layer was asked for last.
    asked: [Option<Time>; LAYER_NAMES.len()],
    out: VecDeque<(EndpointId, Vec<u8>)>,
}

/// A keyframe costs the sender much, and what was asked for is on its way meanwhile.
const KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);

impl Intake {
    /// From now on it goes to this end too.
    pub(crate) fn add(&mut self, to: EndpointId) {
        self.to.push(to);
    }

    /// A frame has arrived.
    pub(crate) fn frame(&mut self, received: &ReceivedFrame) {
        if self.to.is_empty() {
            return;
        }
        let frame = received.frame.clone();
        if frame.codec.kind() == MediaKind::Video {
            self.video = Some(received.mid);
        }
        let named = |rid: Rid| LAYER_NAMES.iter().position(|name| *name == rid.as_str());
        let layer = received.rid.and_then(named).unwrap_or(0) as u8;
        let note = Note::Frame(Handed { layer, after_loss: !received.contiguous, frame });
        let mail = note.to_bytes();
        self.out.extend(self.to.iter().map(|to| (*to, mail.clone())));
    }

    /// One of the ends wrote.
    pub(crate) fn mail(&mut self, mail: &[u8], rtc: &mut Rtc, now: Time) {
        let (Some(Note::Keyframe(layer)), Some(mid)) = (Note::parse(mail), self.video) else {
            return;
        };
        let Some(asked) = self.asked.get_mut(usize::from(layer)) else { return };
        if asked.is_some_and(|at| now < at + KEYFRAME_INTERVAL) {
            return;
        }
        *asked = Some(now);
        // Without a simulcast, streams have no names.
        let rid = Rid::new(LAYER_NAMES[usize::from(layer)]);
        if let Some(mut media) = rtc.media(mid) {
            let named = media.request_keyframe(rid, KeyframeRequestKind::Pli);
            // Before anything of it was received the first frame is a keyframe anyway.
            let _ = named.or_else(|_| media.request_keyframe(None, KeyframeRequestKind::Pli));
        }
    }

    /// What is to be carried to the other ends.
    pub(crate) fn post(&mut self) -> Option<(EndpointId, Vec<u8>)> {
        self.out.pop_front()
    }
}
