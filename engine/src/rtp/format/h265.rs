//! H.265 (RFC 7798), without decoding order numbers: units alone, several in one packet (AP), one
//! in several packets (FU).

use std::ops::Range;

use super::annex_b::{NalUnits, START_CODE};
use super::error::{PacketizeError, PayloadError};
use super::facts::{FrameStart, PayloadFacts};
use super::frame_info::FrameInfo;
use super::plan::PayloadPlan;
use super::split::{even_parts, sized_units};

/// Types of units: pictures that decoding can begin with, parameters, and those of packets.
const IRAP: std::ops::RangeInclusive<u8> = 16..=23;
const VIDEO_PARAMETERS: u8 = 32;
const DELIMITER: u8 = 35;
const AGGREGATE: u8 = 48;
const FRAGMENT: u8 = 49;
const PACI: u8 = 50;

/// Types below this are slices of pictures.
const SLICES_END: u8 = 32;

/// A unit's header.
#[derive(Clone, Copy)]
struct Header([u8; 2]);

impl Header {
    fn of(unit: &[u8]) -> Option<Self> {
        unit.first_chunk().copied().map(Header)
    }

    fn kind(self) -> u8 {
        self.0[0] >> 1 & 0x3f
    }

    fn layer(self) -> u8 {
        (self.0[0] & 1) << 5 | self.0[1] >> 3
    }

    /// The temporal layer plus one; zero is forbidden.
    fn temporal_plus_1(self) -> u8 {
        self.0[1] & 0x07
    }

    fn with_kind(self, kind: u8) -> Self {
        Header([self.0[0] & 0x81 | kind << 1, self.0[1]])
    }

    fn is_unit(self) -> bool {
        self.kind() < AGGREGATE && self.temporal_plus_1() != 0
    }

    /// The header of a packet that has units of both (section 4.4.2).
    fn lowest(self, other: Header) -> Self {
        let forbidden = (self.0[0] | other.0[0]) & 0x80;
        let layer = self.layer().min(other.layer());
        let temporal = self.temporal_plus_1().min(other.temporal_plus_1());
        Header([forbidden | AGGREGATE << 1 | layer >> 5, layer << 3 | temporal])
    }
}

/// Makes packets of access units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct H265Packetizer;

/// Units that follow each other and share a packet.
struct Group<'f> {
    units: NalUnits<'f>,
    count: usize,
    bytes: usize,
    header: Header,
}

impl H265Packetizer {
    pub(super) fn plan(
        &mut self,
        frame: &[u8],
        info: &FrameInfo,
        budget: usize,
        plan: &mut PayloadPlan,
    ) -> Result<(), PacketizeError> {
        let mut units = NalUnits::of(frame).ok_or(PacketizeError::Malformed)?;
        let mut group: Option<Group<'_>> = None;
        loop {
            let here = units.clone();
            let Some(unit) = units.next() else { break };
            let header = Header::of(&frame[unit.clone()]).filter(|header| header.is_unit());
            let header = header.ok_or(PacketizeError::Malformed)?;
            if unit.len() > budget {
                close_group(group.take(), plan);
                fragment(header, unit, budget, plan);
                continue;
            }
            match &mut group {
                Some(group) if group.bytes + 2 + unit.len() <= budget => {
                    group.bytes += 2 + unit.len();
                    group.count += 1;
                    group.header = group.header.lowest(header);
                }
                _ => {
                    close_group(group.take(), plan);
                    let bytes = 4 + unit.len();
                    group = Some(Group { units: here, count: 1, bytes, header });
                }
            }
        }
        close_group(group, plan);
        plan.mark_last(!info.more_layers);
        if plan.is_empty() { Err(PacketizeError::Empty) } else { Ok(()) }
    }
}

fn close_group(group: Option<Group<'_>>, plan: &mut PayloadPlan) {
    let Some(group) = group else { return };
    let alone = group.count == 1;
    if !alone {
        plan.put(&group.header.0);
    }
    for unit in group.units.take(group.count) {
        if !alone {
            plan.put(&(unit.len() as u16).to_be_bytes());
        }
        plan.put_frame(unit);
    }
    plan.close(false);
}

fn fragment(header: Header, unit: Range<usize>, budget: usize, plan: &mut PayloadPlan) {
    let [a, b] = header.with_kind(FRAGMENT).0;
    let mut at = unit.start + 2;
    for part in even_parts(unit.len() - 2, budget - 3) {
        let first = u8::from(at == unit.start + 2);
        let last = u8::from(at + part == unit.end);
        plan.put(&[a, b, first << 7 | last << 6 | header.kind()]);
        plan.put_frame(at..at + part);
        plan.close(false);
        at += part;
    }
}

/// The units of an aggregation packet's body.
fn aggregated(body: &[u8]) -> impl Iterator<Item = Result<&[u8], PayloadError>> {
    sized_units(body, |unit| Header::of(unit).is_some_and(|header| header.is_unit()))
}

pub(super) fn inspect(payload: &[u8]) -> Result<PayloadFacts, PayloadError> {
    let header = Header::of(payload).ok_or(PayloadError::Truncated)?;
    if header.temporal_plus_1() == 0 {
        return Err(PayloadError::Malformed);
    }
    let mut facts = PayloadFacts {
        temporal: header.temporal_plus_1() - 1,
        // Pictures of other layers belong to extensions of the codec.
        spatial: 0,
        ..PayloadFacts::default()
    };
    match header.kind() {
        AGGREGATE => {
            let mut first = true;
            for unit in aggregated(&payload[2..]) {
                let unit = unit?;
                let kind = unit[0] >> 1 & 0x3f;
                if std::mem::take(&mut first) {
                    facts.start = unit_start(kind, &unit[2..]);
                }
                facts.keyframe |= IRAP.contains(&kind);
            }
            if first {
                return Err(PayloadError::Truncated);
            }
        }
        FRAGMENT => {
            let fragment = *payload.get(2).ok_or(PayloadError::Truncated)?;
            let kind = fragment & 0x3f;
            if payload.len() < 4 {
                return Err(PayloadError::Truncated);
            }
            if fragment & 0xc0 == 0xc0 || kind >= AGGREGATE {
                return Err(PayloadError::Malformed);
            }
            if fragment & 0x80 != 0 {
                facts.start = unit_start(kind, &payload[3..]);
            }
            facts.keyframe = IRAP.contains(&kind);
        }
        PACI => return Err(PayloadError::Unsupported),
        kind if kind > PACI => return Err(PayloadError::Malformed),
        kind => {
            facts.start = unit_start(kind, &payload[2..]);
            facts.keyframe = IRAP.contains(&kind);
        }
    }
    Ok(facts)
}

/// Whether an access unit begins with this unit, of which a part or all is there.
fn unit_start(kind: u8, body: &[u8]) -> FrameStart {
    // The first bit of a slice says that it is the first of its picture. Parameters may stand
    // before one of a keyframe.
    let first_slice = body.first().is_some_and(|byte| byte & 0x80 != 0);
    match kind {
        DELIMITER | VIDEO_PARAMETERS => FrameStart::Certain,
        0..SLICES_END if first_slice && !IRAP.contains(&kind) => FrameStart::Certain,
        _ => FrameStart::Possible,
    }
}

/// `open` is where the unit begins that was fragmented.
pub(super) fn append(
    payload: &[u8],
    open: &mut Option<usize>,
    out: &mut Vec<u8>,
) -> Result<(), PayloadError> {
    let header = Header::of(payload).ok_or(PayloadError::Truncated)?;
    if header.kind() == FRAGMENT {
        let fragment = *payload.get(2).ok_or(PayloadError::Truncated)?;
        let starts = fragment & 0x80 != 0;
        if starts == open.is_some() {
            return Err(PayloadError::Malformed);
        }
        if starts {
            *open = Some(out.len());
            out.extend_from_slice(&START_CODE);
            out.extend_from_slice(&header.with_kind(fragment & 0x3f).0);
        }
        out.extend_from_slice(&payload[3..]);
        if fragment & 0x40 != 0 {
            *open = None;
        }
        return Ok(());
    }
    if open.is_some() {
        return Err(PayloadError::Malformed);
    }
    if header.kind() != AGGREGATE {
        out.extend_from_slice(&START_CODE);
        out.extend_from_slice(payload);
        return Ok(());
    }
    for unit in aggregated(&payload[2..]) {
        out.extend_from_slice(&START_CODE);
        out.extend_from_slice(unit?);
    }
    Ok(())
}
