//! Two engines behind everything, with servers.

use std::sync::LazyLock;
use std::time::Duration;

use lapwing_engine::CandidateKind;
use lapwing_simnet::middlebox::Dependence;
use lapwing_simnet::reach::{Behind, Cell, Change, Help, Matrix, Report, SEED};

/// What is tabled, run once for all tests.
static REPORT: LazyLock<Report> = LazyLock::new(|| Report::run(SEED));

fn matrix(help: Help) -> &'static Matrix {
    REPORT.matrices.iter().find(|matrix| matrix.help == help).expect("it is tabled")
}

/// ICE gives up after 30 s from the answer on, which takes a round trip.
const SIGNALLED: Duration = Duration::from_millis(200);

#[test]
fn with_a_stun_server_those_connect_that_can() {
    let (matrix, limit) = (matrix(Help::Stun), Help::Stun.limit());
    let mut direct = 0;
    for (cell, reached) in &matrix.reached {
        assert_eq!(reached.connected.is_some(), cell.is_direct(), "{cell:?}: {reached:?}");
        match reached.connected {
            Some(took) => assert!(took <= limit, "{cell:?}: {took:?}"),
            None => {
                let failed = reached.failed.expect("it says so");
                assert!(failed <= Duration::from_secs(31), "{cell:?}: {failed:?}");
            }
        }
        direct += u32::from(cell.is_direct());
    }
    assert_eq!((direct, matrix.reached.len()), (73, 121));
}

#[test]
fn with_a_relay_all_connect() {
    for help in Help::ALL.into_iter().filter(|help| *help != Help::Stun) {
        let matrix = matrix(help);
        for (cell, reached) in &matrix.reached {
            let took = reached.connected.unwrap_or_else(|| panic!("{cell:?} does not connect"));
            let limit =
                if cell.is_direct() && help.has_udp() { Help::Stun.limit() } else { help.limit() };
            assert!(took <= limit, "{cell:?}: {took:?}, {reached:?}");
        }
        println!("{help}: {:?}", matrix.times().max());
    }
}

#[test]
fn where_nothing_is_let_out_it_fails_in_time() {
    for (behind, seed) in Behind::all().into_iter().zip(1..) {
        let cell = Cell { a: behind, b: Behind::Open, help: Help::AllBlocked };
        let reached = cell.run(seed);
        assert_eq!(reached.connected, None, "{cell:?}");
        let failed = reached.failed.expect("it says so");
        assert!(failed <= cell.help.limit() + SIGNALLED, "{cell:?}: {failed:?}");
        // One every 50 ms, requests to the server among them.
        let allowed = failed.as_millis() / 50;
        assert!(u128::from(reached.sent) <= allowed, "{cell:?}: {} of {allowed}", reached.sent);
    }
}

#[test]
fn calls_come_through_changes_of_the_network() {
    let more = [SEED + 1, SEED + 2];
    let more =
        more.into_iter().flat_map(|seed| Change::ALL.map(|change| (change, change.run(seed))));
    for (change, outage) in REPORT.changes.iter().copied().chain(more) {
        println!("{change}: {outage:?}");
        // Consent is over when the sleeper wakes up.
        let may_fail = change == Change::Sleep;
        assert!(outage.recovered && (may_fail || !outage.failed), "{change}: {outage:?}");
        assert!(outage.longest <= change.limit(), "{change}: {outage:?}");
    }
}

/// Times to connect of many seeds, in order; those that never did come last.
fn times_under_loss(help: Help, loss: f64, seeds: u64) -> Vec<Duration> {
    let [ei, _, apd] = Dependence::ALL;
    let behind = Behind::Nat(if help == Help::Stun { ei } else { apd }, apd);
    let cell = Cell { a: behind, b: behind, help };
    let time = |seed| cell.run_with_loss(seed, loss).connected.unwrap_or(Duration::MAX);
    let mut times: Vec<Duration> = (1..=seeds).map(time).collect();
    times.sort();
    times
}

#[test]
fn peers_connect_through_loss() {
    for help in [Help::Stun, Help::Relay] {
        for (loss, seeds) in [(0.1, 40), (0.2, 100), (0.3, 200)] {
            let times = times_under_loss(help, loss, seeds);
            let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
            println!("{help} {loss}: {:?} {:?} {:?} {:?}", at(50), at(95), at(99), times.last());
            if loss < 0.25 {
                assert!(at(95) <= Duration::from_secs(5), "{help} {loss}: {:?}", at(95));
            }
            assert!(at(99) <= Duration::from_secs(30), "{help} {loss}: {:?}", at(99));
        }
    }
}

#[test]
fn the_tables_are_as_committed() {
    let committed = include_str!("../../snapshots/reach.md");
    let made = REPORT.markdown();
    let differs = made.lines().zip(committed.lines()).find(|(now, then)| now != then);
    assert_eq!(differs, None, "run the example reach with --write");
    assert_eq!(made.lines().count(), committed.lines().count());
}

#[test]
fn other_networks_are_crossed() {
    for (special, reached) in &REPORT.specials {
        println!("{special}: {reached:?}");
        let took = reached.connected.unwrap_or_else(|| panic!("{special}: {reached:?}"));
        assert!(took <= Help::Relay.limit(), "{special}: {took:?}");
        let relayed = |kind: CandidateKind| kind == CandidateKind::Relayed;
        let kinds = reached.kinds.expect("a pair is in use");
        let by_relay = kinds.into_iter().any(relayed);
        assert_eq!(by_relay, !special.is_direct(), "{special}: {reached:?}");
    }
}
