//! The keys of what a run is held against.

use crate::scenario::keys::Shape::{Flag, Number, Words};
use crate::scenario::keys::{Key, KeyTable, may};

/// A threshold.
const fn most(name: &'static str, unit: &'static str, says: &'static str) -> Key {
    may(name, Number(0.0, 1e12), unit, says)
}

pub(super) const TABLES: &[KeyTable] = &[KeyTable {
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
}];
