//! What a user clicks, and how files say it.

use lapwing_engine::{Direction, MediaKind};

use super::tape::Tape;
use super::terms::{self, Terms};
use crate::scenario::Fields;

/// Longest wait for an answer, in milliseconds. Short against the time that a call is given to
/// heal.
const ANSWER_MS_MAX: u32 = 2_000;

/// Transceivers and channels are picked by a number, modulo how many there are.
const NUMBER_MAX: u32 = 7;

/// How long a bulk may take on a path that loses packets, in milliseconds.
const BULK_MS: u32 = 15_000;

/// Streams of a transceiver, and lists of preferred codecs.
const COUNT_MAX: u32 = 3;

const KINDS: [(&str, MediaKind); 2] = [("audio", MediaKind::Audio), ("video", MediaKind::Video)];
const DIRECTIONS: [(&str, Direction); 4] = [
    ("sendrecv", Direction::SendRecv),
    ("sendonly", Direction::SendOnly),
    ("recvonly", Direction::RecvOnly),
    ("inactive", Direction::Inactive),
];

/// Something that a user does to tracks, channels or the exchange of descriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Click {
    /// `addTransceiver`.
    Add(MediaKind, Direction),
    /// `addTrack`.
    Track(MediaKind),
    /// A transceiver is stopped. It is picked by number, as in all that follows.
    Stop(u32),
    /// A transceiver's direction is set.
    Turn(u32, Direction),
    /// `setStreams`, with so many.
    Streams(u32, u32),
    /// `setCodecPreferences`, with one of some lists.
    Prefer(u32, u32),
    /// An offer is made, needed or not.
    Offer,
    /// The next offer is set, and set again with more in it, before the peer hears of it.
    OfferTwice,
    /// The next offer is set, and taken back before the peer hears of it.
    OfferAndRollBack,
    /// The peer's next offer is taken back, and the peer told so.
    Decline,
    /// The peer's next offer is answered after so many milliseconds.
    AnswerLate(u32),
    /// Likewise, and for the time being at once.
    AnswerProvisionally(u32),
    /// A data channel is created.
    OpenChannel(Terms),
    /// A data channel is closed.
    CloseChannel(u32),
    /// Much is written to a data channel, as fast as it is taken.
    Bulk(u32),
}

/// Words of files, with a code for each.
pub(super) const WORDS: [(&str, u8); 15] = [
    ("add", 20),
    ("track", 21),
    ("stop", 22),
    ("turn", 23),
    ("streams", 24),
    ("prefer", 25),
    ("offer", 26),
    ("offer-twice", 27),
    ("offer-and-roll-back", 28),
    ("decline", 29),
    ("answer-late", 30),
    ("answer-provisionally", 31),
    ("open-channel", 32),
    ("close-channel", 33),
    ("bulk", 34),
];

impl Click {
    /// Reads one from a tape.
    pub(super) fn draw(tape: &mut Tape<'_>) -> Click {
        let (_, code) = *tape.choose(&WORDS);
        let kind = |tape: &mut Tape<'_>| tape.choose(&KINDS).1;
        let direction = |tape: &mut Tape<'_>| tape.choose(&DIRECTIONS).1;
        let number = |tape: &mut Tape<'_>| tape.below(NUMBER_MAX + 1);
        let count = |tape: &mut Tape<'_>| tape.below(COUNT_MAX + 1);
        let span = |tape: &mut Tape<'_>| tape.between(100, ANSWER_MS_MAX);
        match code {
            20 => Click::Add(kind(tape), direction(tape)),
            21 => Click::Track(kind(tape)),
            22 => Click::Stop(number(tape)),
            23 => Click::Turn(number(tape), direction(tape)),
            24 => Click::Streams(number(tape), count(tape)),
            25 => Click::Prefer(number(tape), count(tape)),
            26 => Click::Offer,
            27 => Click::OfferTwice,
            28 => Click::OfferAndRollBack,
            29 => Click::Decline,
            30 => Click::AnswerLate(span(tape)),
            31 => Click::AnswerProvisionally(span(tape)),
            32 => Click::OpenChannel(tape.choose(&terms::WORDS).1),
            33 => Click::CloseChannel(number(tape)),
            _ => Click::Bulk(number(tape)),
        }
    }

    /// The click of a code, with the fields that it has.
    pub(super) fn read(code: u8, fields: &mut Fields<'_>) -> Click {
        let number = |fields: &mut Fields<'_>| {
            fields.need_integer("number", 0..=u64::from(NUMBER_MAX)) as u32
        };
        let count =
            |fields: &mut Fields<'_>| fields.need_integer("count", 0..=u64::from(COUNT_MAX)) as u32;
        let span = |fields: &mut Fields<'_>| {
            fields.need_integer("for_ms", 0..=u64::from(ANSWER_MS_MAX)) as u32
        };
        match code {
            20 => Click::Add(
                fields.need_choice("media", &KINDS),
                fields.need_choice("direction", &DIRECTIONS),
            ),
            21 => Click::Track(fields.need_choice("media", &KINDS)),
            22 => Click::Stop(number(fields)),
            23 => Click::Turn(number(fields), fields.need_choice("direction", &DIRECTIONS)),
            24 => Click::Streams(number(fields), count(fields)),
            25 => Click::Prefer(number(fields), count(fields)),
            26 => Click::Offer,
            27 => Click::OfferTwice,
            28 => Click::OfferAndRollBack,
            29 => Click::Decline,
            30 => Click::AnswerLate(span(fields)),
            31 => Click::AnswerProvisionally(span(fields)),
            32 => Click::OpenChannel(fields.choice("terms", &terms::WORDS).unwrap_or_default()),
            33 => Click::CloseChannel(number(fields)),
            _ => Click::Bulk(number(fields)),
        }
    }

    /// Its code, and the lines of a file that say the rest.
    pub(super) fn written(self) -> (u8, Vec<String>) {
        let media = |kind: MediaKind| format!("media = \"{kind}\"");
        let way = |direction: Direction| format!("direction = \"{}\"", direction.name());
        let number = |number: u32| format!("number = {number}");
        let count = |count: u32| format!("count = {count}");
        let span = |ms: u32| format!("for_ms = {ms}");
        match self {
            Click::Add(kind, direction) => (20, vec![media(kind), way(direction)]),
            Click::Track(kind) => (21, vec![media(kind)]),
            Click::Stop(n) => (22, vec![number(n)]),
            Click::Turn(n, direction) => (23, vec![number(n), way(direction)]),
            Click::Streams(n, c) => (24, vec![number(n), count(c)]),
            Click::Prefer(n, c) => (25, vec![number(n), count(c)]),
            Click::Offer => (26, Vec::new()),
            Click::OfferTwice => (27, Vec::new()),
            Click::OfferAndRollBack => (28, Vec::new()),
            Click::Decline => (29, Vec::new()),
            Click::AnswerLate(ms) => (30, vec![span(ms)]),
            Click::AnswerProvisionally(ms) => (31, vec![span(ms)]),
            Click::OpenChannel(terms) => (32, vec![format!("terms = \"{}\"", terms.word())]),
            Click::CloseChannel(n) => (33, vec![number(n)]),
            Click::Bulk(n) => (34, vec![number(n)]),
        }
    }

    /// How long it takes at most, in milliseconds.
    pub(super) fn span_ms(self) -> u32 {
        match self {
            Click::AnswerLate(ms) | Click::AnswerProvisionally(ms) => ms,
            Click::Bulk(_) => BULK_MS,
            _ => 0,
        }
    }

    /// The same with everything as simple as can be, a step each.
    pub(super) fn simpler(self) -> Vec<Click> {
        let (audio, both) = (MediaKind::Audio, Direction::SendRecv);
        match self {
            Click::Add(kind, direction) => {
                vec![Click::Add(audio, both), Click::Add(audio, direction), Click::Add(kind, both)]
            }
            Click::Track(_) => vec![Click::Track(audio)],
            Click::Stop(n) => vec![Click::Stop(n / 2)],
            Click::Turn(n, direction) => {
                vec![Click::Turn(n / 2, direction), Click::Turn(n, Direction::Inactive)]
            }
            Click::Streams(n, c) => vec![Click::Streams(n / 2, c), Click::Streams(n, c / 2)],
            Click::Prefer(n, c) => vec![Click::Prefer(n / 2, c), Click::Prefer(n, c / 2)],
            Click::AnswerLate(ms) => vec![Click::AnswerLate(ms / 200 * 100)],
            Click::AnswerProvisionally(ms) => vec![Click::AnswerProvisionally(ms / 200 * 100)],
            Click::OpenChannel(_) => vec![Click::OpenChannel(Terms::Plain)],
            Click::CloseChannel(n) => vec![Click::CloseChannel(n / 2)],
            Click::Bulk(n) => vec![Click::Bulk(n / 2)],
            _ => Vec::new(),
        }
    }
}
