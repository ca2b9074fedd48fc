//! What happened, a line each.

use std::fmt;
use std::time::Duration;

use lapwing_engine::{
    Blob, Command, Entry, Event, OutcomeSummary, Output, OutputClass, OutputSummary,
};
use lapwing_rooms::text::count;
use serde_json::{Value, json};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Seconds since the start of the connection.
    pub(super) at: Duration,
    /// `in` for inputs, `do` for commands, `out` for outputs.
    pub(super) way: &'static str,
    /// In a word.
    pub(super) kind: String,
    /// In a few words.
    pub(super) detail: String,
    /// It happens many times a second, and is told only on request.
    pub(super) frequent: bool,
}

impl Line {
    pub(super) fn text(&self) -> String {
        let Line { at, way, kind, detail, .. } = self;
        format!("{:>11.6} {way:<3} {kind} {detail}", at.as_secs_f64()).trim_end().to_owned()
    }

    pub(super) fn json(&self) -> Value {
        let Line { at, way, kind, detail, .. } = self;
        json!({ "event": "line", "at": at.as_secs_f64(), "way": way, "kind": kind, "detail": detail })
    }

    /// Of an input, a command or its outcome; none of what only tells about outputs.
    pub(super) fn of_entry(at: Duration, entry: &Entry<'_>) -> Option<Line> {
        let (way, detail, frequent) = match entry {
            Entry::Outputs { .. } | Entry::End {} => return None,
            Entry::Start { config } => {
                let unix = config.unix_time.as_secs();
                ("do", format!("at unix time {unix} s, {:?}", config.role), false)
            }
            Entry::Timeout {} => ("in", String::new(), true),
            Entry::Datagram { source, destination, contents, .. } => {
                ("in", format!("{source} > {destination}, {}", bytes(contents)), true)
            }
            Entry::Socket { reply } => ("in", format!("{reply:?}"), false),
            Entry::Resolved { id, addresses } => ("in", format!("{id:?} {addresses:?}"), false),
            Entry::Interfaces { interfaces } => {
                let names: Vec<String> = interfaces.iter().map(ToString::to_string).collect();
                ("in", names.join(", "), false)
            }
            Entry::Command(command) => {
                let (detail, frequent) = of_command(command);
                ("do", detail, frequent)
            }
            // What was refused is worth a line.
            Entry::Outcome { outcome } => {
                let refused = matches!(outcome, OutcomeSummary::Refused { .. });
                ("out", outcome.to_string(), !refused)
            }
            Entry::TransportIdentity { .. } => ("out", String::new(), false),
            other => ("do", fields(other, other.name()), false),
        };
        let kind = entry.name().to_owned();
        Some(Line { at, way, kind, detail, frequent })
    }

    /// Of an output of the replay.
    pub(super) fn of_output(at: Duration, output: &Output) -> Line {
        let (kind, detail, frequent) = match output {
            Output::Transmit(transmit) => {
                let (source, destination) = (transmit.source, transmit.destination);
                let detail =
                    format!("{source} > {destination}, {}", count(transmit.contents.len(), "byte"));
                ("Transmit".to_owned(), detail, true)
            }
            Output::Socket(request) => ("Socket".to_owned(), format!("{request:?}"), false),
            Output::Resolve { name, .. } => ("Resolve".to_owned(), name.clone(), false),
            Output::Timeout { reason, .. } => ("Timeout".to_owned(), format!("{reason:?}"), true),
            Output::Event(event) => of_event(event),
        };
        Line { at, way: "out", kind, detail, frequent }
    }

    /// Of an output that is only known by its summary.
    pub(super) fn of_summary(at: Duration, summary: &OutputSummary) -> Line {
        use OutputClass as Class;
        let frequent = matches!(
            summary.class,
            Class::Stun
                | Class::Dtls
                | Class::Rtp
                | Class::Rtcp
                | Class::OtherDatagram
                | Class::Timeout
                | Class::Frame
                | Class::Packet
                | Class::ChannelMessage
                | Class::Bandwidth
        );
        let (kind, detail) = (summary.class.to_string(), state_name(summary));
        Line { at, way: "out", kind, detail, frequent }
    }
}

/// What a command says, and whether it is one of those that come many times a second.
fn of_command(command: &Command<'_>) -> (String, bool) {
    match command {
        Command::SetLocal { description } | Command::SetRemote { description } => {
            let (kind, length) = (description.kind, description.sdp.len());
            (format!("{kind:?}, {}", count(length, "byte")), false)
        }
        Command::AddIceCandidate { candidate, .. } => ((*candidate).to_owned(), false),
        Command::WriteFrame { mid, codec, keyframe, data, .. } => {
            let key = if *keyframe { " keyframe" } else { "" };
            (format!("{mid} {codec}{key}, {}", bytes(data)), true)
        }
        Command::WritePacket { mid, payload, .. } => (format!("{mid}, {}", bytes(payload)), true),
        Command::WriteChannel { id, data, .. } => (format!("{id:?}, {}", bytes(data)), true),
        Command::BufferedAmount { id } => (format!("{id:?}"), true),
        Command::CreateChannel { config } => (format!("{:?}", config.label), false),
        Command::AddTransceiver { kind, init } => {
            (format!("{kind} {}", init.direction.name()), false)
        }
        other => (fields(other, other.name()), false),
    }
}

/// The state that a summary tells of, by its W3C name; else its size.
fn state_name(summary: &OutputSummary) -> String {
    use lapwing_engine::{
        ConnectionState, IceConnectionState, IceGatheringState, OutputClass as Class,
        SignalingState,
    };
    let index = usize::try_from(summary.size).unwrap_or(usize::MAX);
    let name = match summary.class {
        Class::SignalingState => SignalingState::ALL.get(index).map(|state| state.name()),
        Class::IceGatheringState => IceGatheringState::ALL.get(index).map(|state| state.name()),
        Class::IceConnectionState => IceConnectionState::ALL.get(index).map(|state| state.name()),
        Class::ConnectionState => ConnectionState::ALL.get(index).map(|state| state.name()),
        _ if summary.size > 0 => return count(summary.size, "byte"),
        _ => None,
    };
    name.unwrap_or_default().to_owned()
}

fn of_event(event: &Event) -> (String, String, bool) {
    let named = |kind: &str, detail: String, frequent| (kind.to_owned(), detail, frequent);
    match event {
        Event::Frame(received) => {
            let (mid, frame) = (received.mid, &received.frame);
            let detail = format!("{mid} {}, {}", frame.codec, count(frame.data.len(), "byte"));
            named("Frame", detail, true)
        }
        Event::Packet(packet) => {
            let detail = format!("{} {}", packet.mid, count(packet.payload.len(), "byte"));
            named("Packet", detail, true)
        }
        Event::ChannelMessage(message) => {
            let detail = format!("{:?}, {}", message.id, count(message.data.len(), "byte"));
            named("ChannelMessage", detail, true)
        }
        Event::BandwidthEstimated(rate) => named("BandwidthEstimated", rate.to_string(), true),
        Event::IceCandidate(signalled) => named("IceCandidate", signalled.line(), false),
        Event::SelectedPairChanged(pair) => {
            let detail = format!("{} {} > {}", pair.protocol, pair.local, pair.remote);
            named("SelectedPairChanged", detail, false)
        }
        Event::SignalingStateChanged(state) => state_change("SignalingState", state.name()),
        Event::IceGatheringStateChanged(state) => state_change("IceGatheringState", state.name()),
        Event::IceConnectionStateChanged(state) => state_change("IceConnectionState", state.name()),
        Event::ConnectionStateChanged(state) => state_change("ConnectionState", state.name()),
        other => {
            let text = format!("{other:?}");
            let end = text.find(['(', ' ', '{']).unwrap_or(text.len());
            named(&text[..end], text[end..].trim().to_owned(), false)
        }
    }
}

fn state_change(kind: &str, name: &str) -> (String, String, bool) {
    (kind.to_owned(), name.to_owned(), false)
}

fn bytes(blob: &Blob<'_>) -> String {
    match blob.whole() {
        Some(whole) => count(whole.len(), "byte"),
        None => format!("{}, left out", count(blob.length(), "byte")),
    }
}

/// The fields of an entry or command, without its name.
fn fields(thing: &impl fmt::Debug, name: &str) -> String {
    let text = format!("{thing:?}");
    text.strip_prefix(name).unwrap_or(&text).trim().to_owned()
}
