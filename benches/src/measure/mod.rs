//! Measuring on a machine that has other things to do: processor time instead of wall time, two
//! things compared turn by turn instead of one after the other, and memory.

mod callgrind;
mod check;
mod cpu;
mod memory;
mod paired;
mod profile;

pub use callgrind::{Counted, FOLDER};
pub use check::is_check;
pub use cpu::{cpu, process_cpu, process_time, thread_time};
pub use memory::{peak_bytes, resident_bytes};
pub use paired::{Comparison, paired};
pub use profile::Profile;
