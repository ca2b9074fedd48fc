//! The receiver of sound, on links in virtual time.

mod codecs;
mod conditions;
mod hostile;
mod line;
mod redundant;
