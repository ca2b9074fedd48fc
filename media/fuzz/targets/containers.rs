//! Matroska and MP4: both kinds of track, the sound decoded too. Nothing panics, and what is read
//! once is read again.
#![no_main]

use std::io::Cursor;

use lapwing_media::files::{AudioTrack, Reader, VideoTrack};
use lapwing_media::sources::DecodedTrack;
use libfuzzer_sys::fuzz_target;

/// Items read of a file.
const ITEMS_MAX: usize = 2_000;

fuzz_target!(|bytes: &[u8]| {
    let file = || Cursor::new(bytes.to_vec());
    if let Ok(track) = VideoTrack::new(file()) {
        twice(track);
    }
    if let Ok(Ok(sound)) = AudioTrack::new(file()).map(DecodedTrack::new) {
        twice(sound);
    }
});

fn twice<R: Reader>(mut reader: R) {
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
