//! What is written is read again.

use std::io::Cursor;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::Samples;
use lapwing_media::files::{
    FileError, IvfReader, IvfWriter, OggOpusReader, OggOpusWriter, OpusHead, Reader, WavReader,
    WavWriter, Y4mReader, Y4mWriter,
};
use lapwing_media::sources::{DecodedAudio, TestPattern};

use crate::clips::{self, all};

const HEAD: OpusHead = OpusHead { channels: 1, pre_skip: 312, input_rate: 48_000, gain: 0 };

fn memory() -> Cursor<Vec<u8>> {
    Cursor::new(Vec::new())
}

fn rewound(file: Cursor<Vec<u8>>) -> Cursor<Vec<u8>> {
    Cursor::new(file.into_inner())
}

#[test]
fn y4m_is_read_as_written() {
    let pattern = TestPattern::new(45, 31, 30).unwrap();
    let pictures: Vec<_> = (0..4).map(|number| pattern.picture(number)).collect();
    let mut writer = Y4mWriter::new(memory(), (45, 31), (30, 1)).unwrap();
    pictures.iter().for_each(|picture| writer.write(picture).unwrap());
    let mut reader = Y4mReader::new(rewound(writer.finish().unwrap())).unwrap();
    assert_eq!((reader.size(), reader.frame_rate()), ((45, 31), (30, 1)));
    for _ in 0..2 {
        for picture in &pictures {
            assert_eq!(reader.next().unwrap().as_ref(), Some(picture));
        }
        assert!(reader.next().unwrap().is_none());
        reader.rewind().unwrap();
    }
}

#[test]
fn y4m_of_other_programs_is_read() {
    let header = b"YUV4MPEG2 W2 H2 F30000:1001 Ip A0:0 C420mpeg2 XYSCSS=420MPEG2 XCOMMENT\n";
    let mut file = header.to_vec();
    file.extend(b"FRAME Ip\n\x01\x02\x03\x04\x05\x06");
    let mut reader = Y4mReader::new(Cursor::new(file)).unwrap();
    assert_eq!(reader.frame_rate(), (30_000, 1_001));
    assert_eq!(reader.next().unwrap().unwrap().data(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn y4m_errors_say_where() {
    let error = |file: &[u8]| {
        let mut reader = Y4mReader::new(Cursor::new(file.to_vec()))?;
        while reader.next()?.is_some() {}
        Ok::<_, FileError>(())
    };
    let text = |file: &[u8]| error(file).unwrap_err().to_string();
    assert_eq!(text(b""), "the file ends within the Y4M header at byte 0");
    assert_eq!(text(b"YUV4MPEG2 W0 H2\n"), "no picture size, at byte 0");
    assert_eq!(text(b"YUV4MPEG2 W2 Hx\n"), "no number in the Y4M header, at byte 0");
    assert_eq!(text(b"YUV4MPEG2 W9000 H2\n"), "a picture above the size limit, at byte 0");
    assert_eq!(text(b"YUV4MPEG2 W2 H2 F0:1\n"), "no frame rate, at byte 0");
    let layout = "the chroma layout \"444\" is not supported";
    assert_eq!(text(b"YUV4MPEG2 W2 H2 C444\n"), layout);
    let cut = b"YUV4MPEG2 W2 H2\nFRAME\n123";
    assert_eq!(text(cut), "the file ends within a Y4M picture at byte 22");
    let lost = b"YUV4MPEG2 W2 H2\nFRAME\n123456frame\n";
    assert_eq!(text(lost), "no FRAME where one should start, at byte 28");
}

#[test]
fn ivf_is_read_as_written() {
    for name in [clips::VP8, clips::AV1] {
        let frames = clips::frames(name);
        assert_eq!(frames.len(), 125);
        assert!(frames[0].keyframe && !frames[1].keyframe);
        assert_eq!(frames[1].time, MediaTime::new(3_600, 90_000));
        let mut writer = IvfWriter::new(memory(), frames[0].codec, (320, 180)).unwrap();
        frames.iter().for_each(|frame| writer.write(frame).unwrap());
        let file = writer.finish().unwrap();
        assert_eq!(file.get_ref()[24..28], 125_u32.to_le_bytes());
        let mut reader = IvfReader::new(rewound(file)).unwrap();
        assert_eq!((reader.codec(), reader.size()), (frames[0].codec, (320, 180)));
        assert_eq!(reader.next().unwrap().as_ref(), Some(&frames[0]));
        reader.rewind().unwrap();
        assert_eq!(all(reader), frames);
    }
}

#[test]
fn ivf_errors_say_where() {
    let clip = clips::bytes(clips::VP8);
    let text = |file: &[u8]| {
        let read = || {
            let mut reader = IvfReader::new(Cursor::new(file.to_vec()))?;
            while reader.next()?.is_some() {}
            Ok::<_, FileError>(())
        };
        read().unwrap_err().to_string()
    };
    assert_eq!(text(&clip[..20]), "the file ends within the IVF header at byte 0");
    assert_eq!(text(&clip[..40]), "the file ends within an IVF frame header at byte 32");
    assert_eq!(text(&clip[..50]), "the file ends within an IVF frame at byte 44");
    let mut file = clip[..100].to_vec();
    file[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(text(&file), "an IVF frame above the size limit, at byte 32");
    file[8..12].copy_from_slice(b"HEVC");
    assert_eq!(text(&file), "the IVF codec \"HEVC\" is not supported");
}

#[test]
fn wav_is_read_as_written() {
    let speech = clips::speech();
    assert_eq!((speech.rate(), speech.channels(), speech.frames()), (16_000, 1, 161_440));
    let mut writer = WavWriter::new(memory(), 16_000, 1).unwrap();
    writer.write(&speech).unwrap();
    let file = writer.finish().unwrap();
    assert_eq!(file.get_ref()[..44], clips::bytes(clips::WAV)[..44], "the header of ffmpeg");
    let mut reader = WavReader::new(rewound(file)).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().frames(), 320);
    reader.rewind().unwrap();
    assert_eq!(clips::join(reader), speech);
}

#[test]
fn an_unfinished_wav_is_read_to_its_end() {
    let mut file = memory();
    let samples = Samples::from_i16(&[1, -1, 2, -2], 8_000, 2, MediaTime::new(0, 8_000)).unwrap();
    WavWriter::new(&mut file, 8_000, 2).unwrap().write(&samples).unwrap();
    let reader = WavReader::new(rewound(file)).unwrap();
    assert_eq!(clips::join(reader), samples);
}

/// A WAV file with this format code, bits, container bytes and samples, and a chunk of odd length
/// before them.
fn wav(code: u16, bits: u16, width: u16, data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVElist\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
    file.extend([code.to_le_bytes(), 1_u16.to_le_bytes()].concat());
    file.extend([8_000_u32.to_le_bytes(), (8_000 * u32::from(width)).to_le_bytes()].concat());
    file.extend([width.to_le_bytes(), bits.to_le_bytes()].concat());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

#[test]
fn wav_samples_of_all_widths_are_read() {
    let read = |file| clips::join(WavReader::new(Cursor::new(file)).unwrap()).into_data();
    assert_eq!(read(wav(1, 8, 1, &[0, 128, 192])), [-1.0, 0.0, 0.5]);
    assert_eq!(read(wav(1, 16, 2, &[0, 0x80, 0, 0x40])), [-1.0, 0.5]);
    assert_eq!(read(wav(1, 24, 3, &[0, 0, 0x80, 0, 0, 0x40])), [-1.0, 0.5]);
    assert_eq!(read(wav(1, 24, 4, &[0, 0, 0, 0x80, 0, 0, 0, 0x40])), [-1.0, 0.5]);
    assert_eq!(read(wav(3, 32, 4, &0.25_f32.to_le_bytes())), [0.25]);
    assert_eq!(read(wav(3, 64, 8, &0.25_f64.to_le_bytes())), [0.25]);
    assert_eq!(read(wav(6, 8, 1, &[0x2a, 0x80])), [-32_256.0, 5_504.0].map(|s| s / 32_768.0));
    assert_eq!(read(wav(7, 8, 1, &[0x00, 0xef])), [-32_124.0, 132.0].map(|s| s / 32_768.0));
    let error = WavReader::new(Cursor::new(wav(2, 4, 1, &[0]))).unwrap_err();
    assert!(matches!(error, FileError::Unsupported { .. }), "{error}");
}

#[test]
fn ogg_opus_is_read_as_written() {
    let packets = clips::packets();
    let mut writer = OggOpusWriter::new(memory(), HEAD).unwrap();
    packets.iter().for_each(|packet| writer.write(packet).unwrap());
    let mut reader = OggOpusReader::new(rewound(writer.finish().unwrap())).unwrap();
    assert_eq!(reader.head(), HEAD);
    assert_eq!(reader.next().unwrap().as_ref(), Some(&packets[0]));
    reader.rewind().unwrap();
    let read: Vec<_> = std::iter::from_fn(|| reader.next().unwrap()).collect();
    assert_eq!(read, packets);
    assert_eq!(reader.end(), Some(960 * packets.len() as u64));
}

#[test]
fn ogg_opus_plays_as_long_as_what_was_encoded() {
    let file = Cursor::new(clips::bytes(clips::OPUS));
    let speech = clips::join(DecodedAudio::new(OggOpusReader::new(file).unwrap()).unwrap());
    // The end of the last packet and the start of the first are cut, to the sample.
    assert_eq!(speech.frames(), 3 * clips::speech().frames());
}

#[test]
fn gaps_in_ogg_are_filled() {
    let at = |time: u64| EncodedFrame {
        time: MediaTime::new(time, 48_000),
        ..clips::packets()[0].clone()
    };
    let mut writer = OggOpusWriter::new(memory(), HEAD).unwrap();
    // From anywhere, 100 ms of gap, a step back, and a jump too long to be filled.
    for time in [77_000, 77_960 + 4_800, 77_000, 77_000_000_000] {
        writer.write(&at(time)).unwrap();
    }
    let reader = OggOpusReader::new(rewound(writer.finish().unwrap())).unwrap();
    let times: Vec<_> = all(reader).iter().map(|packet| packet.time.ticks() / 960).collect();
    assert_eq!(times, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn writers_refuse_what_does_not_belong() {
    let vp8 = &clips::frames(clips::VP8)[0];
    let rejected = |result: Result<(), FileError>| {
        assert!(matches!(result, Err(FileError::Rejected { .. })), "{result:?}");
    };
    rejected(OggOpusWriter::new(memory(), HEAD).unwrap().write(vp8));
    rejected(IvfWriter::new(memory(), Codec::Av1, (1, 1)).unwrap().write(vp8));
    rejected(IvfWriter::new(memory(), Codec::Opus, (1, 1)).map(drop));
    rejected(WavWriter::new(memory(), 8_000, 2).unwrap().write(&clips::speech()));
    rejected(WavWriter::new(memory(), 8_000, 0).map(drop));
    let picture = TestPattern::new(16, 16, 1).unwrap().picture(0);
    rejected(Y4mWriter::new(memory(), (16, 18), (1, 1)).unwrap().write(&picture));
}
