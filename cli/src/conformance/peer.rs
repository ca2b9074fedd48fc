//! stub
use super::PeerArgs;
use crate::args::Outcome;
pub(super) fn peer(_: &PeerArgs) -> Outcome {
    unimplemented!()
}
