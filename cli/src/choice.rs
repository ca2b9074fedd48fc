//! Choices of the command line whose types are not of it: their words and what each is for.

use clap::ValueEnum;
use clap::builder::{EnumValueParser, TypedValueParser};
use lapwing_rooms::client::DriverKind;
use lapwing_rooms::protocol::signalling::Mode;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeWord {
    /// Two participants talk to each other; the server only signals.
    Direct,
    /// Everyone talks to the server, which forwards media, chat and files.
    Forward,
}

/// Reads what the server does in a room.
pub(crate) fn mode() -> impl TypedValueParser<Value = Mode> {
    EnumValueParser::<ModeWord>::new().map(|word| match word {
        ModeWord::Direct => Mode::Direct,
        ModeWord::Forward => Mode::Forward,
    })
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DriverWord {
    /// Blocking.
    Mio,
    /// Asynchronous, under smol.
    Smol,
    /// Asynchronous, under tokio.
    Tokio,
}

/// Reads where the waits and sockets of a participant come from.
pub(crate) fn driver() -> impl TypedValueParser<Value = DriverKind> {
    EnumValueParser::<DriverWord>::new().map(|word| match word {
        DriverWord::Mio => DriverKind::Mio,
        DriverWord::Smol => DriverKind::Smol,
        DriverWord::Tokio => DriverKind::Tokio,
    })
}
