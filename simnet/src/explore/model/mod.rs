//! A reference model of one end of a connection: what its user may rely on, written from RFC 9429
//! and the W3C's text, and without a line of the engine.
//!
//! The caller tells it of every step ([`Model`]); after each, the engine must look as the model
//! does ([`Model::compare`]). It knows descriptions as lists of m-lines ([`Said`]), and data
//! channels as what was asked for, written and closed at one end ([`Ledger`]); both ends' ledgers
//! tell what may arrive, and what must (`arrival.rs`).

mod arrival;
mod compare;
mod exchange;
mod expected;
mod ledger;
mod needed;
mod peer;
mod said;
#[cfg(test)]
mod tests;

pub(super) use arrival::{Judged, stalled, unasked, unlike, unwritten};
pub(super) use compare::Seen;
pub(super) use ledger::{Announced, Ledger, Written};
pub(super) use peer::{Heard, Model};
pub(super) use said::Said;
