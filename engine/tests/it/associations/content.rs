//! Messages that are drawn from a seed: what is to arrive can be drawn again.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::peer::Message;

/// Sizes around everything that changes with size: none, one, a packet's and a window's.
const SIZES: &[usize] = &[0, 1, 7, 100, 1_100, 1_132, 1_191, 1_200, 4_000, 16_384, 65_536];

/// Messages of all sizes, of so many bytes altogether.
pub(super) fn mixed(bytes: usize, seed: u64) -> Vec<Message> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut left = bytes;
    let mut messages = Vec::new();
    while left > 0 {
        let size = SIZES[rng.next_u32() as usize % SIZES.len()].min(left);
        left -= size;
        messages.push(drawn(size, &mut rng));
    }
    messages
}

/// A message of one size.
pub(super) fn of_size(size: usize, seed: u64) -> Message {
    drawn(size, &mut ChaCha20Rng::seed_from_u64(seed))
}

/// So many messages that tell their number, up to a size, and some short ones.
pub(super) fn numbered(count: u32, size_max: usize, short: u32, seed: u64) -> Vec<Message> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let message = |number: u32| {
        let size = if number < count { rng.next_u32() as usize % (size_max - 4) } else { 96 };
        let mut message = drawn(4 + size, &mut rng);
        message.data[..4].copy_from_slice(&number.to_be_bytes());
        message
    };
    (0..count + short).map(message).collect()
}

/// The number of such a message.
pub(super) fn number(message: &Message) -> u32 {
    u32::from_be_bytes(message.data[..4].try_into().expect("it has four bytes"))
}

fn drawn(size: usize, rng: &mut ChaCha20Rng) -> Message {
    let mut data = vec![0; size];
    rng.fill_bytes(&mut data);
    Message { binary: rng.next_u32().is_multiple_of(2), data }
}
