//! What waits for its description.

use crate::candidate::CandidateInit;

/// Candidates that cannot be used yet: [`REMOTE_CANDIDATES_MAX`](crate::REMOTE_CANDIDATES_MAX) at
/// most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Waiting(pub(super) Vec<CandidateInit>);
