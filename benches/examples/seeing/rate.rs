//! What of the estimate is for pictures.

/// Kept free for headers, retransmissions and feedback.
const SHARE: f64 = 0.9;

/// Least that the encoder makes, in bits per second.
pub(crate) const LEAST: u64 = 80_000;

/// Most that it makes.
pub(crate) const MOST: u64 = 1_200_000;

/// The sender's bit rate for an estimate, both in bits per second.
pub(crate) fn for_estimate(estimate: u64) -> u32 {
    ((estimate as f64 * SHARE) as u64).clamp(LEAST, MOST) as u32
}
