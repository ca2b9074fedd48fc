//! What can be read, and how it is named to the system.

use ::mio::Token;

/// Something that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Listener(usize),
    Relay(usize),
    Connection(usize),
}

impl Source {
    pub(super) fn token(self) -> Token {
        match self {
            Source::Listener(place) => Token(4 * place + 1),
            Source::Relay(place) => Token(4 * place + 2),
            Source::Connection(place) => Token(4 * place + 3),
        }
    }

    pub(super) fn of(token: Token) -> Option<Self> {
        let place = token.0 / 4;
        match token.0 % 4 {
            1 => Some(Source::Listener(place)),
            2 => Some(Source::Relay(place)),
            3 => Some(Source::Connection(place)),
            _ => None,
        }
    }
}
