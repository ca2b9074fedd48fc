//! The keys of links.

use crate::scenario::keys::Shape::{
    Flag, Number, Numbers, Table, Tables, Text, Whole, Wholes, Words,
};
use crate::scenario::keys::{KeyTable, may, must, or};
use crate::scenario::limits::{MAX_BPS, MAX_DELAY_MS, MAX_PACKET, MAX_SECONDS};

pub(super) const TABLES: &[KeyTable] = &[
    KeyTable {
        path: "link",
        title: "`[[link]]`",
        says: "One direction between two places, which is a perfect wire where a link is missing; \
               or a medium that many share. A place that is named once only is a warning.",
        keys: &[
            must("name", Text, "", "Its name, of 64 bytes at most."),
            may(
                "shared",
                Words(&["half-duplex"]),
                "",
                "It is a medium that many share: stations \
                of the place where the first link begins.",
            ),
        ],
    },
    KeyTable {
        path: "link",
        title: "`[[link]]` between two places",
        says: "Packets meet its effects in this order: policer, MTU, rate and queue, outage, loss, \
               duplication, delay, jitter, reordering. It has one capacity at most.",
        keys: &[
            must("from", Text, "", "The place where it begins."),
            must("to", Text, "", "The place where it ends."),
            may(
                "capacity_bps",
                Whole(0, MAX_BPS),
                "bit/s",
                "A constant capacity. Without any, the \
                link is infinitely fast.",
            ),
            may("capacity", Tables, "", "A capacity that changes at given times."),
            may("capacity_generator", Table, "", "A capacity that is drawn anew for each seed."),
            may(
                "capacity_trace",
                Text,
                "",
                "A file beside the scenario or below: lines of \
                `at_s,bps` if it ends in `.csv`, else delivery opportunities, a millisecond a \
                line.",
            ),
            may("queue", Table, "", "The queue before it; there is one where there is a capacity."),
            or("delay_ms", Number(0.0, MAX_DELAY_MS), "ms", "0", "Propagation delay."),
            may("delay_trace", Text, "", "A file of `at_s,delay_ms`: delay in addition."),
            may("jitter", Table, "", "Delay that varies from packet to packet."),
            may("loss", Table, "", "Random loss."),
            may("mtu", Table, "", "The largest packet that passes."),
            or("duplicate", Number(0.0, 1.0), "share", "0", "Packets that arrive twice."),
            may("reorder", Table, "", "Packets that are held back."),
            may("outage", Table, "", "Times in which nothing passes."),
            may("policer", Table, "", "A token bucket."),
            may(
                "nodes",
                Tables,
                "",
                "Effects of one's own, behind the queue: `{ name = .., NUMBER = .. }` each, 16 at most.",
            ),
        ],
    },
    KeyTable {
        path: "link",
        title: "`[[link]]` with `shared = \"half-duplex\"`",
        says: "A wireless medium, of which a scenario has one.",
        keys: &[
            must(
                "capacity_bps",
                Whole(1, MAX_BPS),
                "bit/s",
                "What it carries in all, both \
                directions together.",
            ),
            or("phy", Text, "", "''", "What it stands for, for readers."),
            may(
                "access_delay_ms",
                Numbers(0.0, MAX_DELAY_MS),
                "ms",
                "Two bounds of the random \
                wait before each packet.",
            ),
            or(
                "collision",
                Words(&["none", "dcf-approx"]),
                "",
                "'none'",
                "Whether stations that \
                send at the same time collide.",
            ),
        ],
    },
    KeyTable {
        path: "link.capacity",
        title: "`capacity` of `[[link]]`",
        says: "A list of steps, each of which holds until the next.",
        keys: &[
            must("at_s", Number(0.0, MAX_SECONDS), "s", "From when on."),
            must("bps", Whole(0, MAX_BPS), "bit/s", "The capacity."),
        ],
    },
    KeyTable {
        path: "link.capacity_generator",
        title: "`capacity_generator` of `[[link]]`",
        says: "Wireless access, approximately.",
        keys: &[
            must("model", Words(&["lte", "wifi", "leo"]), "", "The kind of access."),
            must("mean_bps", Whole(1, MAX_BPS), "bit/s", "The mean."),
            may(
                "max_bps",
                Whole(1, MAX_BPS),
                "bit/s",
                "The maximum: twice the mean for `lte`, \
                half more for the others. The bounds follow from the mean.",
            ),
        ],
    },
    KeyTable {
        path: "link.queue",
        title: "`queue` of `[[link]]`",
        says: "A discipline, and what may wait, by one of three sizes.",
        keys: &[
            may(
                "settings",
                Table,
                "",
                "Of a discipline of one's own, named in `type`: its numbers.",
            ),
            must(
                "type",
                Words(&[
                    "tail-drop",
                    "head-drop",
                    "codel",
                    "codel-ecn",
                    "fq-codel",
                    "pie",
                    "dualpi2",
                ]),
                "",
                "The discipline.",
            ),
            may("size_ms", Number(0.0, MAX_DELAY_MS), "ms", "What may wait, in time at a rate."),
            may("size_bytes", Whole(0, 1 << 32), "bytes", "What may wait, in bytes."),
            may("size_packets", Whole(0, 1 << 24), "packets", "What may wait, in packets."),
            or(
                "basis",
                Words(&["current", "reference"]),
                "",
                "'current'",
                "The rate by which time \
                becomes bytes: that of the moment, or one that is given.",
            ),
            may("reference_bps", Whole(1, MAX_BPS), "bit/s", "The rate that is given."),
        ],
    },
    KeyTable {
        path: "link.jitter",
        title: "`jitter` of `[[link]]`",
        says: "Delay that varies.",
        keys: &[must(
            "model",
            Words(&["none", "nr-bpdv", "rbpdv", "normal"]),
            "",
            "`nr-bpdv` keeps \
            the order of packets, `rbpdv` does not (RFC 8868 section 4.5); `normal` is Gaussian \
            around the link's delay.",
        )],
    },
    KeyTable {
        path: "link.jitter",
        title: "`jitter` of `[[link]]` with `model = \"nr-bpdv\"` or `\"rbpdv\"`",
        says: "The distribution of RFC 8868 section 4.5.3.",
        keys: &[
            or("std_ms", Number(0.0, MAX_DELAY_MS), "ms", "5", "Deviation."),
            or("n_std", Number(0.0, 100.0), "deviations", "3", "Where it is cut."),
            or("max_ms", Number(0.0, MAX_DELAY_MS), "ms", "30", "A further bound."),
        ],
    },
    KeyTable {
        path: "link.jitter",
        title: "`jitter` of `[[link]]` with `model = \"normal\"`",
        says: "Packets may overtake each other.",
        keys: &[
            must("std_ms", Number(0.0, MAX_DELAY_MS), "ms", "Deviation."),
            or("correlation", Number(0.0, 1.0), "", "0", "Correlation of neighbours."),
        ],
    },
    KeyTable {
        path: "link.loss",
        title: "`loss` of `[[link]]`, and of `set-link`",
        says: "Losses that are not the queue's.",
        keys: &[must(
            "model",
            Words(&["none", "bernoulli", "gilbert", "gilbert-elliott", "pattern", "class"]),
            "",
            "Which packets are lost.",
        )],
    },
    KeyTable {
        path: "link.loss",
        title: "`loss` with `model = \"bernoulli\"`",
        says: "Each packet with the same probability.",
        keys: &[must("p", Number(0.0, 1.0), "share", "The probability.")],
    },
    KeyTable {
        path: "link.loss",
        title: "`loss` with `model = \"gilbert\"` or `\"gilbert-elliott\"`",
        says: "In bursts: all are lost in the bad state, or as `gilbert-elliott` says.",
        keys: &[
            must("to_bad", Number(0.0, 1.0), "share", "Chance to turn bad, at each packet."),
            must("to_good", Number(0.0, 1.0), "share", "Chance to turn good."),
        ],
    },
    KeyTable {
        path: "link.loss",
        title: "`loss` with `model = \"gilbert-elliott\"`",
        says: "Losses in both states.",
        keys: &[
            must("loss_good", Number(0.0, 1.0), "share", "Loss in the good state."),
            must("loss_bad", Number(0.0, 1.0), "share", "Loss in the bad state."),
        ],
    },
    KeyTable {
        path: "link.loss",
        title: "`loss` with `model = \"pattern\"`",
        says: "Chosen packets, again and again.",
        keys: &[must(
            "pattern",
            Text,
            "",
            "`-` for a packet that passes, `x` for one that is lost.",
        )],
    },
    KeyTable {
        path: "link.loss",
        title: "`loss` with `model = \"class\"`",
        says: "Chosen packets of a class, told by their bytes.",
        keys: &[
            must(
                "class",
                Words(&[
                    "stun-request",
                    "stun-response",
                    "stun-indication",
                    "turn-channel",
                    "dtls",
                    "dtls-client-hello",
                    "dtls-server-hello",
                    "rtp",
                    "rtp-of-ssrc",
                    "rtp-of-payload-type",
                    "rtp-frame-start",
                    "rtp-frame-end",
                    "rtp-large-frame",
                    "rtcp",
                ]),
                "",
                "The class.",
            ),
            must("nth", Wholes(1, 1_000_000_000), "", "Which of them, counted from 1."),
            may("ssrc", Whole(0, u32::MAX as u64), "", "Of `rtp-of-ssrc`, which has to have it."),
            may("payload_type", Whole(0, 127), "", "Of `rtp-of-payload-type`, likewise."),
            may(
                "packets",
                Whole(1, 10_000),
                "packets",
                "Of `rtp-large-frame`, likewise: so many \
                make a frame large.",
            ),
        ],
    },
    KeyTable {
        path: "link.mtu",
        title: "`mtu` of `[[link]]`",
        says: "The largest packet.",
        keys: &[
            must("bytes", Whole(68, MAX_PACKET), "bytes", "With the IP header."),
            or("report", Flag, "", "true", "Senders are told that a packet was too big."),
        ],
    },
    KeyTable {
        path: "link.reorder",
        title: "`reorder` of `[[link]]`",
        says: "Others overtake packets that are held back.",
        keys: &[
            must("p", Number(0.0, 1.0), "share", "Which part of them."),
            must("hold_ms", Number(0.0, MAX_DELAY_MS), "ms", "For how long."),
        ],
    },
    KeyTable {
        path: "link.outage",
        title: "`outage` of `[[link]]`",
        says: "Times in which nothing passes.",
        keys: &[
            must("mode", Words(&["lose", "hold"]), "", "Packets are lost, or held until the end."),
            must("windows", Tables, "", "The times."),
        ],
    },
    KeyTable {
        path: "link.outage.windows",
        title: "`windows` of `outage`",
        says: "A time in which nothing passes.",
        keys: &[
            must("from_s", Number(0.0, MAX_SECONDS), "s", "Its begin."),
            must("until_s", Number(0.0, MAX_SECONDS), "s", "Its end."),
        ],
    },
    KeyTable {
        path: "link.policer",
        title: "`policer` of `[[link]]`",
        says: "A token bucket, which drops what comes too fast.",
        keys: &[
            must("bps", Whole(1, MAX_BPS), "bit/s", "How fast it fills."),
            must("burst_bytes", Whole(1, 1 << 32), "bytes", "What it holds."),
        ],
    },
];
