//! The laboratory for Python: `lapwing._native`, over which the package `lapwing` lies.
//!
//! | file | what is there |
//! |---|---|
//! | `module.rs` | what Python sees |
//! | `scenario.rs`, `edit.rs` | a scenario that was read; values set in its text |
//! | `play.rs`, `many.rs` | a run, interruptible; runs on several threads |
//! | `controller.rs` | a congestion controller written in Python, as the engine sees it |
//! | `told.rs`, `answer.rs` | what it is told, and what it answers |

mod answer;
mod controller;
mod edit;
mod many;
mod module;
mod play;
mod scenario;
mod told;
