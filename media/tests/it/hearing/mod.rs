//! The receiver of sound, on links in virtual time.

mod codecs;
mod conditions;
mod hostile;
pub(crate) mod line;
mod redundant;
