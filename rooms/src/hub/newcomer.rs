//! Who wants to come in.

/// What a join says of the one who joins.
#[derive(Debug)]
pub(super) struct Newcomer {
    pub(super) name: String,
    pub(super) resume: Option<String>,
    pub(super) password: Option<String>,
    pub(super) owner: Option<String>,
}
