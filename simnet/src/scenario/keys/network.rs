//! The keys of what a run is and takes place in.

use crate::scenario::keys::Shape::{
    Flag, Number, Table, Tables, Text, Texts, Whole, Wholes, Words,
};
use crate::scenario::keys::{KeyTable, may, must, or};
use crate::scenario::limits::{MAX_AUDIO_BPS, MAX_DELAY_MS, MAX_SECONDS, MAX_VIDEO_BPS};

const DEPENDENCE: &[&str] =
    &["endpoint-independent", "address-dependent", "address-and-port-dependent"];

pub(super) const TABLES: &[KeyTable] = &[
    KeyTable {
        path: "",
        title: "The file",
        says: "What a file consists of. Nothing else is in it: a key that is unknown is a fault.",
        keys: &[
            must("meta", Table, "", "Name and extent."),
            may("media", Table, "", "The media of all flows: `video` and `audio`."),
            may("options", Table, "", "What holds for all calls."),
            may(
                "link",
                Tables,
                "",
                "Links, 200 at most. The first one begins at the root of the \
                tree of places.",
            ),
            may(
                "nat",
                Tables,
                "",
                "NATs. With firewalls, 64 at most; none beside a shared medium.",
            ),
            may("firewall", Tables, "", "Firewalls."),
            may("stun_server", Tables, "", "STUN servers. With TURN servers, 16 at most."),
            may("turn_server", Tables, "", "TURN servers."),
            may("flow", Tables, "", "Calls; 100 at most where there are boxes or servers."),
            may("channel", Tables, "", "Traffic over the data channels of calls."),
            may("cross", Tables, "", "Traffic that is not under test."),
            may("action", Tables, "", "What happens in the course of a run; 1,000 at most."),
            may("expect", Table, "", "What a run is held against: short forms."),
            may("expect", Tables, "", "The same: statements, 200 at most, and short forms."),
            may("sweep", Table, "", "Parameters and their values; a run for each combination."),
        ],
    },
    KeyTable {
        path: "meta",
        title: "`[meta]`",
        says: "Name, source and extent.",
        keys: &[
            must("schema", Whole(1, 1), "", "The version of this format."),
            must("name", Text, "", "The name of the scenario."),
            or("reference", Text, "", "''", "Where it comes from, for readers."),
            must("duration_s", Number(0.001, MAX_SECONDS), "s", "How long a run is."),
            must("seeds", Wholes(0, 1 << 53), "", "The seeds that it is run with."),
        ],
    },
    KeyTable {
        path: "media",
        title: "`[media]`",
        says: "What flows send.",
        keys: &[
            may("video", Table, "", "Video, for flows that have it."),
            may("audio", Table, "", "Audio, for flows that have it."),
        ],
    },
    KeyTable {
        path: "media.video",
        title: "`[media.video]`",
        says: "An encoder that follows the estimate of what the network carries. A mean frame has \
               a megabyte at most (`max_bps` over `fps`).",
        keys: &[
            must(
                "model",
                Words(&["rfc8593-statistical", "clip"]),
                "",
                "Frames by the model of \
                RFC 8593, or real pictures through the VP8 encoder.",
            ),
            must("min_bps", Whole(1, MAX_VIDEO_BPS), "bit/s", "The least that it produces."),
            must("max_bps", Whole(1, MAX_VIDEO_BPS), "bit/s", "The most that it produces."),
            must("start_bps", Whole(1, MAX_VIDEO_BPS), "bit/s", "Where it starts, between both."),
            must("fps", Number(0.1, 1_000.0), "1/s", "Frames in a second."),
        ],
    },
    KeyTable {
        path: "media.video",
        title: "`[media.video]` with `model = \"rfc8593-statistical\"`",
        says: "What the model alone has.",
        keys: &[
            or("variation_pct", Number(0.0, 100.0), "%", "0", "Deviation of frames' sizes."),
            or(
                "response_ms",
                Number(0.0, MAX_DELAY_MS),
                "ms",
                "0",
                "The time in which a new \
                target is followed once.",
            ),
        ],
    },
    KeyTable {
        path: "media.video",
        title: "`[media.video]` with `model = \"clip\"`",
        says: "What clips alone have.",
        keys: &[must(
            "clip",
            Text,
            "",
            "The clip, `bunny` in the program. A pause is a freeze here.",
        )],
    },
    KeyTable {
        path: "media.audio",
        title: "`[media.audio]`",
        says: "Packets of equal size, of 1,200 bytes at most.",
        keys: &[
            must("model", Words(&["cbr"]), "", "A constant rate."),
            must("bps", Whole(1, MAX_AUDIO_BPS), "bit/s", "Its rate."),
            must("ptime_ms", Number(0.1, 1_000.0), "ms", "The time between packets."),
        ],
    },
    KeyTable {
        path: "options",
        title: "`[options]`",
        says: "What holds for all calls.",
        keys: &[
            or(
                "ecn",
                Words(&["not-ect", "ect0", "ect1"]),
                "",
                "'not-ect'",
                "The ECN codepoint of \
                media.",
            ),
            or(
                "sessions",
                Words(&["own", "own-str0m", "str0m-own", "str0m"]),
                "",
                "'own'",
                "What \
                carries the ends of the calls, the sender's first.",
            ),
            or(
                "channels_least_pct",
                Whole(0, 99),
                "%",
                "20",
                "The part that channels have beside \
                media in any case.",
            ),
            or("channels_unbounded", Flag, "", "false", "Channels send as if there were no media."),
        ],
    },
    KeyTable {
        path: "nat",
        title: "`[[nat]]`",
        says: "The ends of all flows at a place are behind it, by the words of RFC 4787.",
        keys: &[
            must("name", Text, "", "Its name."),
            must("place", Text, "", "The place."),
            must("mapping", Words(DEPENDENCE), "", "What a mapping depends on."),
            must("filtering", Words(DEPENDENCE), "", "Who may send to a mapping."),
            or(
                "ports",
                Words(&["preserve", "sequential", "random", "overload"]),
                "",
                "'preserve'",
                "How ports are chosen.",
            ),
            or(
                "mapping_timeout_s",
                Number(1.0, MAX_SECONDS),
                "s",
                "120",
                "How long a mapping \
                lives without traffic.",
            ),
            or("hairpinning", Flag, "", "true", "Hosts behind it reach each other by its address."),
        ],
    },
    KeyTable {
        path: "firewall",
        title: "`[[firewall]]`",
        says: "The ends of all flows at a place are behind it: what goes out may be answered.",
        keys: &[
            must("name", Text, "", "Its name."),
            must("place", Text, "", "The place."),
            or("udp", Flag, "", "true", "UDP may go out."),
            or("tcp", Flag, "", "true", "TCP may go out."),
            may("tcp_ports", Wholes(1, 65_535), "", "To these ports only, 64 at most."),
            or("timeout_s", Number(1.0, MAX_SECONDS), "s", "120", "How long an answer may come."),
        ],
    },
    KeyTable {
        path: "stun_server",
        title: "`[[stun_server]]`",
        says: "It tells where requests come from.",
        keys: &[
            must("name", Text, "", "Its name."),
            must("place", Text, "", "Where it stands, before all boxes."),
            or("delay_ms", Number(0.0, MAX_DELAY_MS), "ms", "0", "From it to the place."),
        ],
    },
    KeyTable {
        path: "turn_server",
        title: "`[[turn_server]]`",
        says: "It relays, too.",
        keys: &[
            must("name", Text, "", "Its name."),
            must("place", Text, "", "Where it stands, before all boxes."),
            or("delay_ms", Number(0.0, MAX_DELAY_MS), "ms", "0", "From it to the place."),
            or(
                "transports",
                Texts,
                "",
                "['udp']",
                "By what it is reached: `udp`, `tcp`, and `tls` \
                on port 443.",
            ),
            or("users", Texts, "", "['ada']", "Who may have relays, 100 at most."),
            or("quota", Whole(0, 10_000), "", "64", "Relayed addresses of a user."),
            or(
                "lifetime_s",
                Number(1.0, 3_600.0),
                "s",
                "3600",
                "How long an allocation lives \
                without a refresh, at most.",
            ),
        ],
    },
];
