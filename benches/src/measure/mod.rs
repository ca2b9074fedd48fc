//! Measuring on a machine that has other things to do: processor time instead of wall time, and
//! two things compared turn by turn instead of one after the other.

mod callgrind;
mod check;
mod cpu;
mod paired;
mod profile;

pub use callgrind::{Counted, FOLDER};
pub use check::is_check;
pub use cpu::{cpu, thread_time};
pub use paired::{Comparison, paired};
pub use profile::Profile;
