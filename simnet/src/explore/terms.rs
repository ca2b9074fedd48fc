//! What channels are asked to be, and the messages that go over them.

use lapwing_engine::{ChannelConfig, ChannelPriority, Reliability};

use crate::random::Seed;

/// Sizes of messages, most of them small: none, one byte, and what fills packets.
const SIZES: [usize; 12] = [8, 8, 8, 0, 20, 8, 1, 700, 8, 1_130, 0, 3_000];

/// A message of a bulk. A bulk is more than what goes out before the path is asked for larger
/// packets (128 KiB), and as much after it.
const BULK_MESSAGE_BYTES: usize = 16_000;
pub(super) const BULK_MESSAGES: u32 = 16;

/// What a channel is asked to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Terms {
    /// Reliable and ordered.
    #[default]
    Plain,
    /// Reliable, in any order, before others.
    Unordered,
    /// Ordered, each message sent once.
    Once,
    /// In any order, each message sent twice at the most.
    Twice,
    /// Ordered, each message for half a second.
    Soon,
    /// In any order, likewise, after others.
    SoonUnordered,
    /// Reliable and ordered, with a sub-protocol and a label that are no ASCII.
    Named,
}

/// Words of files.
pub(super) const WORDS: [(&str, Terms); 7] = [
    ("plain", Terms::Plain),
    ("unordered", Terms::Unordered),
    ("once", Terms::Once),
    ("twice", Terms::Twice),
    ("soon", Terms::Soon),
    ("soon-unordered", Terms::SoonUnordered),
    ("named", Terms::Named),
];

impl Terms {
    /// What the second channel of a universe is asked to be, whatever else happens in it.
    pub(super) fn of_seed(seed: u64) -> Terms {
        WORDS[(seed / 2) as usize % WORDS.len()].1
    }

    pub(super) fn word(self) -> &'static str {
        WORDS.iter().find(|(_, terms)| *terms == self).map_or("", |(word, _)| word)
    }

    /// The settings of a channel with this label.
    pub(super) fn config(self, label: &str) -> ChannelConfig {
        let mut config = ChannelConfig::new(label);
        match self {
            Terms::Plain => {}
            Terms::Unordered => {
                config.ordered = false;
                config.priority = ChannelPriority::High;
            }
            Terms::Once => config.reliability = Reliability::MaxRetransmits { count: 0 },
            Terms::Twice => {
                config.ordered = false;
                config.reliability = Reliability::MaxRetransmits { count: 1 };
            }
            Terms::Soon => config.reliability = Reliability::MaxLifetime { ms: 500 },
            Terms::SoonUnordered => {
                config.ordered = false;
                config.reliability = Reliability::MaxLifetime { ms: 500 };
                config.priority = ChannelPriority::VeryLow;
            }
            Terms::Named => {
                config.label.push_str(" für zwei");
                config.protocol = "κανάλι/1".to_owned();
            }
        }
        config
    }
}

/// A message: bytes, or text.
pub(super) struct Message {
    pub(super) binary: bool,
    pub(super) data: Vec<u8>,
}

impl Message {
    /// The message of this number that an end writes to a channel. No two of eight bytes or more
    /// are the same.
    pub(super) fn draw(label: &str, end: &str, number: u64, is_bulk: bool) -> Self {
        let mut stream = Seed(number).stream(&format!("explore/message/{label}/{end}"));
        let drawn = stream.next_u64();
        let size = SIZES[(drawn >> 8) as usize % SIZES.len()];
        let size = if is_bulk { BULK_MESSAGE_BYTES } else { size };
        let binary = drawn.is_multiple_of(2);
        let mut data = vec![0; size];
        stream.fill(&mut data);
        if !binary {
            data.iter_mut().for_each(|byte| *byte = b'a' + *byte % 26);
        }
        Message { binary, data }
    }
}
