//! How fast a channel is at a round trip of 50 ms.

use super::goodput;
use crate::wall::Case;

pub(super) const CASE: Case = goodput::case(
    "Megabits in a second of one ordered channel, each way, at a round trip of 50 ms",
    || goodput::links(25),
);
