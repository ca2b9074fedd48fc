//! H.264, packetization modes 0 and 1 (RFC 6184): units alone, several in one packet (STAP-A), one
//! in several packets (FU-A).

use super::annex_b::{NalUnits, START_CODE};
use super::error::{PacketizeError, PayloadError};
use super::facts::{FrameStart, PayloadFacts};
use super::frame_info::FrameInfo;
use super::plan::PayloadPlan;
use super::split::{even_parts, sized_units};

/// Types of units: those of pictures and parameters, and those of packets.
const NON_IDR: u8 = 1;
const IDR: u8 = 5;
const PARAMETERS: u8 = 7;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// What of a unit's header is not its type: forbidden bit and importance.
const NOT_TYPE: u8 = 0xe0;

/// Which packets may be sent (RFC 6184 section 6.2 and 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum H264Mode {
    /// `packetization-mode=0`: a unit is a packet.
    SingleNalUnit,
    /// `packetization-mode=1`.
    #[default]
    NonInterleaved,
}

/// Makes packets of access units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct H264Packetizer {
    mode: H264Mode,
}

/// Units that follow each other and share a packet.
struct Group<'f> {
    /// The stream at the first of them.
    units: NalUnits<'f>,
    count: usize,
    /// Bytes of the packet that has them.
    bytes: usize,
    header: u8,
}

impl H264Packetizer {
    /// For a peer that takes this mode.
    pub fn new(mode: H264Mode) -> Self {
        H264Packetizer { mode }
    }

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
            let header = frame[unit.start];
            if !(1..STAP_A).contains(&(header & 0x1f)) {
                return Err(PacketizeError::Malformed);
            }
            if unit.len() > budget {
                close_group(group.take(), frame, plan);
                if self.mode == H264Mode::SingleNalUnit {
                    return Err(PacketizeError::TooLarge);
                }
                fragment(frame, unit, budget, plan);
                continue;
            }
            // The first of a group brings the header of the aggregate, and its own length.
            let with = |group: &Group<'_>| group.bytes + 2 + unit.len();
            let shared = group.as_ref().is_some_and(|group| {
                self.mode == H264Mode::NonInterleaved && with(group) <= budget
            });
            match &mut group {
                Some(group) if shared => {
                    group.bytes = with(group);
                    group.count += 1;
                    // The highest importance, and any error (section 5.7.1).
                    let importance = (group.header & 0x60).max(header & 0x60);
                    group.header = (group.header | header) & 0x80 | importance;
                }
                _ => {
                    close_group(group.take(), frame, plan);
                    let bytes = 3 + unit.len();
                    group = Some(Group { units: here, count: 1, bytes, header: header & NOT_TYPE });
                }
            }
        }
        close_group(group, frame, plan);
        plan.mark_last(!info.more_layers);
        if plan.is_empty() { Err(PacketizeError::Empty) } else { Ok(()) }
    }
}

fn close_group(group: Option<Group<'_>>, frame: &[u8], plan: &mut PayloadPlan) {
    let Some(group) = group else { return };
    let alone = group.count == 1;
    if !alone {
        plan.put(&[group.header | STAP_A]);
    }
    for unit in group.units.take(group.count) {
        debug_assert!(unit.end <= frame.len(), "units lie in the frame");
        if !alone {
            plan.put(&(unit.len() as u16).to_be_bytes());
        }
        plan.put_frame(unit);
    }
    plan.close(false);
}

/// Splits a unit; its header goes into that of the fragments.
fn fragment(frame: &[u8], unit: std::ops::Range<usize>, budget: usize, plan: &mut PayloadPlan) {
    let header = frame[unit.start];
    let mut at = unit.start + 1;
    for part in even_parts(unit.len() - 1, budget - 2) {
        let first = u8::from(at == unit.start + 1);
        let last = u8::from(at + part == unit.end);
        plan.put(&[header & NOT_TYPE | FU_A, first << 7 | last << 6 | header & 0x1f]);
        plan.put_frame(at..at + part);
        plan.close(false);
        at += part;
    }
}

/// The units of a STAP-A's body.
fn aggregated(body: &[u8]) -> impl Iterator<Item = Result<&[u8], PayloadError>> {
    sized_units(body, |unit| {
        unit.first().is_some_and(|header| (1..STAP_A).contains(&(header & 0x1f)))
    })
}

pub(super) fn inspect(payload: &[u8]) -> Result<PayloadFacts, PayloadError> {
    let mut facts = PayloadFacts::default();
    match payload[0] & 0x1f {
        1..STAP_A => {
            facts.start = unit_start(payload[0], &payload[1..]);
            facts.keyframe = payload[0] & 0x1f == IDR;
        }
        STAP_A => {
            let mut first = true;
            for unit in aggregated(&payload[1..]) {
                let unit = unit?;
                if std::mem::take(&mut first) {
                    facts.start = unit_start(unit[0], &unit[1..]);
                }
                facts.keyframe |= unit[0] & 0x1f == IDR;
            }
            if first {
                return Err(PayloadError::Truncated);
            }
        }
        FU_A => {
            let header = *payload.get(1).ok_or(PayloadError::Truncated)?;
            if payload.len() < 3 {
                return Err(PayloadError::Truncated);
            }
            // A unit in one fragment is not to be (section 5.8).
            if header & 0xc0 == 0xc0 || !(1..STAP_A).contains(&(header & 0x1f)) {
                return Err(PayloadError::Malformed);
            }
            if header & 0x80 != 0 {
                facts.start = unit_start(header, &payload[2..]);
            }
            facts.keyframe = header & 0x1f == IDR;
        }
        25..=27 | 29 => return Err(PayloadError::Unsupported),
        _ => return Err(PayloadError::Malformed),
    }
    Ok(facts)
}

/// Whether an access unit begins with this unit, of which a part or all is there.
fn unit_start(header: u8, body: &[u8]) -> FrameStart {
    // A slice of macroblock 0 begins a picture: its number is a single bit. What may stand before
    // one of a picture that is no keyframe can be missed.
    let first_slice = body.first().is_some_and(|byte| byte & 0x80 != 0);
    match header & 0x1f {
        DELIMITER | PARAMETERS => FrameStart::Certain,
        NON_IDR if first_slice => FrameStart::Certain,
        _ => FrameStart::Possible,
    }
}

/// `open` is where the unit begins that was fragmented.
pub(super) fn append(
    payload: &[u8],
    open: &mut Option<usize>,
    out: &mut Vec<u8>,
) -> Result<(), PayloadError> {
    let header = *payload.first().ok_or(PayloadError::Truncated)?;
    if header & 0x1f == FU_A {
        let fragment = *payload.get(1).ok_or(PayloadError::Truncated)?;
        let starts = fragment & 0x80 != 0;
        if starts == open.is_some() {
            return Err(PayloadError::Malformed);
        }
        if starts {
            *open = Some(out.len());
            out.extend_from_slice(&START_CODE);
            out.push(header & NOT_TYPE | fragment & 0x1f);
        }
        out.extend_from_slice(&payload[2..]);
        if fragment & 0x40 != 0 {
            *open = None;
        }
        return Ok(());
    }
    if open.is_some() {
        return Err(PayloadError::Malformed);
    }
    if header & 0x1f != STAP_A {
        out.extend_from_slice(&START_CODE);
        out.extend_from_slice(payload);
        return Ok(());
    }
    for unit in aggregated(&payload[1..]) {
        out.extend_from_slice(&START_CODE);
        out.extend_from_slice(unit?);
    }
    Ok(())
}
