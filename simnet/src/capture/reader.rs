//! Reading packet captures: ours, and as far as it goes those of others.

use std::fmt;

use super::pcapng::{BYTE_ORDER, block, option};

/// Largest block that is read, in bytes. A packet has at most 64 KiB.
pub const PCAPNG_BLOCK_BYTES_MAX: usize = 16 << 20;

/// Interfaces of a section that are read.
const INTERFACES_MAX: usize = 4096;

/// Why a capture cannot be read, or not on from here. Blocks before the fault are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PcapngError {
    /// It does not begin with a section header.
    NotPcapng,
    /// It ends within a block.
    Truncated {
        /// Where it ends, in bytes from the beginning.
        offset: usize,
    },
    /// A block contradicts itself.
    Corrupt {
        /// Where the block begins, in bytes from the beginning.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
}

impl fmt::Display for PcapngError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PcapngError::NotPcapng => f.write_str("no pcapng file: it begins with no section"),
            PcapngError::Truncated { offset } => {
                write!(f, "the capture ends within a block, at byte {offset}")
            }
            PcapngError::Corrupt { offset, what } => {
                write!(f, "the capture is damaged at byte {offset}: {what}")
            }
        }
    }
}

impl std::error::Error for PcapngError {}

/// What a capture consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block<'a> {
    /// A section begins; interfaces are counted from zero again.
    Section,
    /// An interface.
    Interface {
        /// Its link type, such as [`LINKTYPE_RAW`](super::LINKTYPE_RAW).
        link_type: u16,
        /// Its name, where it has one.
        name: Option<&'a str>,
    },
    /// A packet.
    Packet {
        /// The number of its interface.
        interface: u32,
        /// When, in nanoseconds of the capture's clock.
        at_ns: u64,
        /// The bytes that were captured.
        bytes: &'a [u8],
        /// Bytes that were on the wire.
        original: u32,
        /// What was noted of it.
        comment: Option<&'a str>,
    },
    /// Secrets for the packets that follow.
    Secrets {
        /// Their format.
        kind: u32,
        /// The secrets.
        data: &'a [u8],
    },
    /// Something else, by its type.
    Other(u32),
}

/// Reads the blocks of a capture in turn.
///
/// Any bytes give blocks or a [`PcapngError`], after which there is nothing more.
#[derive(Clone, Debug)]
pub struct PcapngReader<'a> {
    bytes: &'a [u8],
    offset: usize,
    big_endian: bool,
    /// Timestamps of each interface in nanoseconds a tick; zero where they are finer.
    ticks: Vec<u64>,
    over: bool,
}

impl<'a> PcapngReader<'a> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`PcapngError::NotPcapng`].
    pub fn new(bytes: &'a [u8]) -> Result<Self, PcapngError> {
        match bytes.get(..4) {
            Some(kind) if kind == block::SECTION.to_le_bytes() => Ok(PcapngReader {
                bytes,
                offset: 0,
                big_endian: false,
                ticks: Vec::new(),
                over: false,
            }),
            _ => Err(PcapngError::NotPcapng),
        }
    }

    fn word(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let word = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) })
    }

    fn half(&self, bytes: &[u8], at: usize) -> Option<u16> {
        let half = *bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(half) } else { u16::from_le_bytes(half) })
    }

    fn read(&mut self) -> Result<Option<Block<'a>>, PcapngError> {
        let offset = self.offset;
        let rest = &self.bytes[offset..];
        if rest.is_empty() {
            return Ok(None);
        }
        let truncated = PcapngError::Truncated { offset: self.bytes.len() };
        let corrupt = |what| PcapngError::Corrupt { offset, what };
        if rest.len() < 12 {
            return Err(truncated);
        }
        // The same in both byte orders.
        let begins_section = rest[..4] == block::SECTION.to_le_bytes();
        if begins_section {
            let order: [u8; 4] = rest[8..12].try_into().expect("twelve bytes are there");
            self.big_endian = match order {
                _ if order == BYTE_ORDER.to_le_bytes() => false,
                _ if order == BYTE_ORDER.to_be_bytes() => true,
                _ => return Err(corrupt("an unknown byte order")),
            };
            self.ticks.clear();
        }
        let kind = self.word(rest, 0).ok_or(truncated)?;
        let length = self.word(rest, 4).ok_or(truncated)? as usize;
        if length < 12 || !length.is_multiple_of(4) || length > PCAPNG_BLOCK_BYTES_MAX {
            return Err(corrupt("an impossible length"));
        }
        let whole = rest.get(..length).ok_or(truncated)?;
        if self.word(whole, length - 4) != Some(length as u32) {
            return Err(corrupt("two lengths that differ"));
        }
        self.offset = offset + length;
        let body = &whole[8..length - 4];
        let read = match kind {
            block::SECTION => Some(Block::Section),
            block::INTERFACE => self.interface(body),
            block::PACKET => self.packet(body),
            block::SECRETS => self.secrets(body),
            other => Some(Block::Other(other)),
        };
        read.map(Some).ok_or(corrupt("a block whose fields do not fit"))
    }

    fn interface(&mut self, body: &'a [u8]) -> Option<Block<'a>> {
        if self.ticks.len() >= INTERFACES_MAX {
            return None;
        }
        let link_type = self.half(body, 0)?;
        let options = body.get(8..)?;
        let name = self.option(options, option::INTERFACE_NAME);
        let resolution = self.option(options, option::RESOLUTION);
        // Microseconds, when nothing is said; powers of two are not used by anybody we know.
        let digits = resolution.and_then(|value| value.first().copied()).unwrap_or(6);
        self.ticks.push(match digits {
            0..=9 => 10_u64.pow(9 - u32::from(digits)),
            _ => 0,
        });
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        Some(Block::Interface { link_type, name })
    }

    fn packet(&self, body: &'a [u8]) -> Option<Block<'a>> {
        let interface = self.word(body, 0)?;
        let tick = *self.ticks.get(interface as usize)?;
        let ticks = u64::from(self.word(body, 4)?) << 32 | u64::from(self.word(body, 8)?);
        let captured = self.word(body, 12)? as usize;
        let original = self.word(body, 16)?;
        let bytes = body.get(20..)?.get(..captured)?;
        let options = body.get(20 + captured.next_multiple_of(4)..).unwrap_or_default();
        let comment = self.option(options, option::COMMENT);
        let comment = comment.and_then(|comment| std::str::from_utf8(comment).ok());
        let at_ns = ticks.saturating_mul(tick);
        Some(Block::Packet { interface, at_ns, bytes, original, comment })
    }

    fn secrets(&self, body: &'a [u8]) -> Option<Block<'a>> {
        let (kind, length) = (self.word(body, 0)?, self.word(body, 4)? as usize);
        Some(Block::Secrets { kind, data: body.get(8..)?.get(..length)? })
    }

    /// The first option of a code, as far as lengths make sense.
    fn option(&self, mut options: &'a [u8], wanted: u16) -> Option<&'a [u8]> {
        loop {
            let (code, length) = (self.half(options, 0)?, usize::from(self.half(options, 2)?));
            let value = options.get(4..)?.get(..length)?;
            match code {
                option::END => return None,
                _ if code == wanted => return Some(value),
                _ => options = options.get(4 + length.next_multiple_of(4)..)?,
            }
        }
    }
}

impl<'a> Iterator for PcapngReader<'a> {
    type Item = Result<Block<'a>, PcapngError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let block = self.read();
        self.over = !matches!(block, Ok(Some(_)));
        block.transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::pcapng::{LINKTYPE_RAW, PcapngWriter};
    use super::*;
    use crate::time::Time;

    fn capture() -> Vec<u8> {
        let mut writer = PcapngWriter::new("test");
        let origin = Duration::from_secs(1_780_000_000);
        let (a, b) = (
            writer.interface("a", LINKTYPE_RAW, origin),
            writer.interface("host b", LINKTYPE_RAW, origin),
        );
        writer.secrets("CLIENT_RANDOM 00 11\n");
        writer.packet(a, Time::from_nanos(1 << 40), b"five5", 1005, None);
        writer.packet(b, Time::from_secs(9000), b"", 0, Some("dropped: Loss"));
        writer.take()
    }

    fn read(bytes: &[u8]) -> (usize, Option<PcapngError>) {
        let blocks: Vec<_> = PcapngReader::new(bytes).into_iter().flatten().collect();
        let error = blocks.last().and_then(|last| last.as_ref().err().copied());
        (blocks.iter().filter(|block| block.is_ok()).count(), error)
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = capture();
        let blocks: Result<Vec<_>, _> = PcapngReader::new(&bytes).unwrap().collect();
        let name = |name| Block::Interface { link_type: LINKTYPE_RAW, name: Some(name) };
        let secrets = Block::Secrets { kind: 0x544c_534b, data: b"CLIENT_RANDOM 00 11\n" };
        let packet = |interface, at_ns, bytes, original, comment| Block::Packet {
            interface,
            at_ns,
            bytes,
            original,
            comment,
        };
        let expected = [
            Block::Section,
            name("a"),
            name("host b"),
            secrets,
            packet(0, 1 << 40, &b"five5"[..], 1005, None),
            packet(1, 9_000_000_000_000, &b""[..], 0, Some("dropped: Loss")),
        ];
        assert_eq!(blocks.unwrap(), expected);
    }

    #[test]
    fn a_cut_capture_gives_what_is_there() {
        let bytes = capture();
        let ends: Vec<_> =
            (12..bytes.len()).filter(|end| read(&bytes[..*end]).1.is_none()).collect();
        assert_eq!(ends.len(), 5, "a cut between two blocks leaves a capture");
        for length in (12..bytes.len()).filter(|length| !ends.contains(length)) {
            let (count, error) = read(&bytes[..length]);
            assert_eq!(count, ends.iter().filter(|end| **end <= length).count());
            assert_eq!(error, Some(PcapngError::Truncated { offset: length }));
        }
        assert_eq!(PcapngReader::new(b"LAPWREC").err(), Some(PcapngError::NotPcapng));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(
            noise in prop::collection::vec(any::<u8>(), 0..300),
            place in any::<usize>(),
            value in any::<u8>(),
        ) {
            let mut bytes = capture();
            let place = place % bytes.len();
            bytes[place] = value;
            read(&bytes);
            read(&[&capture()[..40], &noise].concat());
        }
    }
}
