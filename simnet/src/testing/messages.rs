//! Messages of data channels, by the channel's label.

use std::fmt;
use std::time::Duration;

use lapwing_engine::{ChannelId, ChannelWriteError, Event};

use super::wait::{TimedOut, wait_until};
use crate::host::{Application, Inbox, RtcHost};
use crate::sim::{Handle, Sim};

/// A message of a data channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// UTF-8.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Message::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Message::Binary(bytes)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Message::Binary(bytes.to_owned())
    }
}

impl Message {
    fn parts(&self) -> (bool, &[u8]) {
        match self {
            Message::Text(text) => (false, text.as_bytes()),
            Message::Binary(bytes) => (true, bytes),
        }
    }
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// No channel of this label has opened.
    NoChannel(String),
    /// The channel does not take it.
    Refused(ChannelWriteError),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendError::NoChannel(label) => write!(f, "no channel {label:?} has opened"),
            SendError::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SendError {}

/// Writes a message to the channel of this label. An application of one's own that keeps an
/// [`Inbox`], and shows it, can be spoken for too.
///
/// # Errors
/// [`SendError`].
pub fn send<A: Application + AsRef<Inbox>>(
    sim: &mut Sim,
    from: Handle<RtcHost<A>>,
    label: &str,
    message: impl Into<Message>,
) -> Result<(), SendError> {
    let message = message.into();
    let missing = || SendError::NoChannel(label.to_owned());
    let id = channel(sim.endpoint(from).application().as_ref(), label).ok_or_else(missing)?;
    sim.with(from, |host, cx| {
        host.act(cx, |rtc, _, _| {
            let (binary, data) = message.parts();
            let mut channel = rtc.channel(id).ok_or_else(missing)?;
            channel.write(binary, data).map_err(SendError::Refused)
        })
    })
}

/// All messages that have come on the channel of this label, in the order of arrival.
pub fn received<A: Application + AsRef<Inbox>>(
    sim: &Sim,
    at: Handle<RtcHost<A>>,
    label: &str,
) -> Vec<Message> {
    let inbox = sim.endpoint(at).application().as_ref();
    let id = channel(inbox, label);
    let events = inbox.events.iter().filter_map(|(_, event)| match event {
        Event::ChannelMessage(message) if Some(message.id) == id => Some(message),
        _ => None,
    });
    events
        .map(|message| match message.binary {
            true => Message::Binary(message.data.to_vec()),
            false => Message::Text(String::from_utf8_lossy(&message.data).into_owned()),
        })
        .collect()
}

/// Runs until exactly these messages have come on the channel of this label, in this order, and
/// gives the moment.
///
/// # Errors
/// [`TimedOut`], with what has come, where they have not `within` this time from now.
#[track_caller]
pub fn expect_messages<A: Application + AsRef<Inbox>>(
    sim: &mut Sim,
    at: Handle<RtcHost<A>>,
    label: &str,
    messages: &[Message],
    within: Duration,
) -> Result<crate::time::Time, TimedOut> {
    let deadline = sim.now() + within;
    let mut seen = usize::MAX;
    let mut verdict = Ok(());
    wait_until(sim, deadline, |sim| {
        let events = sim.endpoint(at).application().as_ref().events.len();
        if events != seen {
            seen = events;
            let came = received(sim, at, label);
            verdict = match came == messages {
                true => Ok(()),
                false => Err(format!("on {label:?} came {came:?}, not {messages:?}")),
            };
        }
        verdict.clone()
    })
}

/// The channel that opened last with this label.
pub(super) fn channel(inbox: &Inbox, label: &str) -> Option<ChannelId> {
    inbox.events.iter().rev().find_map(|(_, event)| match event {
        Event::ChannelOpened(opened) if opened.label == label => Some(opened.id),
        _ => None,
    })
}
