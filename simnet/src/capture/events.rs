//! Interesting events of a run, as JSON, one object a line.

use std::fmt::Write as _;

use lapwing_engine::Event;

use crate::time::Time;
use crate::trace::{Kind, Record, Watch};

/// Lines kept at most; a run that has more is not interesting in all of them.
const LINES_MAX: usize = 1 << 20;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// When.
    pub at: Time,
    /// At which host; empty for the network and the scenario.
    pub host: String,
    /// What, in a word.
    pub kind: &'static str,
    /// What, in a few words.
    pub detail: String,
}

impl EventLine {
    /// What an engine said, unless it says it many times a second: frames, packets and messages are
    /// no events here.
    pub fn of_engine(at: Time, host: &str, event: &Event) -> Option<EventLine> {
        let (kind, detail) = match event {
            Event::Frame(_) | Event::Packet(_) | Event::ChannelMessage(_) => return None,
            Event::NegotiationNeeded => ("negotiation-needed", String::new()),
            Event::SignalingStateChanged(state) => ("signaling-state", state.to_string()),
            Event::IceCandidate(signalled) => ("candidate", signalled.line()),
            Event::IceGatheringStateChanged(state) => ("gathering-state", state.to_string()),
            Event::IceConnectionStateChanged(state) => ("ice-state", state.to_string()),
            Event::ConnectionStateChanged(state) => ("connection-state", state.to_string()),
            Event::SelectedPairChanged(pair) => {
                ("selected-pair", format!("{} {} > {}", pair.protocol, pair.local, pair.remote))
            }
            Event::TrackAdded(track) => ("track-added", format!("{} {}", track.mid, track.kind)),
            Event::TrackRemoved { mid } => ("track-removed", mid.to_string()),
            Event::TransceiverStopped { mid, .. } => {
                let mid = mid.map(|mid| mid.to_string());
                ("transceiver-stopped", mid.unwrap_or_default())
            }
            Event::TrackChanged { mid, direction } => {
                ("track-changed", format!("{mid} {}", direction.name()))
            }
            Event::KeyframeRequested { mid, kind, .. } => {
                ("keyframe-requested", format!("{mid} {kind:?}"))
            }
            Event::TrackPaused { mid, paused, .. } => {
                ("track-paused", format!("{mid} {}", if *paused { "silent" } else { "back" }))
            }
            Event::BandwidthEstimated(rate) => ("estimate", rate.as_bps().to_string()),
            Event::ChannelOpened(opened) => ("channel-opened", opened.label.clone()),
            Event::ChannelBufferedAmountLow(id) => ("channel-low", format!("{id:?}")),
            Event::ChannelClosed(id) => ("channel-closed", format!("{id:?}")),
            Event::Closed(reason) => ("closed", format!("{reason:?}")),
            other => ("other", format!("{other:?}")),
        };
        Some(EventLine { at, host: host.to_owned(), kind, detail })
    }

    /// `{"t":1.250000000,"host":"a","kind":"ice-state","detail":"connected"}`.
    pub fn to_json(&self) -> String {
        let EventLine { at, host, kind, detail } = self;
        let (host, detail) = (quoted(host), quoted(detail));
        format!("{{\"t\":{at},\"host\":{host},\"kind\":\"{kind}\",\"detail\":{detail}}}")
    }
}

/// A JSON string (RFC 8259 section 7).
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control < ' ' => {
                write!(out, "\\u{:04x}", control as u32).expect("a string takes everything");
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Collects events: drops and actions of the scenario as a [`Watch`]er, and whatever is pushed.
///
/// ```
/// use lapwing_simnet::Time;
/// use lapwing_simnet::capture::{EventLine, EventLog};
/// let mut log = EventLog::default();
/// let (host, detail) = ("a".to_owned(), "\"quoted\"".to_owned());
/// log.push(EventLine { at: Time::from_millis(1_250), host, kind: "chat", detail });
/// assert_eq!(
///     log.take(),
///     "{\"t\":1.250000000,\"host\":\"a\",\"kind\":\"chat\",\"detail\":\"\\\"quoted\\\"\"}\n"
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    pending: Vec<EventLine>,
    lines: usize,
    left_out: u64,
}

impl EventLog {
    /// Adds an event.
    pub fn push(&mut self, line: EventLine) {
        if self.lines < LINES_MAX {
            self.lines += 1;
            self.pending.push(line);
        } else {
            self.left_out += 1;
        }
    }

    /// Hands out the lines since the last time, by time.
    pub fn take(&mut self) -> String {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_by_key(|line| line.at);
        pending.into_iter().map(|line| line.to_json() + "\n").collect()
    }

    /// Events that were left out because there were too many.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

impl Watch for EventLog {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        let (kind, detail) = match record.kind {
            Kind::Acted(number) => ("action", number.to_string()),
            Kind::Dropped(reason) => {
                let packet = record.packet.map(ToString::to_string).unwrap_or_default();
                ("drop", format!("{reason:?} {:?} {packet}", record.place))
            }
            _ => return,
        };
        self.push(EventLine { at: record.at, host: String::new(), kind, detail });
    }
}
