//! WAV files as programs leave them behind.

use std::io::Cursor;

use lapwing_media::files::{FileError, Reader, WavReader};
use lapwing_media::sources::{Playback, open_audio};

use crate::clips;

/// A file of 16-bit mono samples with these chunks before its samples. `told` is the length that
/// the chunk of the samples tells.
fn wav(form: &[u8; 4], before: &[u8], told: u32, data: &[u8]) -> Vec<u8> {
    let mut file = [&form[..], &[0; 4], b"WAVE"].concat();
    file.extend(before);
    file.extend(b"fmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    file.extend(told.to_le_bytes());
    file.extend(data);
    file
}

fn samples(file: &[u8]) -> Result<usize, FileError> {
    let mut reader = WavReader::new(Cursor::new(file.to_vec()))?;
    let mut counts = [0; 2];
    for count in &mut counts {
        while let Some(item) = reader.next()? {
            *count += item.frames();
        }
        reader.rewind()?;
    }
    assert_eq!(counts[0], counts[1], "the same after rewinding");
    Ok(counts[0])
}

#[test]
fn lengths_that_cannot_be_true_mean_all_there_is() {
    let data = [7; 1_000];
    for told in [0, 1_001, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, u32::MAX] {
        assert_eq!(samples(&wav(b"RIFF", b"", told, &data)).unwrap(), 500, "{told:#x}");
    }
    // The last byte is half a sample.
    assert_eq!(samples(&wav(b"RIFF", b"", u32::MAX, &data[..999])).unwrap(), 499);
}

#[test]
fn lengths_that_can_be_true_are_believed() {
    let data = [7; 1_000];
    assert_eq!(samples(&wav(b"RIFF", b"", 600, &data)).unwrap(), 300);
    assert_eq!(samples(&wav(b"RIFF", b"", 601, &data)).unwrap(), 300);
    assert_eq!(samples(&wav(b"RIFF", b"", 0, b"")).unwrap(), 0);
    assert_eq!(samples(&wav(b"RIFF", b"", 0, b"LIST\x04\0\0\0abcd")).unwrap(), 0);
    // No chunk: it would go beyond the end.
    assert_eq!(samples(&wav(b"RIFF", b"", 0, b"LIST\x05\0\0\0abcd")).unwrap(), 6);
}

#[test]
fn chunks_of_odd_length_have_padding_or_none() {
    for before in [&b"junk\x03\0\0\0abc\0"[..], b"junk\x03\0\0\0abc", b"junk\0\0\0\0"] {
        assert_eq!(samples(&wav(b"RIFF", before, 8, &[7; 8])).unwrap(), 4, "{before:?}");
    }
    let beyond = wav(b"RIFF", b"junk\xff\xff\xff\xff", 8, &[7; 8]);
    assert!(samples(&beyond).is_err());
}

#[test]
fn files_of_64_bits_have_their_length_elsewhere() {
    let lengths = |told: u64| {
        let mut chunk = b"ds64\x1c\0\0\0".to_vec();
        chunk.extend([0; 8]);
        chunk.extend(told.to_le_bytes());
        chunk.extend([0; 12]);
        chunk
    };
    for form in [b"RF64", b"BW64"] {
        let read = |told, short| samples(&wav(form, &lengths(told), short, &[7; 1_000])).unwrap();
        assert_eq!(read(600, u32::MAX), 300);
        assert_eq!(read(600, 400), 200, "the short length is that of a smaller file");
        assert_eq!(read(u64::MAX, u32::MAX), 500);
        assert_eq!(read(0, u32::MAX), 500);
    }
    let cut = wav(b"RF64", b"ds64\x08\0\0\0abcdefgh", u32::MAX, &[7; 8]);
    assert!(matches!(samples(&cut), Err(FileError::Malformed { .. })));
}

#[test]
fn extensible_formats_are_read_by_their_name() {
    let file = |tail: &[u8]| {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x28\0\0\0\xfe\xff\x01\0\x40\x1f\0\0".to_vec();
        file.extend(b"\xc0\x5d\0\0\x03\0\x18\0\x16\0\x18\0\x04\0\0\0\x01\0");
        file.extend(tail);
        file.extend(b"data\x03\0\0\0\0\0\x40\0");
        file
    };
    let known = b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    let mut reader = WavReader::new(Cursor::new(file(known))).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().data(), [0.5]);
    let other = WavReader::new(Cursor::new(file(b"\0\0\0\0\x21\x07\xd3\x11\x86\x44\xc8\xc1")));
    assert!(other.is_err());
}

#[test]
fn files_that_once_failed_are_played() {
    let expected = [
        ("data-zero.wav", 9_600),
        ("data-7fffffff.wav", 9_600),
        ("rf64.wav", 9_600),
        ("mulaw.wav", 1_600),
    ];
    for (name, count) in expected {
        assert_eq!(samples(&clips::case(name)).unwrap(), count, "{name}");
        let source = open_audio(clips::case_path(name), Playback::Once);
        assert!(source.is_ok(), "{name}: {:?}", source.err());
    }
}
