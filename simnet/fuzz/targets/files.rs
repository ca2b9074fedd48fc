//! Recordings and captures, cut and damaged: entries until the fault, which is told, and an end.
#![no_main]

use lapwing_engine::RecordingReader;
use lapwing_simnet::capture::PcapngReader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(reader) = RecordingReader::new(bytes) {
        let entries = reader.take_while(Result::is_ok).count();
        assert!(entries <= bytes.len(), "an entry takes a byte at least");
    }
    if let Ok(reader) = PcapngReader::new(bytes) {
        let packets = reader.take_while(Result::is_ok).count();
        assert!(packets <= bytes.len(), "a packet takes a byte at least");
    }
});
