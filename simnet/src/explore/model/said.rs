//! Descriptions as far as the model knows them.

use lapwing_engine::sdp::{Description, MediaDescription, MediaName};
use lapwing_engine::{Direction, MediaKind, Mid, SdpType, SessionDescription};

/// What an m-line carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explore) enum Kind {
    Media(MediaKind),
    Data,
}

/// An m-line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::explore) struct Line {
    pub(super) mid: Mid,
    pub(super) kind: Kind,
    pub(super) rejected: bool,
    /// Inactive where it is rejected, and of data channels.
    pub(super) direction: Direction,
    /// The names in `a=msid`, sorted.
    pub(super) streams: Vec<String>,
}

/// A description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::explore) struct Said {
    pub(super) lines: Vec<Line>,
    /// Of the first m-line that is not rejected.
    pub(super) ufrag: Option<String>,
}

impl Said {
    /// Reads the text of one. `Err` says what the model cannot follow.
    pub(in crate::explore) fn read(said: &SessionDescription) -> Result<Said, String> {
        let description = Description::parse(&said.sdp).map_err(|error| error.to_string())?;
        let is_offer = said.kind == SdpType::Offer;
        let lines: Result<Vec<Line>, String> =
            description.media.iter().map(|media| line(&description, media, is_offer)).collect();
        let lines = lines?;
        let first = lines.iter().position(|line| !line.rejected);
        let ufrag = first.and_then(|index| {
            let own = description.media[index].transport.ice_ufrag.clone();
            own.or_else(|| description.transport.ice_ufrag.clone())
        });
        Ok(Said { lines, ufrag })
    }

    pub(super) fn line(&self, mid: Mid) -> Option<&Line> {
        self.lines.iter().find(|line| line.mid == mid)
    }
}

fn line(
    description: &Description,
    media: &MediaDescription,
    is_offer: bool,
) -> Result<Line, String> {
    let kind = match media.name {
        MediaName::Audio => Kind::Media(MediaKind::Audio),
        MediaName::Video => Kind::Media(MediaKind::Video),
        MediaName::Application => Kind::Data,
        MediaName::Other(_) => return Err(format!("an m-line of {}", media.name.name())),
    };
    let mid = media.mid.as_deref().and_then(Mid::new).ok_or("an m-line without a name")?;
    let rejected = media.port == 0 && !(is_offer && media.bundle_only);
    let direction = match kind {
        Kind::Media(_) if !rejected => {
            media.direction.or(description.direction).unwrap_or(Direction::SendRecv)
        }
        _ => Direction::Inactive,
    };
    let mut streams: Vec<String> = media.msids.iter().map(|msid| msid.stream.clone()).collect();
    streams.sort_unstable();
    Ok(Line { mid, kind, rejected, direction, streams })
}

/// The direction that sends and receives so.
pub(super) fn direction(sends: bool, receives: bool) -> Direction {
    match (sends, receives) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}

/// As the other end sees it.
pub(super) fn reversed(one: Direction) -> Direction {
    direction(one.receives(), one.sends())
}

/// What both allow.
pub(super) fn both(one: Direction, other: Direction) -> Direction {
    direction(one.sends() && other.sends(), one.receives() && other.receives())
}
