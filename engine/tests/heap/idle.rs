//! What an idle connection holds.

use lapwing_engine::Delivery;

use crate::counter::live_bytes;
use crate::ends::{Pair, origin};

/// Bytes of heap that one end may hold, with sound, pictures and a channel.
const BYTES_MAX: i64 = 57 << 10;

#[test]
fn a_connected_end_that_says_nothing_holds_little() {
    let now = origin();
    // What the process makes once is made by the first pair.
    drop(Pair::connected(Delivery::Frames, now));
    let before = live_bytes();
    let mut pair = Pair::connected(Delivery::Frames, now);
    for _ in 0..10_000 {
        pair.step();
    }
    let each = (live_bytes() - before) / 2;
    println!("{each} bytes for each end");
    assert!(each <= BYTES_MAX, "{each} bytes");
}
