//! A sender of video, as far as its packets go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ids::PayloadType;
use crate::rtp::assemble::{Pushed, VideoAssembler, VideoFrame, VideoPacket};
use crate::rtp::format::{FrameInfo, Packetizer, PayloadFormat, PayloadPlan};
use crate::test_time::origin;

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) number: u64,
    pub(super) time: u64,
    pub(super) marker: bool,
    pub(super) payload: Arc<[u8]>,
    pub(super) descriptor: Option<Vec<u8>>,
}

pub(super) struct Sender {
    pub(super) packetizer: Packetizer,
    plan: PayloadPlan,
    pub(super) number: u64,
    pub(super) time: u64,
}

impl Sender {
    pub(super) fn new(format: PayloadFormat) -> Self {
        let (packetizer, plan) = (Packetizer::new(format, 0x7ffa), PayloadPlan::default());
        Sender { packetizer, plan, number: 65_500, time: 1 << 32 }
    }

    /// The packets of the next frame, of 100 bytes each.
    pub(super) fn frame(&mut self, frame: &[u8], info: FrameInfo) -> Vec<Sent> {
        self.packetizer.plan(frame, &info, 100, &mut self.plan).unwrap();
        if !info.inter_layer {
            self.time += 3_000;
        }
        let payloads = self.plan.payloads(frame).map(|payload| {
            let mut out = Vec::new();
            payload.write(&mut out);
            self.number += 1;
            let (number, time) = (self.number, self.time);
            let (marker, payload) = (payload.marker(), Arc::from(out));
            Sent { number, time, marker, payload, descriptor: None }
        });
        payloads.collect()
    }

    /// The packets of a [`picture`].
    pub(super) fn picture(&mut self, number: u8, packets: usize, info: FrameInfo) -> Vec<Sent> {
        self.frame(&picture(number, packets, info.keyframe), info)
    }
}

/// A frame of so many packets, told apart by its number, below 128. Its lowest bit is VP8's sign of
/// a frame that is no keyframe.
pub(super) fn picture(number: u8, packets: usize, keyframe: bool) -> Vec<u8> {
    vec![number << 1 | u8::from(!keyframe); packets * 90]
}

pub(super) const KEY: FrameInfo = FrameInfo {
    keyframe: true,
    spatial: 0,
    temporal: 0,
    layer_sync: false,
    discardable: false,
    inter_layer: false,
    references: [0; 3],
    more_layers: false,
};

pub(super) const DELTA: FrameInfo = FrameInfo { keyframe: false, ..KEY };

/// A receiver, and the frames that it handed out.
pub(super) struct Receiver {
    pub(super) assembler: VideoAssembler<Arc<[u8]>>,
    pub(super) frames: Vec<VideoFrame>,
    epoch: Instant,
    pub(super) now: Instant,
    patience: Duration,
}

impl Receiver {
    /// One that waits so long for what is missing.
    pub(super) fn new(format: PayloadFormat, patience: Duration) -> Self {
        let epoch = origin();
        // Waiting counts from here, so that nothing is given up before.
        let now = epoch + patience;
        let (assembler, frames) = (VideoAssembler::new(format), Vec::new());
        Receiver { assembler, frames, epoch, now, patience }
    }

    pub(super) fn push(&mut self, sent: &Sent) -> Pushed {
        // Its descriptor lies behind its payload here.
        let descriptor = sent.descriptor.as_deref().unwrap_or_default();
        let (payload, end) = (sent.payload.len(), sent.payload.len() + descriptor.len());
        let pushed = self.assembler.push(VideoPacket {
            sequence_number: sent.number,
            time: sent.time,
            payload_type: PayloadType(96),
            marker: sent.marker,
            buffer: [&sent.payload[..], descriptor].concat().into(),
            payload: 0..payload,
            descriptor: sent.descriptor.as_ref().map(|_| payload..end),
            received_at: self.now,
        });
        self.poll();
        pushed
    }

    pub(super) fn push_all<'s>(&mut self, sent: impl IntoIterator<Item = &'s Sent>) {
        sent.into_iter().for_each(|sent| {
            self.push(sent);
        });
    }

    pub(super) fn wait(&mut self, span: Duration) {
        self.now += span;
        self.poll();
    }

    pub(super) fn poll(&mut self) {
        let given_up = (self.now - self.patience).max(self.epoch);
        while let Some(frame) = self.assembler.poll(given_up) {
            self.frames.push(frame);
        }
    }

    /// The number of each picture, and whether it is contiguous.
    pub(super) fn told(&mut self) -> Vec<(u8, bool)> {
        let frames = std::mem::take(&mut self.frames);
        frames.iter().map(|frame| (frame.data[0] >> 1, frame.contiguous)).collect()
    }
}
