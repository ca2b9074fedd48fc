//! How fast a channel is at a round trip of 50 ms.

use lapwing_simnet::LinkSpec;

use super::goodput;
use crate::wall::{Case, Role};

pub(super) const CASE: Case = Case::new(
    "Megabits in a second of one ordered channel, each way, at a round trip of 50 ms",
    "RFC 9260 section 7",
    goodput::both_ways,
)
.needs(&["data"])
.roles(&[Role::WeOffer])
.links(links)
.within(90)
.measures();

fn links() -> [LinkSpec; 2] {
    goodput::links(25)
}
