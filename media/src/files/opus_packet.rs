//! How long an Opus packet lasts, without decoding it (RFC 6716 section 3).

/// Longest packet (section 3.2.5), in samples at 48 kHz.
const MAX_SAMPLES: u32 = 5_760;

/// Samples at 48 kHz in a packet, `None` when it breaks the rules.
pub(crate) fn opus_samples(packet: &[u8]) -> Option<u32> {
    let &toc = packet.first()?;
    let config = toc >> 3;
    let frame = match config {
        // SILK: 10, 20, 40 and 60 ms.
        0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        // Hybrid: 10 and 20 ms.
        12..=15 => [480, 960][usize::from(config & 1)],
        // CELT: 2.5, 5, 10 and 20 ms.
        _ => 120 << (config & 3),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1)? & 0x3f),
    };
    let samples = frame * frames;
    (1..=MAX_SAMPLES).contains(&samples).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_table() {
        // CELT of 20 ms: one frame, two frames, three frames.
        assert_eq!(opus_samples(&[31 << 3]), Some(960));
        assert_eq!(opus_samples(&[31 << 3 | 1]), Some(1_920));
        assert_eq!(opus_samples(&[31 << 3 | 3, 0x83]), Some(2_880));
        // SILK of 60 ms, hybrid of 10 ms, CELT of 2.5 ms.
        assert_eq!(opus_samples(&[3 << 3]), Some(2_880));
        assert_eq!(opus_samples(&[12 << 3]), Some(480));
        assert_eq!(opus_samples(&[16 << 3]), Some(120));
    }

    #[test]
    fn what_breaks_the_rules_has_no_length() {
        assert_eq!(opus_samples(&[]), None);
        assert_eq!(opus_samples(&[3]), None);
        assert_eq!(opus_samples(&[3, 0]), None);
        // Three frames of 60 ms.
        assert_eq!(opus_samples(&[3 << 3 | 3, 3]), None);
    }
}
