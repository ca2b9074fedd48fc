//! What a message holds that is larger than what may wait.

use lapwing_engine::{CHANNEL_BUFFER_BYTES, ChannelReading, Delivery};

use crate::counter::live_bytes;
use crate::ends::{Pair, origin};

/// Bytes of the message.
const MESSAGE_BYTES: usize = 64 << 20;

/// Bytes of heap that both ends hold besides what they hold in silence: the sender's buffer and
/// what is on its way, twice since a buffer that grows is copied; and the receiver's first window.
const BYTES_MAX: i64 = 2 * (CHANNEL_BUFFER_BYTES as i64 + (1 << 20)) + (1 << 20);

/// Parts that are written in a millisecond.
const PARTS_PER_STEP: usize = 4;

/// Bytes that differ from place to place.
fn byte(place: usize) -> u8 {
    (place ^ place >> 8 ^ place >> 16).wrapping_mul(167) as u8
}

struct Transfer {
    pair: Pair,
    written: usize,
    may_write: bool,
    read: usize,
    held_max: i64,
    before: i64,
}

impl Transfer {
    fn new() -> Self {
        let mut pair = Pair::connected(Delivery::Frames, origin());
        (0..1_000).for_each(|_| pair.step());
        let (ours, theirs) = (pair.a.channels()[0], pair.b.channels()[0]);
        let mut channel = pair.b.rtc.channel(theirs).expect("it is open");
        channel.set_reading(ChannelReading::Parts).expect("it is open");
        pair.b.drain();
        let mut channel = pair.a.rtc.channel(ours).expect("it is open");
        channel.begin_message(true, None).expect("the peer takes any size");
        pair.a.drain();
        let before = live_bytes();
        Transfer { pair, written: 0, may_write: true, read: 0, held_max: 0, before }
    }

    fn write(&mut self) {
        let mut part = [0; 16_000];
        let id = self.pair.a.channels()[0];
        self.may_write |= self.pair.a.has_room();
        // Half a gigabit in a second: a path without an end would hold what is on it.
        for _ in 0..PARTS_PER_STEP {
            if !self.may_write || self.written == MESSAGE_BYTES {
                break;
            }
            let count = part.len().min(MESSAGE_BYTES - self.written);
            (0..count).for_each(|place| part[place] = byte(self.written + place));
            let mut channel = self.pair.a.rtc.channel(id).expect("it is open");
            let taken = channel.write_part(&part[..count]).expect("it fits");
            self.written += taken;
            if self.written == MESSAGE_BYTES {
                channel.end_message().expect("it was begun");
            }
            self.pair.a.drain();
            self.may_write = taken == count;
        }
    }

    /// True with the end of the message.
    fn read(&mut self) -> bool {
        let id = self.pair.b.channels()[0];
        let mut is_over = false;
        while let Some(part) = self.pair.b.rtc.channel(id).expect("it is open").read(30_000) {
            assert_eq!(part.is_first, self.read == 0);
            let is_right = |(place, it): (usize, &u8)| *it == byte(self.read + place);
            assert!(part.data.iter().enumerate().all(is_right), "after {} bytes", self.read);
            self.read += part.data.len();
            is_over = part.is_last;
        }
        self.pair.b.drain();
        is_over
    }

    fn step(&mut self) {
        self.pair.step();
        self.held_max = self.held_max.max(live_bytes() - self.before);
    }
}

#[test]
fn a_message_of_64_mebibytes_is_never_held_whole() {
    let mut transfer = Transfer::new();
    let mut is_over = false;
    for _ in 0..200_000 {
        transfer.write();
        is_over = transfer.read();
        if is_over {
            break;
        }
        transfer.step();
    }
    assert!(is_over && transfer.read == MESSAGE_BYTES, "{} bytes came", transfer.read);
    assert_eq!(transfer.pair.b.messages(), 0, "nothing came whole");
    println!("{} bytes at the most for both ends", transfer.held_max);
    assert!(transfer.held_max <= BYTES_MAX, "{} bytes", transfer.held_max);
}

#[test]
fn whoever_does_not_read_holds_a_window() {
    let mut transfer = Transfer::new();
    for _ in 0..20_000 {
        transfer.write();
        transfer.step();
    }
    assert!(transfer.written < 4 << 20, "{} bytes went", transfer.written);
    println!("{} bytes at the most for both ends", transfer.held_max);
    assert!(transfer.held_max <= BYTES_MAX, "{} bytes", transfer.held_max);
    // And goes on where it was.
    while transfer.read < 8 << 20 {
        transfer.write();
        transfer.read();
        transfer.step();
    }
}
