//! The keys of what happens in a run, and of what runs are made with.

use crate::scenario::keys::Shape::{Number, Table, Text, Whole, Words};
use crate::scenario::keys::{KeyTable, may, must, or};
use crate::scenario::limits::{MAX_DELAY_MS, MAX_FILLED_BPS, MAX_SECONDS};

const ID: u64 = u32::MAX as u64;

pub(super) const TABLES: &[KeyTable] = &[
    KeyTable {
        path: "action",
        title: "`[[action]]`",
        says: "Something that happens in the course of a run.",
        keys: &[
            must(
                "do",
                Words(&[
                    "lose-server",
                    "expire-credentials",
                    "block-udp",
                    "rebind",
                    "roam",
                    "interface-down",
                    "interface-up",
                    "crash",
                    "pause",
                    "resume",
                    "mute",
                    "unmute",
                    "link-down",
                    "link-up",
                    "set-link",
                ]),
                "",
                "What.",
            ),
            must("at_s", Number(0.0, MAX_SECONDS), "s", "When."),
        ],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` with `do = \"lose-server\"` or `\"expire-credentials\"`",
        says: "A server is there no more; or it refuses what its users were given, at a whole \
               second, and what is allocated ends when it is not refreshed.",
        keys: &[
            must("server", Text, "", "Its name."),
            must("at_s", Whole(0, MAX_SECONDS as u64), "s", "Of `expire-credentials`."),
        ],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` with `do = \"block-udp\"`",
        says: "A firewall lets no UDP pass any more.",
        keys: &[must("firewall", Text, "", "Its name.")],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` with `do = \"rebind\"`",
        says: "A NAT restarts, and maps anew.",
        keys: &[must("nat", Text, "", "Its name.")],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` on a flow: `roam`, `interface-down`, `interface-up`, `crash`, \
                `pause`, `resume`, `mute`, `unmute`",
        says: "An end has another address in place of its own; its interface goes down or up; it \
               stands still for good without a word; the flow's media pause or go on, or those of \
               one kind.",
        keys: &[must("flow", Whole(0, ID), "", "The flow, by its `id`.")],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` with `do = \"roam\"`, `\"interface-down\"`, `\"interface-up\"` or \
                `\"crash\"`",
        says: "What happens to one end of a flow.",
        keys: &[or("end", Words(&["sender", "receiver"]), "", "'sender'", "Which end.")],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` with `do = \"mute\"` or `\"unmute\"`",
        says: "What happens to media of one kind.",
        keys: &[must("media", Words(&["video", "audio"]), "", "Which media.")],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` with `do = \"link-down\"`, `\"link-up\"` or `\"set-link\"`",
        says: "A link is cut, and what is on its way through it is lost at its end; it is mended; \
               or it is another one from then on, and what is on its way arrives as it would \
               have: a change of the path.",
        keys: &[must("link", Text, "", "Its name.")],
    },
    KeyTable {
        path: "action",
        title: "`[[action]]` with `do = \"set-link\"`",
        says: "What is new; the rest stays as it was.",
        keys: &[
            may(
                "capacity_bps",
                Whole(0, MAX_FILLED_BPS),
                "bit/s",
                "A constant capacity, where \
                there was one.",
            ),
            may("queue", Table, "", "The queue, as of `[[link]]`, where there was one."),
            may("delay_ms", Number(0.0, MAX_DELAY_MS), "ms", "Propagation delay."),
            may("loss", Table, "", "Random loss, as of `[[link]]`."),
        ],
    },
    KeyTable {
        path: "sweep.PATH",
        title: "A range of `[sweep]`",
        says: "A key of `[sweep]` is the path to a field, as `link.NAME.loss.p`, `flow.ID.start_s` or `cross.0.count`; \
               it has a list of values, or a range. 10,000 values of a field at most, 100,000 combinations.",
        keys: &[
            must("from", Number(-1e15, 1e15), "", "The first value; of `log`, more than zero."),
            must("to", Number(-1e15, 1e15), "", "The last, or the bound, of values."),
            may(
                "step",
                Number(1e-9, 1e15),
                "",
                "From one to the next; or else there is a `count`.",
            ),
            may("count", Whole(1, 10_000), "", "How many values there are."),
            may(
                "scale",
                Words(&["linear", "log"]),
                "",
                "Of a `count`: at equal distances (without), or in equal proportions.",
            ),
        ],
    },
];
