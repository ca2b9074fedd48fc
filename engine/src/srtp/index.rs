//! The index of an RTP packet: its sequence number with the roll-over counter before it.

/// Bits of an index.
const INDEX_BITS: u32 = 48;

/// Half of the sequence numbers: as far as one may be from the newest without its roll-over
/// counter being guessed wrong.
const HALF: u16 = 0x8000;

/// The index that a sequence number stands for, given the highest index so far (RFC 3711 section
/// 3.3.1 and appendix A). `None` when it would be beyond 2^48.
///
/// Before the first packet the roll-over counter is zero. There is none below zero: what looks
/// like it is ahead.
pub(super) fn guess(highest: Option<u64>, sequence: u16) -> Option<u64> {
    let Some(highest) = highest else { return Some(u64::from(sequence)) };
    let (counter, newest) = (highest >> 16, highest as u16);
    let counter = if newest < HALF {
        let is_before = i32::from(sequence) - i32::from(newest) > i32::from(HALF);
        if is_before { counter.saturating_sub(1) } else { counter }
    } else {
        let is_after = newest - HALF > sequence;
        counter + u64::from(is_after)
    };
    let index = counter << 16 | u64::from(sequence);
    (index >> INDEX_BITS == 0).then_some(index)
}

/// The roll-over counter of an index.
pub(super) fn roll_over(index: u64) -> u32 {
    (index >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_that_which_is_nearest() {
        assert_eq!(guess(None, 0xFFFF), Some(0xFFFF));
        assert_eq!(guess(Some(0x0_FFFF), 0), Some(0x1_0000));
        assert_eq!(guess(Some(0x1_0000), 0xFFFF), Some(0x0_FFFF));
        assert_eq!(guess(Some(0x5_1000), 0x9000), Some(0x5_9000));
        assert_eq!(guess(Some(0x5_1000), 0x9001), Some(0x4_9001));
        assert_eq!(guess(Some(0x5_9000), 0x1000), Some(0x5_1000));
        assert_eq!(guess(Some(0x5_9000), 0x0FFF), Some(0x6_0FFF));
    }

    #[test]
    fn nothing_is_below_zero_or_beyond_the_last() {
        assert_eq!(guess(Some(0x10), 0x9000), Some(0x9000));
        let last = (1 << 48) - 1;
        assert_eq!(guess(Some(last - 1), 0xFFFF), Some(last));
        assert_eq!(guess(Some(last), 0), None);
        assert_eq!(roll_over(last), u32::MAX);
    }
}
