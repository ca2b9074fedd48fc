//! AV1 (RTP Payload Format For AV1, version 1.0.0): OBUs without their size fields, several in one
//! packet, one in several.
//!
//! ```text
//!  |Z|Y| W |N|-|-|-| aggregation header
//!  elements, each with its length, the last of W without
//! ```
//!
//! Z and Y: the first element goes on from the packet before, the last goes on in the next. N: a
//! coded video sequence begins.

use super::error::{PacketizeError, PayloadError};
use super::facts::{FrameStart, PayloadFacts};
use super::frame_info::FrameInfo;
use super::obu::{Obu, ObuHeader, Obus};
use super::plan::PayloadPlan;
use crate::rtp::leb128::{leb128, leb128_len, read_leb128};

/// Elements of a packet whose count W can tell.
const COUNTED_MAX: usize = 3;

/// Makes packets of temporal units.
#[derive(Clone, Debug, Default)]
pub struct Av1Packetizer {
    /// Elements of the packet that is being filled.
    elements: Vec<Element>,
}

/// A part of an OBU, or all of it.
#[derive(Clone, Copy, Debug)]
struct Element {
    header: [u8; 2],
    header_len: usize,
    start: usize,
    end: usize,
}

impl Element {
    fn len(&self) -> usize {
        self.header_len + self.end - self.start
    }
}

/// A packet that is being filled.
struct Filling {
    room: usize,
    used: usize,
    /// Its first element goes on from the packet before.
    continues: bool,
    /// It begins a coded video sequence.
    begins: bool,
}

impl Av1Packetizer {
    pub(super) fn plan(
        &mut self,
        frame: &[u8],
        info: &FrameInfo,
        budget: usize,
        plan: &mut PayloadPlan,
    ) -> Result<(), PacketizeError> {
        self.elements.clear();
        let mut filling =
            Filling { room: budget - 1, used: 0, continues: false, begins: info.keyframe };
        for obu in Obus::new(frame) {
            let obu = obu.ok_or(PacketizeError::Malformed)?;
            if obu.header.is_sent() {
                self.add(obu, &mut filling, plan);
            }
        }
        self.flush(&mut filling, false, plan);
        plan.mark_last(!info.more_layers);
        if plan.is_empty() { Err(PacketizeError::Empty) } else { Ok(()) }
    }

    fn add(&mut self, obu: Obu, filling: &mut Filling, plan: &mut PayloadPlan) {
        let (header, mut header_len) = obu.header.without_size();
        let mut at = obu.payload.start;
        loop {
            let left = header_len + obu.payload.end - at;
            let free = filling.room - filling.used;
            // A length, the header whole, and something behind it.
            if free < 1 + left.min(header_len + 1) {
                self.flush(filling, false, plan);
                continue;
            }
            let mut len = left.min(free - 1);
            while leb128_len(len) + len > free {
                len -= 1;
            }
            let end = at + len - header_len;
            self.elements.push(Element { header, header_len, start: at, end });
            filling.used += leb128_len(len) + len;
            if len == left {
                return;
            }
            (at, header_len) = (end, 0);
            self.flush(filling, true, plan);
        }
    }

    /// Plans the packet of the elements that there are.
    fn flush(&mut self, filling: &mut Filling, goes_on: bool, plan: &mut PayloadPlan) {
        if self.elements.is_empty() {
            return;
        }
        let count = self.elements.len();
        let counted = if count <= COUNTED_MAX { count as u8 } else { 0 };
        plan.put(&[u8::from(filling.continues) << 7
            | u8::from(goes_on) << 6
            | counted << 4
            | u8::from(filling.begins) << 3]);
        for (index, element) in self.elements.drain(..).enumerate() {
            if counted == 0 || index + 1 < count {
                let (bytes, len) = leb128(element.len());
                plan.put(&bytes[..len]);
            }
            if element.header_len > 0 {
                plan.put(&element.header[..element.header_len]);
            }
            if element.start < element.end {
                plan.put_frame(element.start..element.end);
            }
        }
        plan.close(false);
        (filling.used, filling.continues, filling.begins) = (0, goes_on, false);
    }
}

/// The elements of a payload.
#[derive(Clone, Debug)]
struct Elements<'p> {
    rest: &'p [u8],
    /// Elements that are still to come, where the header counts them.
    counted: Option<u8>,
}

impl<'p> Elements<'p> {
    fn of(payload: &'p [u8]) -> Self {
        let counted = Some(payload[0] >> 4 & 0b11).filter(|count| *count != 0);
        Elements { rest: &payload[1..], counted }
    }

    fn take(&mut self) -> Result<&'p [u8], PayloadError> {
        let element = match &mut self.counted {
            Some(1) => std::mem::take(&mut self.rest),
            counted => {
                let (len, bytes) = read_leb128(self.rest).ok_or(PayloadError::Truncated)?;
                let after = &self.rest[bytes..];
                let split = after.split_at_checked(len as usize);
                let (element, rest) = split.ok_or(PayloadError::Truncated)?;
                if let Some(counted) = counted {
                    *counted -= 1;
                }
                self.rest = rest;
                element
            }
        };
        if element.is_empty() {
            return Err(PayloadError::Malformed);
        }
        Ok(element)
    }
}

impl<'p> Iterator for Elements<'p> {
    type Item = Result<&'p [u8], PayloadError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Fewer than counted is an error, which an empty rest gives.
        if self.rest.is_empty() && self.counted.is_none_or(|counted| counted <= 1) {
            return None;
        }
        let element = self.take();
        if element.is_err() {
            (self.rest, self.counted) = (&[], None);
        }
        Some(element)
    }
}

const CONTINUES: u8 = 0x80;
const GOES_ON: u8 = 0x40;
const BEGINS: u8 = 0x08;

pub(super) fn inspect(payload: &[u8]) -> Result<PayloadFacts, PayloadError> {
    let header = payload[0];
    if payload.len() == 1 {
        return Err(PayloadError::Truncated);
    }
    if header & CONTINUES != 0 && header & BEGINS != 0 {
        return Err(PayloadError::Malformed);
    }
    let mut facts = PayloadFacts { keyframe: header & BEGINS != 0, ..PayloadFacts::default() };
    for (index, element) in Elements::of(payload).enumerate() {
        let element = element?;
        if index > 0 || header & CONTINUES != 0 {
            continue;
        }
        let obu = ObuHeader::read(element).ok_or(PayloadError::Malformed)?;
        (facts.spatial, facts.temporal) = obu.layers();
        facts.start = match header & BEGINS != 0 || obu.is_temporal_delimiter() {
            true => FrameStart::Certain,
            false => FrameStart::Possible,
        };
    }
    Ok(facts)
}

/// `open` is where the OBU begins that goes on in the next packet.
pub(super) fn append(
    payload: &[u8],
    open: &mut Option<usize>,
    out: &mut Vec<u8>,
) -> Result<(), PayloadError> {
    let header = *payload.first().ok_or(PayloadError::Truncated)?;
    if (header & CONTINUES != 0) != open.is_some() {
        return Err(PayloadError::Malformed);
    }
    let mut elements = Elements::of(payload).peekable();
    while let Some(element) = elements.next() {
        let start = *open.get_or_insert(out.len());
        out.extend_from_slice(element?);
        if elements.peek().is_some() || header & GOES_ON == 0 {
            close_obu(start, out)?;
            *open = None;
        }
    }
    Ok(())
}

/// Gives the OBU at the end of `out` its size field.
fn close_obu(start: usize, out: &mut Vec<u8>) -> Result<(), PayloadError> {
    let obu = &out[start..];
    let header = ObuHeader::read(obu).ok_or(PayloadError::Malformed)?;
    let after = &obu[header.len()..];
    if !header.is_sent() {
        out.truncate(start);
        return Ok(());
    }
    if header.has_size() {
        // Some leave it in.
        let (size, bytes) = read_leb128(after).ok_or(PayloadError::Malformed)?;
        let fits = size as usize == after.len() - bytes;
        return fits.then_some(()).ok_or(PayloadError::Malformed);
    }
    let (size, bytes) = leb128(after.len());
    let (at, end) = (start + header.len(), out.len());
    out.resize(end + bytes, 0);
    out.copy_within(at..end, at + bytes);
    out[at..at + bytes].copy_from_slice(&size[..bytes]);
    out[start] |= ObuHeader::HAS_SIZE;
    Ok(())
}
