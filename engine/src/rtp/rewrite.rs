//! Changes of a packet in place, for whoever forwards it: numbers of the fixed header, and values
//! of extensions that keep their length.

use super::extension::{ONE_BYTE_PROFILE, is_two_byte_profile};
use super::packet::{PacketError, RtpPacket};
use crate::ids::{PayloadType, Ssrc};

/// A packet whose header can be changed. Its length stays.
///
/// ```
/// use lapwing_engine::rtp::{RtpPacket, RtpPacketMut};
/// let mut bytes = [0x80, 0x60, 0, 7, 0, 0, 0, 9, 0, 0, 0, 1, 0xaa];
/// let mut packet = RtpPacketMut::parse(&mut bytes).unwrap();
/// packet.set_sequence_number(8);
/// assert_eq!(RtpPacket::parse(&bytes).unwrap().sequence_number(), 8);
/// ```
#[derive(Debug)]
pub struct RtpPacketMut<'a> {
    bytes: &'a mut [u8],
}

impl<'a> RtpPacketMut<'a> {
    /// Takes a packet that parses.
    pub fn parse(bytes: &'a mut [u8]) -> Result<Self, PacketError> {
        RtpPacket::parse(bytes)?;
        Ok(RtpPacketMut { bytes })
    }

    /// As it reads.
    pub fn view(&self) -> RtpPacket<'_> {
        RtpPacket::parse(self.bytes).expect("changes keep a packet that parses")
    }

    /// Sets the marker bit.
    pub fn set_marker(&mut self, marker: bool) {
        self.bytes[1] = self.bytes[1] & 0x7f | u8::from(marker) << 7;
    }

    /// Sets the payload type; bits above the seventh are ignored.
    pub fn set_payload_type(&mut self, payload_type: PayloadType) {
        self.bytes[1] = self.bytes[1] & 0x80 | payload_type.0 & 0x7f;
    }

    /// Sets the sequence number.
    pub fn set_sequence_number(&mut self, sequence_number: u16) {
        self.bytes[2..4].copy_from_slice(&sequence_number.to_be_bytes());
    }

    /// Sets the timestamp.
    pub fn set_timestamp(&mut self, timestamp: u32) {
        self.bytes[4..8].copy_from_slice(&timestamp.to_be_bytes());
    }

    /// Sets the source.
    pub fn set_ssrc(&mut self, ssrc: Ssrc) {
        self.bytes[8..12].copy_from_slice(&ssrc.0.to_be_bytes());
    }

    /// The value of an extension, to be changed; `None` where the packet has none of this
    /// identifier.
    pub fn extension_mut(&mut self, id: u8) -> Option<&mut [u8]> {
        let packet = self.view();
        let start = packet.extension_range().start;
        let mut elements = packet.elements();
        let at = loop {
            match elements.next_range()? {
                (found, range) if found == id => break start + range.start..start + range.end,
                _ => {}
            }
        };
        Some(&mut self.bytes[at])
    }

    /// Gives elements the identifiers that another connection has for them: `renamed` tells the one
    /// for each. Elements without one become padding, and so does one whose identifier does not fit
    /// the form.
    pub fn rename_extensions(&mut self, renamed: impl Fn(u8) -> Option<u8>) {
        let packet = self.view();
        let data = packet.extension_range();
        match packet.extension() {
            Some((ONE_BYTE_PROFILE, _)) => rename_one_byte(&mut self.bytes[data], renamed),
            Some((profile, _)) if is_two_byte_profile(profile) => {
                rename_two_byte(&mut self.bytes[data], renamed);
            }
            _ => {}
        }
    }
}

fn rename_one_byte(data: &mut [u8], renamed: impl Fn(u8) -> Option<u8>) {
    let mut at = 0;
    while at < data.len() {
        let id = data[at] >> 4;
        if data[at] == 0 {
            at += 1;
            continue;
        }
        let end = at + 2 + usize::from(data[at] & 0x0f);
        if id == 15 || end > data.len() {
            // What follows is not to be read (RFC 8285 section 4.2).
            data[at..].fill(0);
            return;
        }
        match renamed(id).filter(|id| (1..=14).contains(id)) {
            Some(id) => data[at] = id << 4 | data[at] & 0x0f,
            None => data[at..end].fill(0),
        }
        at = end;
    }
}

fn rename_two_byte(data: &mut [u8], renamed: impl Fn(u8) -> Option<u8>) {
    let mut at = 0;
    while at < data.len() {
        if data[at] == 0 {
            at += 1;
            continue;
        }
        let end = data.get(at + 1).map_or(usize::MAX, |len| at + 2 + usize::from(*len));
        if end > data.len() {
            data[at..].fill(0);
            return;
        }
        match renamed(data[at]).filter(|id| *id != 0) {
            Some(id) => data[at] = id,
            None => data[at..end].fill(0),
        }
        at = end;
    }
}
