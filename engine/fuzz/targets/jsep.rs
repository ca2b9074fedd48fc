//! Sequences of descriptions and wishes over two negotiations without sessions: what is refused
//! changes nothing, what is taken can be answered, and nothing outgrows its limit.
#![no_main]

use std::sync::LazyLock;
use std::time::Instant;

use lapwing_engine::Stage;
use libfuzzer_sys::fuzz_target;

mod offers;

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::new(&offers::FOREIGN, Instant::now()));

fuzz_target!(|bytes: &[u8]| STAGE.play(bytes));
