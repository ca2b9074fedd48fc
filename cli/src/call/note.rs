//! What a call tells while it runs, and at its end.

use std::fmt;

use lapwing_rooms::call::{CallEvent, CallReport, Second};
use lapwing_rooms::transfer::TransferNote;
use serde::{Deserialize, Serialize};

use super::display::Words;

/// Something worth telling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum CallNote {
    /// In the room.
    Joined {
        /// Its name.
        room: String,
        /// `direct` or `forward`.
        mode: String,
        /// Our id.
        id: String,
        /// Names of the others.
        participants: Vec<String>,
        /// The seat we had before.
        resumed: bool,
    },
    /// Somebody came.
    ParticipantJoined {
        /// Their id.
        id: String,
        /// Their name.
        name: String,
    },
    /// Somebody went.
    ParticipantLeft {
        /// Their id.
        id: String,
        /// Their name.
        name: String,
    },
    /// The connection of somebody is lost for now, or is well again.
    ParticipantPresence {
        /// Their id.
        id: String,
        /// Their name.
        name: String,
        /// Whether it is well.
        present: bool,
    },
    /// The room is locked, and its host is asked.
    Waiting,
    /// We are the host, and somebody wants to come in.
    Knock {
        /// Their id.
        id: String,
        /// Their name.
        name: String,
    },
    /// They want to no more, or were decided on.
    KnockEnded {
        /// Their id.
        id: String,
        /// Their name.
        name: String,
    },
    /// Who decides, or whether newcomers wait, has changed.
    Room {
        /// We are the host.
        host: bool,
        /// Newcomers wait.
        locked: bool,
    },
    /// Media can flow.
    Connected {
        /// The address here.
        local: String,
        /// The address there.
        remote: String,
        /// How long it took.
        setup_ms: Option<f64>,
    },
    /// The path is lost; another is looked for.
    Disconnected,
    /// The connection is over.
    Closed,
    /// The signalling socket was lost.
    SignallingLost {
        /// Why.
        why: String,
        /// When the next attempt comes.
        retry_seconds: f64,
    },
    /// A track comes in.
    TrackAdded {
        /// Whose.
        participant: String,
        /// `microphone`, `camera` or `screen`.
        source: String,
    },
    /// The first frame of a track came in.
    TrackFlows {
        /// Whose.
        participant: String,
        /// `microphone`, `camera` or `screen`.
        source: String,
        /// The codec.
        codec: String,
    },
    /// A track comes in no more.
    TrackEnded {
        /// Whose.
        participant: String,
        /// `microphone`, `camera` or `screen`.
        source: String,
    },
    /// One of our tracks is sent.
    Sending {
        /// `microphone` or `camera`.
        source: String,
        /// The codec.
        codec: String,
    },
    /// A line of chat.
    Chat {
        /// Who said it.
        from: String,
        /// What.
        text: String,
    },
    /// A second has passed.
    Second(Second),
    /// A file is on its way, is there, or is not.
    File {
        /// What happened.
        transfer: TransferNote,
    },
    /// Something is not as it should be; the call goes on.
    Warning {
        /// What.
        what: String,
    },
    /// The end.
    Report {
        /// What it came to.
        report: Box<CallReport>,
    },
}

impl fmt::Display for CallNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallNote::Joined { resumed: true, .. } => f.write_str("back in the room"),
            CallNote::Joined { room, mode, participants, .. } if participants.is_empty() => {
                write!(f, "in room {room} ({mode}), nobody else is there")
            }
            CallNote::Joined { room, mode, participants, .. } => {
                write!(f, "in room {room} ({mode}) with {}", participants.join(", "))
            }
            CallNote::ParticipantJoined { name, .. } => write!(f, "{name} came"),
            CallNote::ParticipantLeft { name, .. } => write!(f, "{name} left"),
            CallNote::ParticipantPresence { name, present: false, .. } => {
                write!(f, "connection to {name} lost")
            }
            CallNote::ParticipantPresence { name, .. } => write!(f, "{name} is back"),
            CallNote::Waiting => {
                f.write_str("waiting to be let in: the room is locked, and its host is asked")
            }
            CallNote::Knock { name, .. } => {
                write!(f, "{name} wants to come in; type /admit {name} or /deny {name}")
            }
            CallNote::KnockEnded { name, .. } => write!(f, "{name} does not wait any more"),
            CallNote::Room { host: true, locked: true } => {
                f.write_str("the room is locked; newcomers wait until you /admit them")
            }
            CallNote::Room { host: true, locked: false } => {
                f.write_str("you are the host of the room and can /lock it")
            }
            CallNote::Room { locked: true, .. } => f.write_str("the room is locked"),
            CallNote::Room { .. } => f.write_str("the room is open"),
            CallNote::Connected { local, remote, setup_ms } => {
                write!(f, "connected, {local} to {remote}")?;
                setup_ms.map_or(Ok(()), |setup| write!(f, ", in {setup:.0} ms"))
            }
            CallNote::Disconnected => f.write_str("the path is lost, looking for another"),
            CallNote::Closed => f.write_str("the connection was closed"),
            CallNote::SignallingLost { why, retry_seconds } => {
                write!(f, "{why}; next attempt in {retry_seconds:.1} s")
            }
            CallNote::TrackAdded { participant, source } => {
                write!(f, "{participant} sends {source}")
            }
            CallNote::TrackFlows { participant, source, codec } => {
                write!(f, "{participant}'s {source} comes in as {codec}")
            }
            CallNote::TrackEnded { participant, source } => {
                write!(f, "{participant} sends {source} no more")
            }
            CallNote::Sending { source, codec } => write!(f, "sending {source} as {codec}"),
            CallNote::Chat { from, text } => write!(f, "{from}: {text}"),
            CallNote::Second(second) => write!(
                f,
                "{:4.0} s  out {:.0} kbit/s  in {:.0} kbit/s",
                second.at,
                second.bitrate_out / 1e3,
                second.bitrate_in / 1e3
            ),
            CallNote::File { transfer } => transfer.fmt(f),
            CallNote::Warning { what } => f.write_str(what),
            CallNote::Report { report } => Words(&**report).fmt(f),
        }
    }
}

/// What a call tells, as it is told to people and programs.
impl From<CallEvent> for CallNote {
    fn from(event: CallEvent) -> Self {
        match event {
            CallEvent::Connected { pair, setup } => CallNote::Connected {
                local: pair.local.to_string(),
                remote: pair.remote.to_string(),
                setup_ms: setup.map(|setup| setup.as_secs_f64() * 1e3),
            },
            CallEvent::Sending { source, codec } => {
                CallNote::Sending { source: source.to_string(), codec: codec.to_string() }
            }
            CallEvent::NotSent { kind, taken } => {
                let names: Vec<String> = taken.iter().map(ToString::to_string).collect();
                let names = names.join(", ");
                CallNote::Warning {
                    what: format!("no {kind} is sent: the other side takes {names}"),
                }
            }
            CallEvent::TooSlow { codec, instead } => CallNote::Warning {
                what: format!("{codec} is too slow on this machine; sending {instead} instead"),
            },
            CallEvent::SourceEnded { source, why } => {
                CallNote::Warning { what: format!("{source} ended: {why}") }
            }
            CallEvent::TrackFlows { participant, source, codec } => CallNote::TrackFlows {
                participant,
                source: source.to_string(),
                codec: codec.to_string(),
            },
            CallEvent::Fault(fault) => CallNote::Warning { what: fault.to_string() },
            CallEvent::Second(second) => CallNote::Second(second),
            CallEvent::File(transfer) => CallNote::File { transfer },
            CallEvent::FileProgress(note) => {
                CallNote::File { transfer: TransferNote::Progress(note) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::{Codec, MediaKind};
    use lapwing_rooms::call::InboundFault;
    use lapwing_rooms::protocol::signalling::Source;

    use super::*;

    #[test]
    fn what_goes_wrong_is_told_in_words() {
        for (event, words) in [
            (
                CallEvent::NotSent { kind: MediaKind::Video, taken: vec![Codec::H264, Codec::Vp9] },
                "no video is sent: the other side takes H264, VP9",
            ),
            (
                CallEvent::TooSlow { codec: Codec::Av1, instead: Codec::Vp8 },
                "AV1 is too slow on this machine; sending VP8 instead",
            ),
            (
                CallEvent::SourceEnded { source: Source::Camera, why: "no disk".to_owned() },
                "camera ended: no disk",
            ),
            (CallEvent::Fault(InboundFault::Stopped), "decoding stopped unexpectedly"),
        ] {
            let note = CallNote::from(event);
            assert_eq!(note, CallNote::Warning { what: words.to_owned() });
            assert_eq!(note.to_string(), words);
        }
    }
}
