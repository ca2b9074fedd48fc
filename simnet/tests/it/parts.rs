//! Controllers, queues, nodes and encoders of one's own, named by a scenario.

use std::time::{Duration, Instant};

use lapwing_engine::congestion::{CongestionController, Limits, Target};
use lapwing_engine::{SentPacket, TransportFeedback};
use lapwing_simnet::nodes::{DropReason, Node, NodeCx};
use lapwing_simnet::queues::{Queue, QueueCx, TailDrop};
use lapwing_simnet::run::{Outcome, run};
use lapwing_simnet::scenario::Scenario;
use lapwing_simnet::{Bitrate, FrameModel, Limit, ModelFrame, Packet, Parts, Settings, Time};

/// Always the same rate.
#[derive(Debug)]
struct Fixed(Bitrate);

impl CongestionController for Fixed {
    fn on_sent(&mut self, _: &SentPacket) {}
    fn on_feedback(&mut self, _: &TransportFeedback) {}
    fn set_limits(&mut self, _: Limits, _: Instant) {}
    fn update(&mut self, _: Instant) -> Target {
        Target::of_rate(self.0)
    }
    fn next_wakeup(&self) -> Option<Instant> {
        None
    }
}

/// Drops every n-th packet.
struct EveryNth(u64, u64);

impl Node for EveryNth {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        self.1 += 1;
        match self.1.is_multiple_of(self.0) {
            true => cx.drop(packet, DropReason::Loss),
            false => cx.pass(packet),
        }
    }
}

/// Holds one packet, whatever the scenario's limit.
struct Shallow(TailDrop);

impl Queue for Shallow {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        self.0.push(packet, cx);
    }
    fn pop(&mut self, cx: &mut QueueCx<'_, '_>) -> Option<Box<Packet>> {
        self.0.pop(cx)
    }
    fn bytes(&self) -> u64 {
        self.0.bytes()
    }
    fn packets(&self) -> usize {
        self.0.packets()
    }
}

/// A frame every 50 ms, of the target's size.
#[derive(Debug)]
struct Slides(Bitrate);

impl FrameModel for Slides {
    fn target(&self) -> Bitrate {
        self.0
    }
    fn request(&mut self, target: Bitrate, _: Time) {
        self.0 = target;
    }
    fn intra(&mut self) {}
    fn frame(&mut self, now: Time) -> ModelFrame {
        let next = now + Duration::from_millis(50);
        ModelFrame { bytes: (self.0.as_bps() / 8 / 20) as u32, burst: false, next }
    }
}

fn parts() -> Parts {
    Parts::new()
        .controller("fixed", |settings: &Settings, _, _| {
            Box::new(Fixed(Bitrate::bps(settings.get("bps", 300_000.0) as u64)))
        })
        .node("every-nth", |settings, _| Box::new(EveryNth(settings.get("n", 100.0) as u64, 0)))
        .queue("shallow", |settings, _, _| {
            let packets = settings.get("packets", 1.0) as usize;
            Box::new(Shallow(TailDrop::new(Limit::Packets(packets))))
        })
        .encoder("slides", |_, config, _| Box::new(Slides(config.start)))
}

fn text(link: &str, video: &str, flow: &str) -> String {
    format!(
        "[meta]\nname = 'own'\nduration_s = 20\nseeds = [1]\nschema = 1\n\
         [media.video]\n{video}\nmin_bps = 100000\nmax_bps = 2000000\nstart_bps = 300000\nfps = 30\n\
         [[link]]\nname = 'fwd'\nfrom = 'A'\nto = 'B'\ncapacity_bps = 1000000\ndelay_ms = 20\n{link}\n\
         [[link]]\nname = 'back'\nfrom = 'B'\nto = 'A'\ndelay_ms = 20\n\
         [[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 20\nmedia = ['video']\n{flow}\n"
    )
}

const QUEUE: &str = "queue = { type = 'tail-drop', size_ms = 300 }";
const VIDEO: &str = "model = 'rfc8593-statistical'\nvariation_pct = 0\nresponse_ms = 0";

fn read(text: &str, parts: &Parts) -> Result<Scenario, String> {
    let none = |_: &str| Err("there are no files".to_owned());
    let reading = Scenario::read("own.toml", text, &none, parts);
    reading.map(|reading| reading.scenario).map_err(|bad| bad.to_string())
}

fn outcome(text: &str) -> Outcome {
    let parts = parts();
    let scenario = read(text, &parts).unwrap_or_else(|bad| panic!("{bad}"));
    run(&scenario, 1).expect("it needs no references")
}

#[test]
fn a_controller_of_ones_own_carries_a_flow() {
    for bps in [250_000, 800_000] {
        let flow = format!("controller = {{ name = 'fixed', bps = {bps} }}");
        let outcome = outcome(&text(QUEUE, VIDEO, &flow));
        let flow = &outcome.series.flows[0];
        let settled = &flow.sent_bps[50..190];
        let rate = settled.iter().sum::<f64>() / settled.len() as f64;
        assert!((rate / f64::from(bps) - 1.0).abs() < 0.1, "{rate} for {bps}");
        assert!(flow.estimate_bps[190].is_some_and(|rate| rate == f64::from(bps)));
    }
}

#[test]
fn a_node_and_a_queue_of_ones_own_are_in_a_link() {
    let nodes = format!("{QUEUE}\nnodes = [{{ name = 'every-nth', n = 50 }}]");
    let lossy = outcome(&text(&nodes, VIDEO, "controller = 'fixed'"));
    let loss = lossy.figures.flows[0].loss;
    assert!((loss - 0.02).abs() < 0.003, "{loss}");
    let shallow = "queue = { type = 'shallow', size_ms = 300, settings = { packets = 2 } }";
    let flow = "controller = { name = 'fixed', bps = 1500000 }";
    let dropped = outcome(&text(shallow, VIDEO, flow)).figures.links[0].dropped;
    assert!((0.25..0.4).contains(&dropped), "a third is too much: {dropped}");
}

#[test]
fn an_encoder_of_ones_own_makes_the_frames() {
    let outcome = outcome(&text(QUEUE, "model = 'slides'", "controller = 'fixed'"));
    let frames = outcome.figures.flows[0].frames_sent;
    assert!((380..=400).contains(&frames), "twenty a second: {frames}");
}

#[test]
fn parts_that_are_not_there_are_faults_with_a_line() {
    let cases = [
        (
            text(QUEUE, VIDEO, "controller = 'fast'"),
            "own.toml:32: flow[0].controller: \"fast\" is none of fixed",
        ),
        (
            text("queue = { type = 'deep', size_ms = 3 }", VIDEO, ""),
            "own.toml:20: link[0].queue.type: \"deep\" is none of tail-drop, head-drop, codel, \
             codel-ecn, fq-codel, pie, dualpi2, shallow",
        ),
        (
            text(QUEUE, "model = 'film'", ""),
            "own.toml:7: media.video.model: \"film\" is none of rfc8593-statistical, clip, slides",
        ),
    ];
    for (text, expected) in cases {
        let bad = read(&text, &parts()).unwrap_err();
        assert_eq!(bad.lines().next(), Some(expected));
    }
}
