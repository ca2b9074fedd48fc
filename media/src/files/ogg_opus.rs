//! Opus in Ogg (RFC 7845), by way of `ogg` for the pages.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use ogg::reading::OggReadError;
use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};

use crate::files::input::Input;
use crate::files::opus_packet::opus_samples;
use crate::files::{FileError, Reader};

/// The first bytes of every file.
pub(crate) const MAGIC: &[u8] = b"OggS";

/// What the first packet of an Opus stream begins with.
const HEAD: &[u8] = b"OpusHead";

/// Largest packet taken: 48 frames of 1,275 bytes (RFC 6716 section 3.2.5), and room for a header.
const MAX_PACKET_BYTES: usize = 64 << 10;

/// Longest gap a writer fills, in samples at 48 kHz: a minute. A longer one is a jump of the
/// clock, and what follows is written without it.
const MAX_GAP: u64 = 60 * 48_000;

/// Sound in a page, in samples at 48 kHz: a second. A program that is killed loses no more.
const PAGE_SAMPLES: u64 = 48_000;

/// Samples in a packet that a writer fills a gap with: 20 ms of CELT at full band.
const FILL_SAMPLES: u64 = 960;

/// The serial number of the only stream a writer writes.
const SERIAL: u32 = 1;

/// What the first packet of a stream says (RFC 7845 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusHead {
    /// One or two.
    pub channels: u8,
    /// Samples at 48 kHz to be dropped from what is decoded first.
    pub pre_skip: u16,
    /// Rate in Hz of what was encoded. For information: Opus itself has none.
    pub input_rate: u32,
    /// What to multiply samples by, in decibels times 256.
    pub gain: i16,
}

impl OpusHead {
    /// The packet.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut packet = b"OpusHead\x01".to_vec();
        packet.push(self.channels);
        packet.extend(self.pre_skip.to_le_bytes());
        packet.extend(self.input_rate.to_le_bytes());
        packet.extend(self.gain.to_le_bytes());
        packet.push(0);
        packet
    }

    pub(crate) fn parse(packet: &[u8], offset: u64) -> Result<Self, FileError> {
        let malformed = FileError::Malformed { offset, what: "no Opus header" };
        if !packet.starts_with(HEAD) {
            return Err(malformed);
        }
        let &[version, channels, pre0, pre1, r0, r1, r2, r3, g0, g1, family, ..] = &packet[8..]
        else {
            return Err(malformed);
        };
        if version & 0xf0 != 0 || family != 0 || !(1..=2).contains(&channels) {
            let what = format!("Opus of version {version}, family {family}, {channels} channels");
            return Err(FileError::Unsupported { what });
        }
        Ok(OpusHead {
            channels,
            pre_skip: u16::from_le_bytes([pre0, pre1]),
            input_rate: u32::from_le_bytes([r0, r1, r2, r3]),
            gain: i16::from_le_bytes([g0, g1]),
        })
    }
}

/// Reads Opus packets, those of chained streams (RFC 3533 section 4) one after another. Their
/// times count from the first sample decoded of the first stream, so the head's `pre_skip` samples
/// from [`OggOpusReader::stream_start`] on are to be dropped, and those after
/// [`OggOpusReader::end`]. Streams of other kinds are passed over; packets that are not Opus, empty
/// ones above all, are counted too.
pub struct OggOpusReader<R: Read + Seek> {
    /// There is one, but while the file is rewound.
    packets: Option<PacketReader<Input<BufReader<R>>>>,
    head: OpusHead,
    serial: u32,
    /// Samples at 48 kHz before the next packet.
    position: u64,
    /// Samples at 48 kHz before the current stream.
    start: u64,
    end: Option<u64>,
    /// Packets that are not Opus.
    skipped: u64,
}

impl<R: Read + Seek> OggOpusReader<R> {
    /// Reads the headers.
    ///
    /// # Errors
    /// When it is no Ogg file, or none of the streams it begins with is Opus, or the first such one
    /// is not on one or two channels.
    pub fn new(file: R) -> Result<Self, FileError> {
        let mut packets = PacketReader::new(Input::new(BufReader::new(file)));
        let (head, serial) = read_headers(&mut packets)?;
        let packets = Some(packets);
        Ok(OggOpusReader { packets, head, serial, position: 0, start: 0, end: None, skipped: 0 })
    }

    /// What the first packet says of the stream that the last packet belongs to.
    pub fn head(&self) -> OpusHead {
        self.head
    }

    /// Where the current stream starts, in samples at 48 kHz from the first decoded of all.
    pub fn stream_start(&self) -> u64 {
        self.start
    }

    /// Where the sound of the current stream ends, in samples at 48 kHz from the first decoded of
    /// all; known with its last packet.
    pub fn end(&self) -> Option<u64> {
        self.end
    }
}

impl<R: Read + Seek + Send> Reader for OggOpusReader<R> {
    type Item = EncodedFrame;

    fn next(&mut self) -> Result<Option<EncodedFrame>, FileError> {
        loop {
            let Some(packets) = &mut self.packets else { return Ok(None) };
            let Some(packet) = read_packet(packets)? else { return Ok(None) };
            let offset = packets.get_ref().offset();
            if packet.first_in_stream() && packet.data.starts_with(HEAD) {
                let (head, serial) =
                    (OpusHead::parse(&packet.data, offset)?, packet.stream_serial());
                read_tags(packets, serial)?;
                (self.head, self.serial) = (head, serial);
                (self.start, self.end) = (self.position, None);
                continue;
            }
            // Other streams may lie between the pages of this one.
            if packet.stream_serial() != self.serial {
                continue;
            }
            let samples = opus_samples(&packet.data);
            if packet.last_in_stream() {
                // Less than the packets hold cuts the last one (RFC 7845 section 4.4).
                let position = self.position + u64::from(samples.unwrap_or(0));
                self.end = Some(self.start.saturating_add(packet.absgp_page()).min(position));
            }
            let samples = samples.filter(|_| packet.data.len() <= MAX_PACKET_BYTES);
            let Some(samples) = samples else {
                self.skipped += 1;
                continue;
            };
            let time = MediaTime::new(self.position, MediaTime::OPUS_RATE);
            self.position += u64::from(samples);
            let data = packet.data.into();
            return Ok(Some(EncodedFrame { codec: Codec::Opus, time, keyframe: true, data }));
        }
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        // One that was told to seek would take pages that it refuses otherwise.
        let Some(packets) = self.packets.take() else { return Ok(()) };
        let mut file = packets.into_inner();
        let sought = file.seek(SeekFrom::Start(0));
        let packets = self.packets.insert(PacketReader::new(file));
        sought?;
        (self.head, self.serial) = read_headers(packets)?;
        (self.position, self.start, self.end, self.skipped) = (0, 0, None, 0);
        Ok(())
    }

    fn skipped(&self) -> u64 {
        self.skipped
    }
}

/// The headers of the first Opus stream among those that the file begins with.
fn read_headers<R: Read + Seek>(
    packets: &mut PacketReader<Input<R>>,
) -> Result<(OpusHead, u32), FileError> {
    // The first packets of all streams come before any other (RFC 3533 section 4).
    while let Some(packet) = read_packet(packets)? {
        let offset = packets.get_ref().offset();
        if packet.first_in_stream() && !packet.data.starts_with(HEAD) {
            continue;
        }
        let head = OpusHead::parse(&packet.data, offset)?;
        read_tags(packets, packet.stream_serial())?;
        return Ok((head, packet.stream_serial()));
    }
    let offset = packets.get_ref().offset();
    Err(FileError::Truncated { offset, what: "the Opus headers" })
}

/// Reads the second packet of a stream.
fn read_tags<R: Read + Seek>(
    packets: &mut PacketReader<Input<R>>,
    serial: u32,
) -> Result<(), FileError> {
    while let Some(packet) = read_packet(packets)? {
        let offset = packets.get_ref().offset();
        if packet.stream_serial() != serial {
            continue;
        }
        let what = "no OpusTags";
        return match packet.data.starts_with(b"OpusTags") {
            true => Ok(()),
            false => Err(FileError::Malformed { offset, what }),
        };
    }
    let offset = packets.get_ref().offset();
    Err(FileError::Truncated { offset, what: "the Opus headers" })
}

fn read_packet<R: Read + Seek>(
    packets: &mut PacketReader<Input<R>>,
) -> Result<Option<ogg::Packet>, FileError> {
    let result = packets.read_packet();
    let offset = packets.get_ref().offset();
    let malformed = |what| FileError::Malformed { offset, what };
    result.map_err(|error| match error {
        OggReadError::ReadError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            FileError::Truncated { offset, what: "an Ogg page" }
        }
        OggReadError::ReadError(error) => FileError::Io(error),
        OggReadError::HashMismatch(..) => malformed("an Ogg page with a wrong checksum"),
        OggReadError::NoCapturePatternFound => malformed("no Ogg page"),
        OggReadError::InvalidStreamStructVer(_) | OggReadError::InvalidData => {
            malformed("an Ogg page that breaks the rules")
        }
    })
}

/// Writes Opus packets.
///
/// Pages are written and flushed once a second of sound, so what a program that is killed leaves
/// behind can be read up to there. Times may start anywhere. A gap in them is filled with packets
/// that hold nothing, which a decoder conceals; a packet from before the last one is written right
/// after it.
pub struct OggOpusWriter<W: Write> {
    packets: PacketWriter<'static, W>,
    /// The last packet, held back because the last of the stream is marked, and where it ends.
    held: Option<(Vec<u8>, u64)>,
    /// Time of the first packet in samples at 48 kHz.
    first: Option<u64>,
    /// Samples written and held.
    position: u64,
    /// Samples in pages that are written.
    paged: u64,
}

impl<W: Write> OggOpusWriter<W> {
    /// Writes the headers.
    ///
    /// # Errors
    /// When the system says no.
    pub fn new(file: W, head: OpusHead) -> Result<Self, FileError> {
        let mut packets = PacketWriter::new(file);
        packets.write_packet(head.to_bytes(), SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        let vendor = concat!("lapwing ", env!("CARGO_PKG_VERSION"));
        let mut tags = b"OpusTags".to_vec();
        tags.extend((vendor.len() as u32).to_le_bytes());
        tags.extend(vendor.as_bytes());
        tags.extend(0_u32.to_le_bytes());
        packets.write_packet(tags, SERIAL, PacketWriteEndInfo::EndPage, 0)?;
        Ok(OggOpusWriter { packets, held: None, first: None, position: 0, paged: 0 })
    }

    /// Writes a packet.
    ///
    /// # Errors
    /// When it is not Opus, or the system says no.
    pub fn write(&mut self, frame: &EncodedFrame) -> Result<(), FileError> {
        let what = "an Ogg file here holds Opus packets";
        if frame.codec != Codec::Opus || frame.data.len() > MAX_PACKET_BYTES {
            return Err(FileError::Rejected { what });
        }
        let samples = opus_samples(&frame.data).ok_or(FileError::Rejected { what })?;
        let ticks = frame.time.rebase(MediaTime::OPUS_RATE).ticks();
        let at = ticks.saturating_sub(*self.first.get_or_insert(ticks));
        let gap = at.saturating_sub(self.position);
        if gap <= MAX_GAP {
            for _ in 0..gap / FILL_SAMPLES {
                // CELT, full band, 20 ms, mono, one frame of no bytes.
                self.push(vec![31 << 3], FILL_SAMPLES)?;
            }
        } else {
            self.first = Some(ticks - self.position);
        }
        self.push(frame.data.to_vec(), u64::from(samples))
    }

    fn push(&mut self, packet: Vec<u8>, samples: u64) -> Result<(), FileError> {
        self.position += samples;
        if let Some((packet, end)) = self.held.replace((packet, self.position)) {
            if end - self.paged < PAGE_SAMPLES {
                let info = PacketWriteEndInfo::NormalPacket;
                self.packets.write_packet(packet, SERIAL, info, end)?;
            } else {
                self.packets.write_packet(packet, SERIAL, PacketWriteEndInfo::EndPage, end)?;
                self.packets.inner_mut().flush()?;
                self.paged = end;
            }
        }
        Ok(())
    }

    /// Writes the end of the stream, and what is left.
    ///
    /// # Errors
    /// When the system says no.
    pub fn finish(mut self) -> Result<W, FileError> {
        if let Some((packet, end)) = self.held.take() {
            self.packets.write_packet(packet, SERIAL, PacketWriteEndInfo::EndStream, end)?;
        }
        let mut file = self.packets.into_inner();
        file.flush()?;
        Ok(file)
    }
}
