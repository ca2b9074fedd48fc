//! What a controller is told, and what it answers.

use std::fmt;
use std::time::{Duration, Instant};

/// The rate at which data was delivered, as one acknowledgement shows it
/// (draft-ietf-ccwg-bbr section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateSample {
    /// Bytes in a second.
    pub rate: u64,
    /// Bytes that were delivered while it was measured.
    pub delivered: u64,
    /// Bytes that were delivered in all when the data was sent that was acknowledged now.
    pub delivered_before: u64,
    /// Bytes that were lost since then.
    pub lost: u64,
    /// Bytes that were on the way when it had been sent.
    pub in_flight: usize,
    /// There was less to send than could have been sent.
    pub is_app_limited: bool,
}

/// Data was acknowledged.
#[derive(Clone, Copy, Debug)]
pub struct Ack {
    /// When.
    pub now: Instant,
    /// Bytes that were not before.
    pub bytes: usize,
    /// Bytes that are on the way after it, and before it.
    pub in_flight: usize,
    /// Before it.
    pub in_flight_before: usize,
    /// Bytes that were acknowledged in all.
    pub delivered: u64,
    /// A round trip that it measured.
    pub round_trip: Option<Duration>,
    /// The mean of round trips.
    pub smoothed: Duration,
    /// The rate that it measured.
    pub sample: Option<RateSample>,
    /// Lost data is still being made up for.
    pub in_recovery: bool,
    /// More could have been sent than there was.
    pub is_app_limited: bool,
}

/// Data is taken for lost.
#[derive(Clone, Copy, Debug)]
pub struct Loss {
    /// When.
    pub now: Instant,
    /// Its bytes.
    pub bytes: usize,
    /// Bytes that were on the way before.
    pub in_flight: usize,
    /// Bytes that were on the way when it had been sent.
    pub in_flight_sent: usize,
    /// Bytes that were lost since it was sent, it among them.
    pub lost_since: u64,
    /// It was sent after what was lost before was made up for: news of the path.
    pub is_new: bool,
}

/// Says how much may be on the way, and how fast it goes out. Sizes are in bytes of payload,
/// headers left out.
pub trait Controller: fmt::Debug + Send {
    /// Data was acknowledged.
    fn on_ack(&mut self, ack: &Ack);
    /// Data is taken for lost.
    fn on_loss(&mut self, loss: &Loss);
    /// Nothing came for so long that all that is on the way is doubted.
    fn on_timeout(&mut self, in_flight: usize);
    /// The last loss was none: what it led to is to be taken back.
    fn on_spurious_loss(&mut self);
    /// Bytes that may be on the way.
    fn window(&self) -> usize;
    /// Bytes in a second at which they go out; `None` before anything is known of the path.
    fn rate(&self) -> Option<u64>;
}
