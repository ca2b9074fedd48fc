//! TCP after an outage: what timeouts leave of the congestion state.

use lapwing_simnet::cross::{CongestionControl, Cubic, Reno, Workload};
use lapwing_simnet::nodes::{OutageMode, Window};
use lapwing_simnet::{Bitrate, Limit, LinkSpec, QueueSpec, Sim, Time};

use crate::cross_path::{Path, join};
use crate::fixtures::ms;

/// Seconds after the end of an outage until a second's goodput is 90 % of the path's, and the
/// timeouts that it took.
fn seconds_to_recover(congestion: impl CongestionControl, outage_s: u64) -> (f64, u64) {
    let (from, until) = (Time::from_secs(20), Time::from_secs(20 + outage_s));
    let queue = QueueSpec::TailDrop(Limit::Packets(100));
    let path = LinkSpec::new()
        .outage(OutageMode::Lose, [Window { from, until }])
        .rate(Bitrate::mbps(10), queue)
        .delay(ms(50));
    let mut sim = Sim::new(1);
    let hosts = Path::new(&mut sim, &path, &LinkSpec::new().delay(ms(50)));
    let (source, sink) = join(&mut sim, &hosts, 80, congestion, Workload::Endless);
    let mut received = Vec::new();
    for tenth in 0..=800 {
        sim.run_until(Time::from_millis(100 * tenth));
        received.push(sim.endpoint(sink).received());
    }
    let bits = |from: usize| (received[from + 10] - received[from]) as f64 * 8.0;
    let up = 200 + 10 * outage_s as usize;
    let back = (up..790).find(|tenth| bits(*tenth) > 0.9 * 10e6 * 1_448.0 / 1_500.0);
    let seconds = back.map_or(f64::INFINITY, |tenth| (tenth - up) as f64 / 10.0);
    (seconds, sim.endpoint(source).stats().timeouts)
}

#[test]
fn cubic_and_reno_are_soon_back_after_timeouts_in_a_row() {
    // With its threshold lost and a plateau to climb, CUBIC took 13 s where Reno took 2.
    for outage_s in [1, 2, 4, 8] {
        let (reno, in_row) = seconds_to_recover(Reno::default(), outage_s);
        let (cubic, _) = seconds_to_recover(Cubic::default(), outage_s);
        assert!(in_row >= 2 || outage_s == 1, "{in_row} timeouts");
        // The timer that ran last may be as long as the outage; then come ten round trips.
        let most = outage_s as f64 + 3.0;
        assert!(reno < most, "Reno after {outage_s} s: {reno} s");
        assert!(cubic < most, "CUBIC after {outage_s} s: {cubic} s");
    }
}
