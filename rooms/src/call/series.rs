//! A row of figures for each second.

use std::time::{Duration, Instant};

use lapwing_engine::Stats;

use super::report::Second;

/// Time between two rows.
const EVERY: Duration = Duration::from_secs(1);

/// Rows kept: a day. A longer call keeps its first.
const ROWS_MAX: usize = 86_400;

/// Counts that only grow, as they are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) bytes_out: u64,
    pub(super) bytes_in: u64,
    pub(super) pictures_sent: u64,
    pub(super) pictures_decoded: u64,
    pub(super) freezes: u32,
}

impl Totals {
    /// With the bytes of a connection.
    pub(super) fn with_bytes(self, stats: &Stats) -> Self {
        let (bytes_out, bytes_in) = (stats.transport.bytes_sent, stats.transport.bytes_received);
        Totals { bytes_out, bytes_in, ..self }
    }
}

/// Takes a row each second.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    start: Instant,
    last: Instant,
    before: Totals,
    rows: Vec<Second>,
}

impl Sampler {
    /// Begins now, with these counts.
    pub(super) fn new(totals: Totals, now: Instant) -> Self {
        Sampler { start: now, last: now, before: totals, rows: Vec::new() }
    }

    /// When the next row is due.
    pub(super) fn next(&self) -> Instant {
        self.last + EVERY
    }

    /// Takes a row: what grew since the last, beside the `figures` as they are now.
    pub(super) fn sample(&mut self, totals: Totals, figures: Second, now: Instant) -> Second {
        let span = now.saturating_duration_since(self.last).as_secs_f64().max(1e-3);
        let before = std::mem::replace(&mut self.before, totals);
        self.last = now;
        // A new connection counts its bytes from zero.
        let grown = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
        let rate = |now: u64, before: u64| grown(now, before) as f64 * 8.0 / span;
        let row = Second {
            at: now.saturating_duration_since(self.start).as_secs_f64(),
            bitrate_out: rate(totals.bytes_out, before.bytes_out),
            bitrate_in: rate(totals.bytes_in, before.bytes_in),
            pictures_sent: grown(totals.pictures_sent, before.pictures_sent),
            pictures_decoded: grown(totals.pictures_decoded, before.pictures_decoded),
            freezes: totals.freezes.saturating_sub(before.freezes),
            ..figures
        };
        if self.rows.len() < ROWS_MAX {
            self.rows.push(row.clone());
        }
        row
    }

    /// All rows.
    pub(super) fn into_rows(self) -> Vec<Second> {
        self.rows
    }
}

/// What a connection's statistics say of this moment.
pub(super) fn figures(stats: &Stats) -> Second {
    let worst = |losses: &mut dyn Iterator<Item = f64>| losses.reduce(f64::max);
    let pair = stats.candidate_pair.as_ref();
    Second {
        round_trip_time_ms: pair.and_then(|pair| pair.current_round_trip_time).map(|s| s * 1e3),
        loss_out: worst(&mut stats.outbound_rtp.iter().filter_map(|track| track.fraction_lost)),
        loss_in: worst(&mut stats.inbound_rtp.iter().filter_map(|track| track.fraction_lost)),
        estimate: pair
            .and_then(|pair| pair.available_outgoing_bitrate)
            .map(|rate| rate.as_bps() as f64),
        ..Second::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_what_grew() {
        let start = Instant::now();
        let totals = |bytes: u64, pictures: u64| Totals {
            bytes_out: bytes,
            pictures_sent: pictures,
            ..Totals::default()
        };
        let mut sampler = Sampler::new(totals(1000, 3), start);
        assert_eq!(sampler.next(), start + EVERY);
        sampler.sample(totals(2000, 33), Second::default(), start + EVERY);
        sampler.sample(totals(500, 63), Second::default(), start + 3 * EVERY);
        let rows = sampler.into_rows();
        let seen: Vec<_> = rows.iter().map(|r| (r.at, r.bitrate_out, r.pictures_sent)).collect();
        assert_eq!(seen, [(1.0, 8000.0, 30), (3.0, 2000.0, 30)]);
    }
}
