//! Why a connection comes about or does not, in words: what was tried, what became of it, and what
//! to change.

mod advice;
mod finding;
mod report;
mod rules;
#[cfg(test)]
mod tests;

pub use finding::Finding;
pub use report::{Diagnosis, NatOutcome, NatReport, PairFate, ServerOutcome, ServerReport};
pub(crate) use rules::findings;
