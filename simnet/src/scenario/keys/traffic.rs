//! The keys of what is sent.

use crate::scenario::keys::Shape::{
    Flag, Number, Numbers, Part, Table, Tables, Text, Texts, Whole, Wholes, Words,
};
use crate::scenario::keys::{KeyTable, Shape, may, must, or};
use crate::scenario::limits::{MAX_BPS, MAX_DELAY_MS, MAX_PACKET, MAX_SECONDS, MAX_VIDEO_BPS};

const ID: u64 = u32::MAX as u64;
const MESSAGE: (u64, u64) = (26, 262_144);
const SIZE: Shape = Whole(MESSAGE.0, MESSAGE.1);
const TIME: Shape = Number(0.0, MAX_SECONDS);
const DIRECTIONS: &[&str] = &["forward", "backward", "up", "down"];

pub(super) const TABLES: &[KeyTable] = &[
    KeyTable {
        path: "PART",
        title: "Parts of one's own",
        says: "Where a controller, a node, a queue, an encoder or an application of one's own is named (`lapwing_simnet::Parts`), \
               in place of the name stands a table with it, and with numbers that the part is told. Queues and encoders \
               have their numbers in `settings`.",
        keys: &[must("name", Text, "", "Its name.")],
    },
    KeyTable {
        path: "flow",
        title: "`[[flow]]`",
        says: "A call: media from one end to the other, with feedback.",
        keys: &[
            must("id", Whole(0, ID), "", "Its number."),
            must(
                "direction",
                Words(DIRECTIONS),
                "",
                "`forward` (or `up`) from where the first \
                link begins, `backward` (or `down`) to there.",
            ),
            may("start_s", TIME, "s", "When it begins; it has this or the next."),
            may(
                "start_s_uniform",
                Numbers(0.0, MAX_SECONDS),
                "s",
                "Two times between which the \
                begin is drawn.",
            ),
            may("end_s", TIME, "s", "When it ends; it has this or the next."),
            may(
                "end_s_uniform",
                Numbers(0.0, MAX_SECONDS),
                "s",
                "Two times between which the end \
                is drawn.",
            ),
            may("pause_s", TIME, "s", "When its media pause."),
            may("resume_s", TIME, "s", "When they go on."),
            must("media", Texts, "", "`video`, `audio`, both, or none: `[]`."),
            or(
                "priority",
                Number(0.001, 1_000.0),
                "",
                "1",
                "Its weight among flows, by which they \
                are judged.",
            ),
            may(
                "one_way_delay_ms",
                Number(0.0, MAX_DELAY_MS),
                "ms",
                "Its propagation delay in \
                all. What the links lack is on its sender's access link, both ways.",
            ),
            may(
                "path",
                Texts,
                "",
                "Links in order, 40 at most; else each next link that begins \
                where the one before it ends.",
            ),
            or("ice_servers", Texts, "", "[]", "The servers that both ends know, by name."),
            may("ice_user", Text, "", "As whom they ask relays; else the first user of each."),
            or(
                "ice_transport_policy",
                Words(&["all", "relay"]),
                "",
                "'all'",
                "Which candidates \
                they use.",
            ),
            may(
                "controller",
                Part,
                "",
                "The sender's congestion controller, where it is of one's own.",
            ),
            may(
                "layers_bps",
                Wholes(1, MAX_VIDEO_BPS),
                "bit/s",
                "Video as a simulcast: the most of each layer, lowest first, three at most.",
            ),
            may(
                "forwards",
                Whole(0, ID),
                "",
                "A flow before this one, by its `id`, which ends where this one begins: a forwarder \
                there sends on what arrives of it, and asks it for the keyframes that it is asked \
                for. Of a simulcast it sends the best layer that its estimate lets through.",
            ),
            or(
                "restarts_ice",
                Flag,
                "",
                "false",
                "The sender restarts ICE where the connection is \
                lost, and every 5 s as long as it is.",
            ),
        ],
    },
    KeyTable {
        path: "channel",
        title: "`[[channel]]`",
        says: "Traffic over data channels of a flow's connection, 1,024 channels a flow.",
        keys: &[
            must("name", Text, "", "Its name, by which the labels begin."),
            must("flow", Whole(0, ID), "", "The flow, by its `id`."),
            must("kind", Words(&["bulk", "request-response", "game-state"]), "", "What is sent."),
            or(
                "direction",
                Words(&["with-flow", "against-flow"]),
                "",
                "'with-flow'",
                "Who sends, \
                or asks.",
            ),
            or(
                "priority",
                Words(&["very-low", "low", "medium", "high"]),
                "",
                "'low'",
                "Of the \
                channel.",
            ),
            or("count", Whole(1, 1_024), "", "1", "So many channels."),
            or("start_s", TIME, "s", "0", "When it begins, once the channel is open."),
            or("end_s", TIME, "s", "86400", "When it ends."),
        ],
    },
    KeyTable {
        path: "channel",
        title: "`[[channel]]` with `kind = \"bulk\"`",
        says: "Always something to send.",
        keys: &[
            or("message_bytes", SIZE, "bytes", "16384", "Size of a message."),
            may(
                "file_bytes",
                Whole(MESSAGE.0, 1_000_000_000_000),
                "bytes",
                "It ends after so \
                much.",
            ),
        ],
    },
    KeyTable {
        path: "channel",
        title: "`[[channel]]` with `kind = \"request-response\"`",
        says: "Questions and answers.",
        keys: &[
            must("request_bytes", SIZE, "bytes", "Size of a request."),
            must("response_bytes", SIZE, "bytes", "Size of an answer."),
            or("think_s", TIME, "s", "0", "From an answer to the next request."),
        ],
    },
    KeyTable {
        path: "channel",
        title: "`[[channel]]` with `kind = \"game-state\"`",
        says: "Small messages at a rate.",
        keys: &[
            must("message_bytes", SIZE, "bytes", "Size of a message."),
            must("messages_per_s", Number(0.001, 100_000.0), "1/s", "So many."),
            or("ordered", Flag, "", "true", "They arrive in order."),
            may("max_retransmits", Whole(0, 65_535), "", "A message is given up after so many."),
            may("max_lifetime_ms", Whole(0, 65_535), "ms", "A message is given up after so long."),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]`",
        says: "Traffic that is not under test, from where a link begins to where it ends.",
        keys: &[
            must(
                "kind",
                Words(&[
                    "udp-cbr",
                    "tcp-long",
                    "tcp-short",
                    "tcp-poisson",
                    "dash",
                    "quic-long",
                    "application",
                ]),
                "",
                "What it is.",
            ),
            must(
                "link",
                Text,
                "",
                "The link that it crosses. For TCP and QUIC it has a capacity, of 10 \
                Gbit/s at most.",
            ),
            or(
                "direction",
                Words(DIRECTIONS),
                "",
                "'forward'",
                "On a shared medium, where it has \
                to be said.",
            ),
            or("count", Whole(1, 1_000), "", "1", "So many of them."),
            or("start_s", TIME, "s", "0", "When it begins."),
            or("end_s", TIME, "s", "86400", "When it ends."),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` with `kind = \"udp-cbr\"`",
        says: "UDP of a rate that changes at given times.",
        keys: &[
            must("rate", Tables, "", "Its rate."),
            must("packet_bytes", Whole(29, MAX_PACKET), "bytes", "Size of a packet, with headers."),
        ],
    },
    KeyTable {
        path: "cross.rate",
        title: "`rate` of `[[cross]]`",
        says: "A list of steps, each of which holds until the next.",
        keys: &[
            must("at_s", TIME, "s", "From when on."),
            must("bps", Whole(0, MAX_BPS), "bit/s", "The rate."),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` by TCP or QUIC: `tcp-long`, `tcp-short`, `tcp-poisson`, `dash`, `quic-long`",
        says: "`tcp-long` and `quic-long` always have data.",
        keys: &[
            must(
                "cc",
                Words(&["reno", "cubic", "bbr1", "bbr3", "prague"]),
                "",
                "Its congestion control, or the name of one of one's own. `bbr1` and `bbr3` are models of BBR; `prague` \
                sends with ECT(1).",
            ),
            may("settings", Table, "", "Of a congestion control of one's own: its numbers."),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` with `cc = \"cubic\"`",
        says: "RFC 9438.",
        keys: &[or("hystart", Flag, "", "false", "With HyStart++ (RFC 9406).")],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` with `kind = \"tcp-short\"` or `\"tcp-poisson\"`",
        says: "Files, each by a connection of its own.",
        keys: &[
            must("file_bytes_min", Whole(1, 1_000_000_000), "bytes", "The smallest file."),
            must("file_bytes_max", Whole(1, 1_000_000_000), "bytes", "The largest."),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` with `kind = \"tcp-short\"`",
        says: "One after the other, with pauses between (RFC 8868 section 5.1).",
        keys: &[
            must("idle_mean_s", TIME, "s", "The mean pause."),
            or("on_at_start", Whole(0, 1_000), "", "0", "Connections that begin with a file."),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` with `kind = \"tcp-poisson\"`",
        says: "At random, whether others are done or not.",
        keys: &[
            must("per_s", Number(0.001, 1_000.0), "1/s", "Files in a second, on average."),
            may(
                "pareto_shape",
                Number(0.5, 100.0),
                "",
                "Sizes are of a Pareto distribution of this shape, cut at the largest; even without.",
            ),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` with `kind = \"dash\"`",
        says: "A player that asks for a segment after the other over one connection, and pauses while its buffer is full.",
        keys: &[
            must("segment_s", Number(0.1, 60.0), "s", "Media of a segment."),
            must("ladder_bps", Wholes(1, 1_000_000_000), "bit/s", "The rates that there are."),
            or("buffer_s", TIME, "s", "30", "Media that may wait to be played."),
        ],
    },
    KeyTable {
        path: "cross",
        title: "`[[cross]]` with `kind = \"application\"`",
        says: "Two endpoints of one's own, at the ends of the link.",
        keys: &[must("name", Part, "", "Which application.")],
    },
];
