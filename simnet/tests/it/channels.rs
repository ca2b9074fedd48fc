//! Traffic over data channels in scenarios: what is written arrives, and is measured.

use lapwing_simnet::run::{ChannelFigures, FlowFigures, Outcome, run};
use lapwing_simnet::scenario::Scenario;

/// A path of 10 Mbit/s and 20 ms each way with a queue of 100 ms, and a flow over it.
fn outcome(seconds: u64, forward_loss: f64, media: &str, channels: &str) -> Outcome {
    let text = format!(
        "[meta]\nname = 'x'\nduration_s = {seconds}\nseeds = [1]\nschema = 1\n\
         [media.audio]\nmodel = 'cbr'\nbps = 20000\nptime_ms = 20\n\
         [[link]]\nname = 'fwd'\nfrom = 'A'\nto = 'B'\ncapacity_bps = 10000000\ndelay_ms = 20\n\
         queue = {{ type = 'tail-drop', size_ms = 100 }}\n\
         loss = {{ model = 'bernoulli', p = {forward_loss} }}\n\
         [[link]]\nname = 'back'\nfrom = 'B'\nto = 'A'\ncapacity_bps = 10000000\ndelay_ms = 20\n\
         queue = {{ type = 'tail-drop', size_ms = 100 }}\n\
         [[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = {seconds}\nmedia = {media}\n\
         {channels}"
    );
    let scenario = Scenario::parse("x.toml", &text).unwrap_or_else(|bad| panic!("{bad}"));
    run(&scenario, 1).expect("it can be built")
}

fn only(outcome: &Outcome) -> (&FlowFigures, &ChannelFigures) {
    let ([flow], [channel]) = (&outcome.figures.flows[..], &outcome.figures.channels[..]) else {
        panic!("one flow with one channel");
    };
    (flow, channel)
}

#[test]
fn a_bulk_transfer_fills_the_path() {
    let bulk = "[[channel]]\nname = 'bulk'\nflow = 1\nkind = 'bulk'\n[expect]\n\
                goodput_min_bps = 7000000\ncompletion_max_s = 5";
    let outcome = outcome(10, 0.0, "[]", bulk);
    let (flow, channel) = only(&outcome);
    assert!((7_000_000.0..10_000_000.0).contains(&channel.goodput_bps), "{channel:?}");
    assert!(flow.received_bps > channel.goodput_bps, "headers count in the flow's rate");
    assert_eq!((channel.messages_lost, channel.completion_s), (0, None));
    let utilisation = outcome.figures.utilisation.expect("it could have the whole link");
    assert!(utilisation > 0.7, "{utilisation}");
    let passes: Vec<_> = outcome.verdicts.iter().map(|one| (one.name.as_str(), one.pass)).collect();
    assert_eq!(passes, [("completion_max_s", false), ("goodput_min_bps", true)], "no file");
}

#[test]
fn a_file_against_the_flow_is_whole_in_its_time() {
    let file = "[[channel]]\nname = 'file'\nflow = 1\nkind = 'bulk'\ndirection = 'against-flow'\n\
                file_bytes = 2000000\nstart_s = 2\n[expect]\ncompletion_max_s = 4";
    let outcome = outcome(8, 0.0, "['audio']", file);
    let (flow, channel) = only(&outcome);
    // 1.6 s at the link's rate.
    assert!(channel.completion_s.is_some_and(|time| (1.6..4.0).contains(&time)), "{channel:?}");
    assert_eq!((channel.messages_sent, channel.messages_received), (123, 123));
    assert!(flow.received_bps < 200_000.0, "the other direction has sound and answers");
    assert!(outcome.passed(), "{:?}", outcome.verdicts);
}

#[test]
fn messages_at_a_steady_rate_are_timed_and_may_be_lost() {
    let moves = "[[channel]]\nname = 'moves'\nflow = 1\nkind = 'game-state'\nmessage_bytes = 100\n\
                 messages_per_s = 50\nordered = false\nmax_retransmits = 0\nstart_s = 2\n\
                 end_s = 12\n[expect]\nmessages_lost_max = 0.01";
    let outcome = outcome(14, 0.1, "[]", moves);
    let (_, channel) = only(&outcome);
    assert_eq!((channel.messages_sent, channel.messages_refused), (500, 0));
    assert!((20..90).contains(&channel.messages_lost), "a tenth of 500: {channel:?}");
    let [p50, p99] = [channel.latency_p50_ms, channel.latency_p99_ms].map(|ms| ms.expect("some"));
    assert!((20.0..22.0).contains(&p50) && (20.0..25.0).contains(&p99), "{p50} {p99}");
    assert!(!outcome.passed());
}

#[test]
fn requests_are_answered_one_by_one() {
    let asks = "[[channel]]\nname = 'asks'\nflow = 1\nkind = 'request-response'\n\
                request_bytes = 200\nresponse_bytes = 20000\nthink_s = 0.2\n[expect]\n\
                message_p99_ms = 150";
    let outcome = outcome(12, 0.0, "[]", asks);
    let (_, channel) = only(&outcome);
    // A round trip of 40 ms and what the answer takes, and two tenths of a second between.
    assert!(channel.latency_p50_ms.is_some_and(|ms| (40.0..150.0).contains(&ms)), "{channel:?}");
    assert!((30..50).contains(&channel.messages_received), "{channel:?}");
    assert!(channel.messages_sent - channel.messages_received <= 1);
    assert!(outcome.passed(), "{:?}", outcome.verdicts);
}

#[test]
fn channels_of_a_count_share_a_connection() {
    let many = "[[channel]]\nname = 'part'\nflow = 1\nkind = 'bulk'\ncount = 4\n\
                file_bytes = 500000";
    let outcome = outcome(8, 0.0, "[]", many);
    let names: Vec<_> = outcome.figures.channels.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["part/0", "part/1", "part/2", "part/3"]);
    let times: Vec<f64> =
        outcome.figures.channels.iter().filter_map(|channel| channel.completion_s).collect();
    assert_eq!(times.len(), 4);
    let (least, most) =
        (times.iter().copied().fold(9.0, f64::min), times.iter().copied().fold(0.0, f64::max));
    assert!(most - least < 0.3 * most, "they take turns: {times:?}");
}
