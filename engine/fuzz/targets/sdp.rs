//! Descriptions, cut and damaged: read or refused, never a panic; and what was read is written so
//! that it is read again as it was.
#![no_main]

use lapwing_engine::sdp::{Description, parameters};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = match Description::parse(text) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = read.to_string();
    assert!(written.ends_with("\r\n"), "the last line has its end");
    assert_eq!(Description::parse(&written).as_ref(), Ok(&read), "{written}");
    for formats in read.media.iter().map(|media| &media.formats) {
        for (first, second) in formats.iter().zip(formats.iter().skip(1)) {
            assert_eq!(parameters::matches(first, second), parameters::matches(second, first));
        }
    }
});
