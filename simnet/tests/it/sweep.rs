//! Sweeps: any field as an axis, and what is wrong with one.

use lapwing_simnet::Parts;
use lapwing_simnet::Time;
use lapwing_simnet::queues::{Basis, Limit};
use lapwing_simnet::scenario::{
    AxisValue, BadScenario, Change, LossModel, QueueKind, Scenario, ScenarioSource, Wire, built_in,
};

use crate::fixtures::ms;

const CALL: &str = "[meta]\nname = 'x'\nduration_s = 10\nseeds = [1]\nschema = 1\n\
    [media.video]\nmodel = 'rfc8593-statistical'\nmin_bps = 150000\nmax_bps = 500000\n\
    start_bps = 150000\nfps = 30\n\
    [[link]]\nname = 'fwd'\nfrom = 'A'\nto = 'B'\ncapacity_bps = 1e6\n\
    queue = { type = 'tail-drop', size_ms = 300 }\nloss = { model = 'bernoulli', p = 0 }\n\
    [[flow]]\nid = 7\ndirection = 'forward'\nstart_s = 0\nend_s = 9\nmedia = ['video']\n\
    [[cross]]\nkind = 'tcp-long'\ncc = 'reno'\nlink = 'fwd'\ncount = 1\nstart_s = 0\nend_s = 9\n";

/// The line of what is appended to the call.
const LINE: usize = 33;

fn no_files(_: &str) -> Result<String, String> {
    Err("there are none".to_owned())
}

/// Every combination: its values, and the scenario that it is.
fn points(text: &str, changes: &[Change]) -> Result<Vec<(Vec<String>, Scenario)>, BadScenario> {
    let parts = &Parts::new();
    let source = ScenarioSource { file: "x.toml", text, changes, files: &no_files, parts };
    let scenario = source.read()?.scenario;
    let point = |number| {
        let values = scenario.values(number).expect("there are as many");
        let point = source.point(&scenario, number)?.expect("likewise");
        Ok((values.iter().map(AxisValue::to_string).collect(), point))
    };
    (0..scenario.points()).map(point).collect()
}

fn with(sweep: &str) -> Result<Vec<(Vec<String>, Scenario)>, BadScenario> {
    points(&format!("{CALL}[sweep]\n{sweep}\n"), &[])
}

/// The values of the only axis.
fn axis(sweep: &str) -> Vec<String> {
    let points = with(sweep).unwrap_or_else(|bad| panic!("{sweep}: {bad}"));
    points.into_iter().map(|(mut values, _)| values.remove(0)).collect()
}

fn fault(sweep: &str) -> String {
    with(sweep).expect_err("it is wrong").to_string()
}

#[test]
fn the_shipped_sweep_is_every_combination_in_the_order_of_the_file() {
    let found = built_in("rfc8868-sweep").expect("it is shipped");
    let points = points(found.text, &[]).expect("it is right");
    assert_eq!(points.len(), 5 * 5 * 5 * 4);
    let mut distinct: Vec<_> = points.iter().map(|(values, _)| values.clone()).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), points.len());
    for (values, scenario) in points {
        let Wire::Directed { queue, delay, loss, .. } = &scenario.links[0].kind else {
            panic!("a directed link");
        };
        let queue = queue.as_ref().expect("a queue");
        let number = |index: usize| values[index].parse::<f64>().expect("a number");
        assert_eq!(*delay, ms(number(0) as u64));
        assert_eq!(*loss, LossModel::Bernoulli(number(1)));
        assert_eq!(queue.limit, Limit::Time(ms(number(2) as u64), Basis::Current));
        assert_eq!(queue.capacity.at(Time::ZERO).as_bps(), number(3) as u64);
        assert!(scenario.sweep.is_empty());
    }
    let plain = Scenario::parse("x.toml", CALL).expect("it is right");
    assert_eq!((plain.points(), plain.values(0), plain.values(1)), (1, Some(Vec::new()), None));
}

#[test]
fn any_field_is_an_axis() {
    let first = |sweep: &str| with(sweep).unwrap_or_else(|bad| panic!("{bad}")).remove(0).1;
    let last =
        |sweep: &str| with(sweep).unwrap_or_else(|bad| panic!("{bad}")).pop().expect("one").1;
    let video = |scenario: &Scenario| scenario.video.clone().expect("it has video");
    assert_eq!(video(&last("media.video.max_bps = [400000, 800000]")).max.as_bps(), 800_000);
    assert_eq!(last("flow.7.start_s = [0, 2.5]").flows[0].start.0, ms(2500));
    assert_eq!(last("cross.0.count = [1, 12]").cross[0].count, 12);
    assert_eq!(last("meta.duration_s = [10, 20]").meta.duration, ms(20_000));
    let kind = |scenario: Scenario| match &scenario.links[0].kind {
        Wire::Directed { queue, .. } => queue.as_ref().map(|queue| queue.kind.clone()),
        Wire::Shared(_) => None,
    };
    let queues = "link.fwd.queue.type = ['tail-drop', 'codel']";
    assert_eq!(kind(first(queues)), Some(QueueKind::TailDrop));
    assert_eq!(kind(last(queues)), Some(QueueKind::Codel));
    // What is not in the file yet, also a table.
    let delay = |scenario: Scenario| match scenario.links[0].kind {
        Wire::Directed { delay, duplicate, .. } => (delay, duplicate),
        Wire::Shared(_) => panic!("it is directed"),
    };
    assert_eq!(delay(last("link.fwd.delay_ms = [1, 40]")), (ms(40), 0.0));
    assert_eq!(delay(last("link.fwd.duplicate = [0, 0.5]")), (ms(0), 0.5));
    let options = "options.channels_unbounded = [false, true]";
    assert_ne!(first(options).options, last(options).options);
}

#[test]
fn ranges_have_steps_or_counts() {
    let of = |range: &str| axis(&format!("link.fwd.loss.p = {range}"));
    assert_eq!(of("{ from = 0, to = 0.3, step = 0.1 }"), ["0", "0.1", "0.2", "0.3"]);
    assert_eq!(of("{ from = 0, to = 0.25, step = 0.1 }"), ["0", "0.1", "0.2"]);
    assert_eq!(of("{ from = 0, to = 1, count = 3 }"), ["0", "0.5", "1"]);
    assert_eq!(of("{ from = 0, to = 1, count = 3, scale = 'linear' }"), ["0", "0.5", "1"]);
    assert_eq!(
        of("{ from = 0.001, to = 0.1, count = 3, scale = 'log' }"),
        ["0.001", "0.01", "0.1"]
    );
    assert_eq!(of("{ from = 0.5, to = 0.5, step = 1 }"), ["0.5"]);
    assert_eq!(of("{ from = 0.5, to = 1, count = 1 }"), ["0.5"]);
}

#[test]
fn faults_of_a_sweep_have_line_and_field() {
    let cases = [
        ("link.fwd.delay_ms = [1, -1]", "sweep.link.fwd.delay_ms: -1 is not within 0 and 60000"),
        ("link.fwd.delai_ms = [1]", "sweep.link.fwd.delai_ms: there is no such field; there are"),
        ("link.fwd.delay_ms = ['a']", "sweep.link.fwd.delay_ms: must be a number, but is a text"),
        ("link.fwd.delay_ms = [1, 'a']", "sweep.link.fwd.delay_ms: must be a list of numbers, a"),
        ("link.fwd.delay_ms = 1", "sweep.link.fwd.delay_ms: must be a list of numbers, a list of"),
        ("link.fwd.delay_ms = []", "sweep.link.fwd.delay_ms: the list is empty"),
        ("link.fwd.queue.type = ['drip']", "sweep.link.fwd.queue.type: \"drip\" is none of tail-"),
        ("link.far.delay_ms = [1]", "sweep.link.far: \"far\" is none of fwd"),
        ("flow.1.start_s = [1]", "sweep.flow.1: \"1\" is none of 7"),
        ("cross.1.count = [1]", "sweep.cross.1: \"1\" is none of 0"),
        (
            "flow.7.start_s = [1, 9.5]",
            "sweep.flow.7.start_s: with 9.5: flow[0].end_s: the end must",
        ),
        ("sweep.a = [1]", "sweep.sweep: \"sweep\" names nothing: there is none"),
        ("a.b.c.d.e.f.g.h.i = [1]", "sweep.a.b.c.d.e.f.g.h.i: \"i\" names nothing"),
        (
            "link.fwd.loss.p = { from = 0, to = 1 }",
            "sweep.link.fwd.loss.p.step: the field is missi",
        ),
        (
            "link.fwd.loss.p = { from = 1, to = 0, step = 1 }",
            "sweep.link.fwd.loss.p.to: 0 is not w",
        ),
        (
            "link.fwd.loss.p = { from = 0, to = 1, step = 0 }",
            "sweep.link.fwd.loss.p.step: 0 is not",
        ),
        (
            "link.fwd.loss.p = { from = 0, to = 1, step = 1, count = 2 }",
            "sweep.link.fwd.loss.p.count: cannot be given together with step",
        ),
        (
            "link.fwd.loss.p = { from = 0, to = 1, count = 2, scale = 'log' }",
            "sweep.link.fwd.loss.p.from: 0 is not within 0.000000001 and",
        ),
        (
            "link.fwd.loss.p = { from = 0, to = 1, step = 1e-5 }",
            "sweep.link.fwd.loss.p.step: 100001 is not within 1 and 10000",
        ),
    ];
    for (sweep, expected) in cases {
        let expected = format!("x.toml:{LINE}: {expected}");
        let found = fault(sweep);
        assert!(found.starts_with(&expected), "{sweep}\n  {found}\n  {expected}");
    }
}

#[test]
fn combinations_have_a_limit_and_are_read_as_a_whole() {
    let many = "link.fwd.delay_ms = { from = 1, to = 400, step = 1 }\n\
                link.fwd.loss.p = { from = 0, to = 1, count = 400 }";
    assert_eq!(fault(many), "x.toml:32: sweep: 160000 is not within 1 and 100000");
    // Each value is right with the first of the other, but the last two are not right together.
    let apart =
        "media.video.max_bps = [400000, 200000]\nmedia.video.start_bps = [150000, 300000]\n";
    let found = fault(apart);
    assert!(
        found.starts_with("x.toml:33: sweep: with media.video.max_bps = 200000.0, "),
        "{found}"
    );
}

#[test]
fn the_command_line_changes_fields_and_adds_axes() {
    let set = |words: &str| Change::set(words).expect("it is one");
    let axis = |words: &str| Change::axis(words).expect("it is one");
    let text = format!("{CALL}[sweep]\nlink.fwd.loss.p = [0, 0.1]\n");
    let changes = [
        set("media.video.max_bps=9e5"),
        set("link.fwd.queue.type=codel"),
        axis("link.fwd.delay_ms=10..30/10"),
    ];
    let points_of = points(&text, &changes).expect("it is right");
    let values: Vec<_> = points_of.iter().map(|(values, _)| values.join(" ")).collect();
    assert_eq!(values, ["0 10", "0 20", "0 30", "0.1 10", "0.1 20", "0.1 30"]);
    for (_, scenario) in points_of {
        assert_eq!(scenario.video.expect("it has video").max.as_bps(), 900_000);
    }
    // Axes have the order of the command line, whatever their names.
    let both = [axis("link.fwd.loss.p=0,1"), axis("link.fwd.delay_ms=1,2")];
    let both = points(CALL, &both).expect("it is right");
    let both: Vec<_> = both.iter().map(|(values, _)| values.join(" ")).collect();
    assert_eq!(both, ["0 1", "0 2", "1 1", "1 2"]);
    // An axis of the file can be another one.
    let other = points(&text, &[axis("link.fwd.loss.p=0.2")]).expect("it is right");
    assert_eq!(other.len(), 1);
    for (change, expected) in [
        (set("link.far.delay_ms=1"), "link.far.delay_ms=1: link.far: \"far\" is none of fwd"),
        (set("media.video.fps.a=1"), "media.video.fps.a=1: media.video.fps: must be a table, but"),
        (set("link.fwd.delay_ms=-1"), "x.toml:12: link[0].delay_ms: -1 is not within"),
        (axis("link.fwd.delay_ms=9..1/1"), "x.toml: sweep.link.fwd.delay_ms.to: 1 is not within"),
    ] {
        let found = points(&text, &[change]).expect_err("it is wrong").to_string();
        assert!(found.starts_with(expected), "{found}\n  {expected}");
    }
}
