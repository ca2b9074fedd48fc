//! What our key signs, so that a replay need not have it.
//!
//! A certificate that a program brings is used for years, so no recording holds its key. Each
//! signature with it is told instead, and a replay gives them back in their order.

use std::collections::VecDeque;

/// Signatures that are kept. A handshake needs one, and few more where it begins again.
const SIGNATURES_MAX: usize = 16;

/// The signatures of one association.
#[derive(Debug, Default)]
pub(super) struct Signed {
    /// Those that were made.
    pub(super) made: Vec<Vec<u8>>,
    /// Those to be made, in a replay.
    pub(super) to_come: VecDeque<Vec<u8>>,
}

impl Signed {
    pub(super) fn note(&mut self, signature: &[u8]) {
        if self.made.len() < SIGNATURES_MAX {
            self.made.push(signature.to_vec());
        }
    }
}
