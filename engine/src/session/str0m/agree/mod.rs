//! What was agreed on, taken by the library. The library speaks in descriptions, so it is always made the answerer:
//!
//! 1. [`numbers`], [`line`](mod@line), [`negotiated`]: what was agreed on is judged against what is there. Whatever the
//!    library would refuse, not bear or not do is refused here, when nothing was changed yet.
//! 2. [`offer`]: the offer that the peer would have made, had it made one with these parameters.
//! 3. [`procedure`]: the library answers it, and gets what no description says: credentials, roles, sources.
//! 4. [`compare`]: its answer must say what was agreed on.

mod compare;
mod line;
mod negotiated;
mod numbers;
mod offer;
mod procedure;

pub(super) use negotiated::Negotiated;
