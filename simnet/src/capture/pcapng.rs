//! Writing packet captures (draft-ietf-opsawg-pcapng).

use std::time::Duration;

use crate::time::Time;

/// Raw IPv4 and IPv6, told apart by the version field.
pub const LINKTYPE_RAW: u16 = 101;

pub(super) mod block {
    pub(in super::super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(in super::super) const INTERFACE: u32 = 1;
    pub(in super::super) const PACKET: u32 = 6;
    pub(in super::super) const SECRETS: u32 = 10;
}

pub(super) mod option {
    pub(in super::super) const END: u16 = 0;
    pub(in super::super) const COMMENT: u16 = 1;
    pub(in super::super) const INTERFACE_NAME: u16 = 2;
    pub(super) const APPLICATION: u16 = 4;
    pub(in super::super) const RESOLUTION: u16 = 9;
    pub(super) const OFFSET: u16 = 14;
}

/// Written as it is read by a reader of the other kind, which learns the byte order from it.
pub(super) const BYTE_ORDER: u32 = 0x1a2b_3c4d;

/// "TLSK": a key log in the format of NSS.
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// Writes a capture in memory: one section, little-endian, timestamps in nanoseconds.
///
/// ```
/// use lapwing_simnet::Time;
/// use lapwing_simnet::capture::{Block, LINKTYPE_RAW, PcapngReader, PcapngWriter};
/// let mut writer = PcapngWriter::new("an example");
/// let eth0 = writer.interface("eth0", LINKTYPE_RAW, Default::default());
/// writer.packet(eth0, Time::from_millis(20), &[0x45; 20], 20, Some("the first"));
/// let bytes = writer.take();
/// let last = PcapngReader::new(&bytes).unwrap().last().unwrap().unwrap();
/// assert!(matches!(last, Block::Packet { at_ns: 20_000_000, comment: Some("the first"), .. }));
/// ```
#[derive(Clone, Debug)]
pub struct PcapngWriter {
    out: Vec<u8>,
    interfaces: u32,
}

impl PcapngWriter {
    /// Begins a capture that says which program made it.
    pub fn new(application: &str) -> Self {
        let mut writer = PcapngWriter { out: Vec::new(), interfaces: 0 };
        let mut body = BYTE_ORDER.to_le_bytes().to_vec();
        body.extend([1, 0, 0, 0]);
        // The section's length is not known when it begins.
        body.extend([0xff; 8]);
        put_option(&mut body, option::APPLICATION, application.as_bytes());
        put_option(&mut body, option::END, &[]);
        writer.block(block::SECTION, &body);
        writer
    }

    /// Tells of an interface; packets name it by the number returned. `origin` is the wall clock at
    /// time zero, as time since the Unix epoch; only its whole seconds count.
    pub fn interface(&mut self, name: &str, link_type: u16, origin: Duration) -> u32 {
        let mut body = link_type.to_le_bytes().to_vec();
        // Reserved, and no limit on the captured length.
        body.extend([0; 6]);
        put_option(&mut body, option::INTERFACE_NAME, name.as_bytes());
        put_option(&mut body, option::RESOLUTION, &[9]);
        put_option(&mut body, option::OFFSET, &origin.as_secs().to_le_bytes());
        put_option(&mut body, option::END, &[]);
        self.block(block::INTERFACE, &body);
        self.interfaces += 1;
        self.interfaces - 1
    }

    /// Adds a packet of which `bytes` were captured and `original` bytes were on the wire.
    pub fn packet(
        &mut self,
        interface: u32,
        at: Time,
        bytes: &[u8],
        original: u64,
        comment: Option<&str>,
    ) {
        let mut body = interface.to_le_bytes().to_vec();
        let nanos = at.as_nanos();
        body.extend(((nanos >> 32) as u32).to_le_bytes());
        body.extend((nanos as u32).to_le_bytes());
        body.extend((bytes.len() as u32).to_le_bytes());
        body.extend(u32::try_from(original).unwrap_or(u32::MAX).to_le_bytes());
        body.extend_from_slice(bytes);
        pad(&mut body);
        if let Some(comment) = comment {
            put_option(&mut body, option::COMMENT, comment.as_bytes());
            put_option(&mut body, option::END, &[]);
        }
        self.block(block::PACKET, &body);
    }

    /// Adds the lines of a TLS key log, which readers use for the packets after it.
    pub fn secrets(&mut self, key_log: &str) {
        let mut body = TLS_KEY_LOG.to_le_bytes().to_vec();
        body.extend((key_log.len() as u32).to_le_bytes());
        body.extend(key_log.as_bytes());
        pad(&mut body);
        self.block(block::SECRETS, &body);
    }

    /// Hands out what was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Bytes that wait to be taken.
    pub fn waiting(&self) -> usize {
        self.out.len()
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        debug_assert!(body.len().is_multiple_of(4), "blocks are padded");
        let length = (body.len() as u32 + 12).to_le_bytes();
        self.out.extend(kind.to_le_bytes());
        self.out.extend(length);
        self.out.extend_from_slice(body);
        self.out.extend(length);
    }
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

/// Longer values are cut: a length has 16 bits.
fn put_option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend_from_slice(value);
    pad(body);
}
