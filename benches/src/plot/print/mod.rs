//! Charts for papers: vectors with plain colours and no font of a system.

mod length;
mod outline;
pub(super) mod pdf;
pub(super) mod svg;
