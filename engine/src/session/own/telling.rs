//! What a stream that is sent tells of its frames beside their payloads.
//!
//! 1. Which layer a picture is of, in each of its packets, by the dependency descriptor: where the
//!    payload format has no words for it, from a keyframe on whose layer was told.
//! 2. When it was captured, in the first packet of a frame: once a second, and in between where
//!    receivers that go on from the last time would be wrong.
//! 3. Which delay is wanted, in all packets until a report says that one of them arrived, and with
//!    each keyframe, which is what others begin with.
//!
//! All of it goes where it was agreed on, and again with packets that are sent again.

use std::time::{Duration, Instant};

use super::beside::{Beside, BesideWriter};
use super::lines::Line;
use crate::frame::EncodedFrame;
use crate::media::WriteOptions;
use crate::rtcp::{NtpClock, NtpTime};
use crate::rtp::Announcement;
use crate::rtp::dependency::{DependencyDescriptor, DependencyWriter};
use crate::rtp::extension::{AbsCaptureTime, ExtensionKind, PlayoutDelay};
use crate::rtp::format::{FrameInfo, PayloadFormat};

/// How often a time of capture is told: receivers go on from one for five seconds.
const CAPTURE_INTERVAL: Duration = Duration::from_secs(1);

/// How far a frame may be from where the last time told has it. Less than is seen or heard.
const CAPTURE_ERROR: Duration = Duration::from_millis(5);

/// A clock that wavers is not told more often.
const CAPTURE_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// A time that was told.
#[derive(Clone, Copy, Debug)]
struct Told {
    at: NtpTime,
    timestamp: u32,
    rate: u32,
    sent_at: Instant,
}

impl Told {
    /// Where a frame of this timestamp would be taken to be, in 2^32nds of a second.
    fn expected(&self, timestamp: u32) -> u64 {
        let ahead = timestamp.wrapping_sub(self.timestamp).cast_signed();
        let span = (i128::from(ahead) << 32) / i128::from(self.rate.max(1));
        self.at.bits().wrapping_add_signed(span as i64)
    }
}

/// What a stream tells.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// From a keyframe on whose layer was told.
    dependencies: Option<Box<DependencyWriter>>,
    captured: Option<Told>,
    playout: Option<PlayoutDelay>,
    /// Whether the receiver knows of it.
    playout_known: Announcement,
}

/// What is told of one frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ToldFrame {
    descriptor: Option<DependencyDescriptor>,
    captured: Option<AbsCaptureTime>,
    playout: Option<PlayoutDelay>,
}

/// A frame that is about to be sent.
#[derive(Clone, Copy)]
pub(super) struct Sent<'a> {
    pub(super) frame: &'a EncodedFrame,
    pub(super) options: &'a WriteOptions,
    /// Its layer, with what the frame says of itself.
    pub(super) info: &'a FrameInfo,
    pub(super) format: PayloadFormat,
    pub(super) timestamp: u32,
    /// The number of its first packet.
    pub(super) number: u64,
    pub(super) clock: NtpClock,
    pub(super) now: Instant,
}

impl Telling {
    /// What is told of a frame on an m-line.
    pub(super) fn frame(&mut self, sent: Sent<'_>, line: &Line) -> ToldFrame {
        let agreed = |kind: ExtensionKind| line.sent.id(kind).is_some();
        let captured = agreed(ExtensionKind::AbsCaptureTime).then(|| self.captured(sent)).flatten();
        let playout = agreed(ExtensionKind::PlayoutDelay).then(|| self.playout(sent)).flatten();
        let described = agreed(ExtensionKind::DependencyDescriptor) && !sent.format.tells_layers();
        let descriptor = described.then(|| self.descriptor(sent)).flatten();
        ToldFrame { descriptor, captured, playout }
    }

    fn descriptor(&mut self, sent: Sent<'_>) -> Option<DependencyDescriptor> {
        if sent.info.keyframe && sent.options.layer.is_some() {
            self.dependencies.get_or_insert_default();
        }
        self.dependencies.as_mut()?.frame(sent.info)
    }

    fn captured(&mut self, sent: Sent<'_>) -> Option<AbsCaptureTime> {
        let Sent { timestamp, now, .. } = sent;
        let at = sent.clock.at(sent.options.captured_at?);
        let rate = sent.frame.codec.clock_rate();
        let is_known = self.captured.is_some_and(|told| {
            let since = now.saturating_duration_since(told.sent_at);
            let off = at.bits().wrapping_sub(told.expected(timestamp)).cast_signed();
            let off = (u128::from(off.unsigned_abs()) * 1_000_000) >> 32;
            let is_off = off > CAPTURE_ERROR.as_micros() && since >= CAPTURE_INTERVAL_MIN;
            told.rate == rate && since < CAPTURE_INTERVAL && !is_off
        });
        if is_known {
            return None;
        }
        self.captured = Some(Told { at, timestamp, rate, sent_at: now });
        // It is on the clock of our reports.
        Some(AbsCaptureTime { timestamp: at.bits(), clock_offset: Some(0) })
    }

    fn playout(&mut self, sent: Sent<'_>) -> Option<PlayoutDelay> {
        if let Some(wanted) = sent.options.playout_delay
            && self.playout != Some(wanted)
        {
            self.playout = Some(wanted);
            self.playout_known.restart();
        }
        let playout = self.playout?;
        let is_news = self.playout_known.on_sent(sent.number as u32);
        (is_news || sent.frame.keyframe).then_some(playout)
    }

    /// A report says which packet is the last that arrived.
    pub(super) fn on_report(&mut self, highest: u32) {
        self.playout_known.on_report(highest);
    }

    /// What goes with one of a frame's packets.
    pub(super) fn beside(&self, told: &ToldFrame, index: usize, count: usize) -> Beside {
        let mut writer = BesideWriter::default();
        if let Some(captured) = told.captured.filter(|_| index == 0) {
            writer.add(&captured);
        }
        if let Some(playout) = told.playout {
            writer.add(&playout);
        }
        if let (Some(descriptor), Some(dependencies)) = (told.descriptor, &self.dependencies) {
            let packet = DependencyDescriptor {
                starts_frame: index == 0,
                ends_frame: index + 1 == count,
                has_structure: descriptor.has_structure && index == 0,
                ..descriptor
            };
            writer.opaque(ExtensionKind::DependencyDescriptor, |out| {
                packet.write(dependencies.structure(), out);
            });
        }
        writer.finish()
    }
}
