//! Frames and packets without bytes, streams one after another, and files that were cut.

use std::io::Cursor;

use lapwing_media::files::{
    FileError, IvfReader, OggOpusReader, OggOpusWriter, OpusHead, Reader, Y4mReader,
};
use lapwing_media::sources::{AudioReader, DecodedAudio, DecodedVideo, VideoReader};
use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};

use crate::clips;

/// How many items there are, and how many were passed over, twice the same.
fn counts(mut reader: impl Reader) -> (usize, u64) {
    let mut counts = [(0, 0); 2];
    for count in &mut counts {
        let items = std::iter::from_fn(|| reader.next().expect("the file is good")).count();
        *count = (items, reader.skipped());
        reader.rewind().unwrap();
    }
    assert_eq!(counts[0], counts[1], "the same after rewinding");
    counts[0]
}

#[test]
fn empty_ivf_frames_are_passed_over() {
    let case = IvfReader::new(Cursor::new(clips::case("zero-frame.ivf"))).unwrap();
    assert_eq!(counts(case), (2, 1));
    for name in [clips::VP8, clips::AV1] {
        let mut file = clips::bytes(name);
        // Behind the first frame: its length stands behind the header of the file.
        let length = u32::from_le_bytes([file[32], file[33], file[34], file[35]]) as usize;
        let at = 32 + 12 + length;
        file.splice(at..at, [0; 12]);
        let reader = DecodedVideo::new(IvfReader::new(Cursor::new(file)).unwrap()).unwrap();
        assert_eq!(reader.frame_rate(), (25, 1));
        assert_eq!(counts(reader), (125, 1), "{name}");
    }
}

#[test]
fn empty_y4m_pictures_are_passed_over_and_take_their_time() {
    let mut file = b"YUV4MPEG2 W4 H4 F10:1\nFRAME\n".to_vec();
    file.extend([1; 24]);
    file.extend(b"FRAME\nFRAME\nFRAME\n");
    // Samples that look like the start of a picture.
    let like = b"FRAME\n123456789012345678";
    file.extend(like);
    file.extend(b"FRAME\n");
    let mut reader = Y4mReader::new(Cursor::new(file.clone())).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().data(), [1; 24]);
    let second = reader.next().unwrap().unwrap();
    assert_eq!((second.data(), reader.skipped()), (&like[..], 2));
    assert_eq!(second.time().as_duration().as_millis(), 300);
    assert_eq!(counts(Y4mReader::new(Cursor::new(file)).unwrap()), (2, 3));
}

#[test]
fn empty_packets_are_passed_over() {
    let file = || Cursor::new(clips::case("zero-packet.opus"));
    assert_eq!(counts(OggOpusReader::new(file()).unwrap()), (14, 1));
    assert_eq!(counts(DecodedAudio::new(OggOpusReader::new(file()).unwrap()).unwrap()), (14, 1));
}

#[test]
fn a_skeleton_may_come_before_the_sound() {
    let reader = OggOpusReader::new(Cursor::new(clips::case("skeleton-first.opus"))).unwrap();
    assert_eq!(counts(reader), (20, 0));
}

#[test]
fn chained_streams_play_one_after_another() {
    let file = || Cursor::new(clips::case("chained.opus"));
    assert_eq!(counts(OggOpusReader::new(file()).unwrap()), (50, 0));
    let mut reader = DecodedAudio::new(OggOpusReader::new(file()).unwrap()).unwrap();
    let mut expected = 0;
    while let Some(samples) = reader.next().unwrap() {
        assert_eq!(samples.time().ticks(), expected);
        expected += samples.frames() as u64;
    }
    // What starts the decoder is dropped in both.
    assert_eq!(expected, 50 * 960 - 2 * 312);
}

/// The first second of speech as a stream with this number.
fn stream(head: OpusHead, serial: u32) -> Vec<u8> {
    let mut writer = OggOpusWriter::new(Vec::new(), head).unwrap();
    clips::packets()[..50].iter().for_each(|packet| writer.write(packet).unwrap());
    let mut reader = PacketReader::new(Cursor::new(writer.finish().unwrap()));
    let mut out = PacketWriter::new(Vec::new());
    while let Some(packet) = reader.read_packet().unwrap() {
        let end = match (packet.last_in_stream(), packet.last_in_page()) {
            (true, _) => PacketWriteEndInfo::EndStream,
            (_, true) => PacketWriteEndInfo::EndPage,
            _ => PacketWriteEndInfo::NormalPacket,
        };
        let position = packet.absgp_page();
        out.write_packet(packet.data, serial, end, position).unwrap();
    }
    out.into_inner()
}

const HEAD: OpusHead = OpusHead { channels: 1, pre_skip: 312, input_rate: 48_000, gain: 0 };

#[test]
fn a_chained_stream_may_have_other_channels() {
    let stereo = OpusHead { channels: 2, pre_skip: 100, ..HEAD };
    for (first, second) in [(HEAD, stereo), (stereo, HEAD)] {
        let file = Cursor::new([stream(first, 1), stream(second, 2)].concat());
        let reader = DecodedAudio::new(OggOpusReader::new(file).unwrap()).unwrap();
        assert_eq!(reader.channels(), first.channels);
        assert_eq!(clips::join(reader).frames(), 2 * 48_000 - 312 - 100);
    }
}

#[test]
fn an_ogg_file_cut_anywhere_is_read_up_to_its_last_page() {
    let mut writer = OggOpusWriter::new(Vec::new(), HEAD).unwrap();
    let packets = &clips::packets()[..250];
    packets.iter().for_each(|packet| writer.write(packet).unwrap());
    let file = writer.finish().unwrap();
    let mut most = 0;
    for end in (61..file.len()).step_by(61) {
        let mut reader = match OggOpusReader::new(Cursor::new(file[..end].to_vec())) {
            Ok(reader) => reader,
            Err(error) => {
                assert!(matches!(error, FileError::Truncated { .. }), "{error}");
                continue;
            }
        };
        let mut read = 0;
        while let Ok(Some(packet)) = reader.next() {
            assert_eq!(packet.data, packets[read].data);
            read += 1;
        }
        // A page has a second, of about equal bytes.
        let share = packets.len() * end / file.len();
        assert!(read + 75 >= share, "{read} packets of {share} in {end} bytes");
        most = most.max(read);
    }
    assert!(most >= 200, "{most}");
}

/// An Ogg page that goes on with a packet of another, which has none, of a stream not seen before
/// (RFC 3533 section 6).
fn page_of_no_stream() -> Vec<u8> {
    let mut page = b"OggS\0\x01".to_vec();
    page.extend([0; 8]);
    page.extend(9_u32.to_le_bytes());
    page.extend([0; 4]);
    let checksum_at = page.len();
    page.extend([0; 5]);
    let shift = |sum: u32| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 };
    let sum = page
        .iter()
        .fold(0_u32, |sum, byte| (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| shift(sum)));
    page[checksum_at..][..4].copy_from_slice(&sum.to_le_bytes());
    page
}

#[test]
fn what_a_file_is_refused_for_it_is_refused_for_after_a_rewind() {
    let file = [stream(HEAD, 1), page_of_no_stream()].concat();
    let mut reader = OggOpusReader::new(Cursor::new(file)).unwrap();
    for _ in 0..3 {
        let mut read = 0;
        let error = loop {
            match reader.next() {
                Ok(Some(_)) => read += 1,
                Ok(None) => panic!("it ends with a page that is none"),
                Err(error) => break error,
            }
        };
        assert_eq!(read, 50);
        assert!(matches!(error, FileError::Malformed { .. }), "{error}");
        assert!(error.to_string().contains("breaks the rules"), "{error}");
        reader.rewind().unwrap();
    }
}
