//! How fast a channel is where the path has no delay.

use super::goodput;
use crate::wall::Case;

pub(super) const CASE: Case = goodput::case(
    "Megabits in a second of one ordered channel, each way, at a round trip of 0 ms",
    || goodput::links(0),
);
