//! WAV, Ogg, IVF and Y4M, told apart by their first bytes: nothing panics, and what is read once is
//! read again.
#![no_main]

use std::io::Cursor;

use lapwing_media::files::{FileError, IvfReader, OggOpusReader, Reader, WavReader, Y4mReader};
use libfuzzer_sys::fuzz_target;

/// Items read of a file.
const ITEMS_MAX: usize = 2_000;

fuzz_target!(|bytes: &[u8]| {
    let file = || Cursor::new(bytes);
    match bytes.first() {
        Some(b'R' | b'B') => twice(WavReader::new(file())),
        Some(b'O') => twice(OggOpusReader::new(file())),
        Some(b'D') => twice(IvfReader::new(file())),
        _ => twice(Y4mReader::new(file())),
    }
});

fn twice<R: Reader>(reader: Result<R, FileError>) {
    let Ok(mut reader) = reader else { return };
    let first = count(&mut reader);
    if reader.rewind().is_ok() {
        assert_eq!(count(&mut reader), first);
    }
}

fn count<R: Reader>(reader: &mut R) -> usize {
    let mut items = 0;
    while items < ITEMS_MAX && matches!(reader.next(), Ok(Some(_))) {
        items += 1;
    }
    items
}
