//! What a packet of Opus says of itself (RFC 6716 section 3).

use lapwing_engine::MediaTime;

/// Whether a packet carries a copy of the frame before it: the LBRR flag of its first SILK frame
/// (RFC 6716 section 4.2.3). CELT knows none.
pub(super) fn has_fec(packet: &[u8]) -> bool {
    // Configurations 16 and up are CELT only (RFC 6716 section 3.1).
    if packet.first().is_none_or(|toc| toc >> 3 >= 16) {
        return false;
    }
    let Some(flags) = first_byte(packet) else { return false };
    let samples = opus::packet::get_samples_per_frame(packet, MediaTime::OPUS_RATE).unwrap_or(0);
    // One voice-activity bit for each 20 ms, then the LBRR bit; the side channel follows so too.
    let silk_frames = (samples / 960).clamp(1, 3);
    let stereo = packet[0] & 0x04 != 0;
    let mid = flags >> (7 - silk_frames) & 1;
    let side =
        if stereo { flags.checked_shr(6_u32.saturating_sub(2 * silk_frames as u32)) } else { None };
    mid == 1 || side.is_some_and(|side| side & 1 == 1)
}

/// The first byte of the first frame of a packet (RFC 6716 section 3.2), if it has any.
fn first_byte(packet: &[u8]) -> Option<u8> {
    let code = packet.first()? & 3;
    let (lengths, mut at) = match code {
        0 | 1 => (0, 1),
        2 => (1, 1),
        _ => {
            let count = *packet.get(1)?;
            let mut at = 2;
            // Padding of 254 bytes and more has several bytes of length (section 3.2.5).
            if count & 0x40 != 0 {
                let more = packet.get(at..)?.iter().take_while(|byte| **byte == 255).count();
                at += more + 1;
            }
            (if count & 0x80 == 0 { 0 } else { (count & 0x3f).saturating_sub(1) }, at)
        }
    };
    let empty = lengths > 0 && packet.get(at) == Some(&0);
    for _ in 0..lengths {
        // Lengths from 252 on have two bytes (section 3.2.1).
        at += if *packet.get(at)? < 252 { 1 } else { 2 };
    }
    packet.get(at).copied().filter(|_| !empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// As libopus parses packets, for all that it takes for one.
        #[test]
        fn the_first_byte_is_that_of_the_first_frame(
            toc in any::<u8>(),
            head in proptest::collection::vec(prop_oneof![Just(255_u8), any::<u8>()], 0..4),
            rest in proptest::collection::vec(any::<u8>(), 0..700),
        ) {
            let packet = [&[toc], &head[..], &rest[..]].concat();
            if let Ok(parsed) = opus::packet::parse(&packet)
                && let Some(frame) = parsed.frames.first()
            {
                let expected = frame.first().copied();
                // Of frames that are all empty nothing is read.
                if expected.is_some() || packet.len() < 3 {
                    prop_assert_eq!(first_byte(&packet), expected);
                }
            }
        }
    }
}
