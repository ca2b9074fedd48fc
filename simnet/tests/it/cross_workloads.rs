//! Cross traffic of scenarios: short flows, streaming, controllers by name.

use lapwing_simnet::Time;
use lapwing_simnet::scenario::{Built, CrossEnds, Scenario};

fn scenario(cross: &str) -> Result<Scenario, String> {
    let text = format!(
        "
[meta]
name = 'cross'
duration_s = 60
seeds = [1]
schema = 1

[[link]]
name = 'up'
from = 'A'
to = 'B'
capacity_bps = 10_000_000
delay_ms = 20
queue = {{ type = 'tail-drop', size_ms = 100 }}

[[cross]]
link = 'up'
{cross}
"
    );
    Scenario::parse("cross.toml", &text).map_err(|bad| bad.to_string())
}

fn run(cross: &str, seconds: u64) -> Built {
    let scenario = scenario(cross).expect("it is right");
    let mut built = scenario.build(1);
    built.sim.run_until(Time::from_secs(seconds));
    built
}

#[test]
fn files_arrive_at_random_and_are_sent_whole() {
    let text = "kind = 'tcp-poisson'\ncc = 'cubic'\nhystart = true\nper_s = 10\n\
                file_bytes_min = 10_000\nfile_bytes_max = 1_000_000\npareto_shape = 1.3\n";
    let built = run(text, 60);
    let CrossEnds::Swarm(source, sink) = built.cross[0] else { panic!("a swarm") };
    let stats = built.sim.endpoint(source).stats();
    // 600 expected, deviation 24; a few are under way.
    assert!((520..680).contains(&stats.completed), "{stats:?}");
    assert_eq!(stats.refused, 0);
    let mean = stats.seconds / stats.completed as f64;
    assert!((0.08..0.6).contains(&mean), "{mean} s for a file");
    assert!(built.sim.endpoint(sink).received() >= stats.senders.acknowledged);
}

#[test]
fn a_flood_of_files_is_refused_beyond_the_limit() {
    let text = "kind = 'tcp-poisson'\ncc = 'reno'\nper_s = 1_000\n\
                file_bytes_min = 1_000_000\nfile_bytes_max = 1_000_000\n";
    let built = run(text, 3);
    let CrossEnds::Swarm(source, _) = built.cross[0] else { panic!("a swarm") };
    let source = built.sim.endpoint(source);
    assert_eq!(source.connections(), lapwing_simnet::cross::SWARM_CONNECTIONS_MAX);
    assert!(source.stats().refused > 2_000, "{:?}", source.stats());
}

#[test]
fn a_player_streams_what_the_path_carries_and_rests() {
    let text = "kind = 'dash'\ncc = 'cubic'\nsegment_s = 2\nbuffer_s = 12\n\
                ladder_bps = [1_000_000, 4_000_000, 20_000_000]\n";
    let built = run(text, 60);
    let CrossEnds::Tcp(source, sink) = built.cross[0] else { panic!("TCP") };
    let source = built.sim.endpoint(source);
    let playback = source.playback().expect("it streams");
    assert_eq!(source.connections(), 1);
    assert!(playback.stalled.is_zero(), "{playback:?}");
    assert!((33..=37).contains(&playback.segments), "as much as is played: {playback:?}");
    let mean = playback.bits / playback.segments as f64 / 2.0;
    assert!((3.3e6..4.0e6).contains(&mean), "the rate that fits, after the first: {mean}");
    assert!(built.sim.endpoint(sink).received() as f64 * 8.0 >= playback.bits * 0.99);
}

#[test]
fn controllers_go_by_their_names() {
    for name in ["reno", "cubic", "bbr1", "bbr3", "prague"] {
        let built = run(&format!("kind = 'tcp-long'\ncc = '{name}'\n"), 10);
        let CrossEnds::Tcp(_, sink) = built.cross[0] else { panic!("TCP") };
        let received = built.sim.endpoint(sink).received();
        assert!(received > 9_000_000, "{name}: {received} bytes");
    }
}

#[test]
fn quic_takes_controllers_by_their_names_and_gives_the_same_run() {
    let run = || run("kind = 'quic-long'\ncc = 'bbr3'\nend_s = 8\n", 10);
    let built = run();
    let CrossEnds::Quic(source, sink) = built.cross[0] else { panic!("QUIC") };
    let received = built.sim.endpoint(sink).received();
    assert!(received > 7_000_000, "{received} bytes");
    assert_eq!(received, built.sim.endpoint(source).stats().acknowledged, "it ended");
    assert_eq!(built.sim.chain(), run().sim.chain());
}

#[test]
fn what_is_wrong_is_told() {
    for (lines, expected) in [
        ("kind = 'dash'\ncc = 'reno'\nsegment_s = 0\nladder_bps = []", "cross[0].segment_s"),
        ("kind = 'dash'\ncc = 'reno'\nsegment_s = 2", "cross[0].ladder_bps: the field is missing"),
        ("kind = 'tcp-poisson'\ncc = 'reno'\nper_s = 1e9", "cross[0].per_s"),
        ("kind = 'tcp-long'\ncc = 'reno'\nhystart = true", "cross[0].hystart"),
        ("kind = 'quic-long'", "cross[0].cc: the field is missing"),
        ("kind = 'tcp-long'\ncc = 'mine'", "is none of reno, cubic, bbr1, bbr3, prague"),
    ] {
        let said = scenario(lines).expect_err(lines);
        assert!(said.contains(expected), "{lines}: {said}");
    }
    let rates = vec!["1"; 33].join(", ");
    let ladder = format!("kind = 'dash'\ncc = 'reno'\nsegment_s = 2\nladder_bps = [{rates}]");
    assert!(scenario(&ladder).is_err(), "too many rates");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let chain = || {
        let text = "kind = 'tcp-poisson'\ncc = 'bbr3'\nper_s = 20\n\
                    file_bytes_min = 1_000\nfile_bytes_max = 90_000\n";
        run(text, 10).sim.chain()
    };
    assert_eq!(chain(), chain());
}
