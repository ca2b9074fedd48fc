//! The keys of what a run is held against.

use crate::scenario::keys::Shape::{Flag, Number, Text, Whole, Words};
use crate::scenario::keys::{Key, KeyTable, may, words};
use crate::scenario::limits::MAX_SECONDS;
use crate::scenario::{Metric, expects};

const METRICS: [&str; Metric::ALL.len()] = words(Metric::ALL);
const STATISTICS: [&str; expects::STATISTICS.len()] = words(expects::STATISTICS);

/// A threshold.
const fn most(name: &'static str, unit: &'static str, says: &'static str) -> Key {
    may(name, Number(0.0, 1e12), unit, says)
}

pub(super) const TABLES: &[KeyTable] = &[
    KeyTable {
        path: "expect",
        title: "`[expect]`",
        says: "What a run is held against.",
        keys: &[
            most(
                "completion_max_s",
                "s",
                "From the first byte of a file over a channel to its \
                last, at most.",
            ),
            most(
                "connect_ms_max",
                "ms",
                "From the begin of a flow until its connection stands, at \
                most.",
            ),
            may(
                "connected",
                Flag,
                "",
                "`true`: every flow's connection stands at some time. \
                `false`: none's ever does.",
            ),
            most("conv80_up_s", "s", "Until a flow has 80 % of a capacity that rose."),
            most("cov_1s_max", "", "Coefficient of variation of the rate over seconds, at most."),
            most(
                "drain_after_drop_s",
                "s",
                "Until the queue is empty after the capacity fell, at \
                most.",
            ),
            most("goodput_min_bps", "bit/s", "Messages of each bulk transfer, at least."),
            most("jain_min", "", "Jain's fairness index, at least."),
            most("loss_max", "share", "Packets lost, at most."),
            most("media_over_tcp_max", "", "Media rate over TCP rate, at most."),
            most("media_over_tcp_min", "", "Media rate over TCP rate, at least."),
            most(
                "message_p99_ms",
                "ms",
                "From writing to arrival of a message, bulk transfers \
                excepted, 99th percentile, at most; of requests, until the answer is there.",
            ),
            most("messages_lost_max", "share", "Messages that never arrive, at most."),
            most("min_rate_bps", "bit/s", "Rate of each flow, at least."),
            most("newcomer_80pct_fair_s", "s", "Until a new flow has 80 % of its fair share."),
            most(
                "others_at_max_within_s",
                "s",
                "Until the others have their greatest rate after \
                one pauses.",
            ),
            most(
                "outage_ms_max",
                "ms",
                "Between two frames of a flow, or from its last one to its \
                end, at most; pauses are not counted.",
            ),
            may(
                "pair",
                Words(&["host", "srflx", "relay"]),
                "",
                "What carries every flow in the \
                end: `relay` where either candidate is a relay's, else `srflx` where either is \
                known by what others saw, else `host`.",
            ),
            most("priority_ratio", "", "Rate of a flow of priority 2 over one of priority 1."),
            most("priority_ratio_tol", "share", "How far that may be off."),
            most("qdelay_p95_ms", "ms", "Queueing delay, 95th percentile, at most."),
            most("ratio_max", "", "Greatest rate over least rate among flows, at most."),
            most("react_s", "s", "Until flows react to traffic that comes or goes."),
            most("recover_80pct_s", "s", "Until 80 % of the earlier rate after a disturbance."),
            most("resume_80pct_s", "s", "Until a flow has 80 % of its earlier rate after a pause."),
            most("starve_max_s", "s", "Without any media, at most."),
            most("util_min", "share", "Of the capacity used, at least."),
            most(
                "util_vs_n_tcp_min",
                "share",
                "Of what as many TCP flows would use, at least: a \
                second run with Reno in place of each flow.",
            ),
            most(
                "util_vs_reference_min",
                "share",
                "Of what the scenario `PREFIX-reference` uses, \
                at least.",
            ),
        ],
    },
    KeyTable {
        path: "expect",
        title: "`[[expect]]`",
        says: "A statement on a run. A table of the list without a `metric` has short forms, as `[expect]`.",
        keys: &[
            may(
                "name",
                Text,
                "",
                "How tables call it: up to 80 letters, digits, blanks and `-_.,:/%+()`; without, a name is made of the rest.",
            ),
            may("metric", Words(&METRICS), "", "What is measured."),
            may("flow", Whole(0, u32::MAX as u64), "", "Of what: the `id` of a flow."),
            may("link", Text, "", "Of what: the name of a link that has a capacity."),
            may(
                "cross",
                Whole(1, 10_000),
                "",
                "Of what: the number of a `[[cross]]` in the file, counted from 1; all its connections together.",
            ),
            may(
                "from_s",
                Number(0.0, MAX_SECONDS),
                "s",
                "The window's begin; without, as long as the flow or cross traffic lasts, of a link the whole run.",
            ),
            may("to_s", Number(0.0, MAX_SECONDS), "s", "The window's end."),
            may(
                "phase",
                Whole(1, 10_000),
                "",
                "In place of both: a time of equal capacity, counted from 1; of `link`, or else of the first link on the way that has a capacity.",
            ),
            may("statistic", Words(&STATISTICS), "", "What of the metric: its mean without."),
            may("at_s", Number(0.0, MAX_SECONDS), "s", "Of `at`: the moment."),
            may(
                "reaches",
                Number(0.0, 1e12),
                "",
                "Of `time-to`: until the metric is at this level or above.",
            ),
            may(
                "falls_to",
                Number(0.0, 1e12),
                "",
                "Of `time-to`: until the metric is at this level or below.",
            ),
            may("for_s", Number(0.0, MAX_SECONDS), "s", "And stays so for this long, 0 without."),
            may(
                "smooth_s",
                Number(0.0, MAX_SECONDS),
                "s",
                "The statistic is of means over so much time up to each moment.",
            ),
            may("at_least", Number(0.0, 1e12), "", "The bound below."),
            may("at_most", Number(0.0, 1e12), "", "The bound above."),
            may("about", Number(0.0, 1e12), "", "What it is, within the tolerance."),
            may("tolerance", Number(0.0, 1.0), "share", "Of `about`: how far off it may be."),
        ],
    },
];
