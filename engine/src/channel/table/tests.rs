use super::*;
use crate::config::{CHANNELS_MAX, Config};
use crate::session::Transport;

const BUFFER: usize = 1 << 20;

fn session() -> Transport {
    Transport::new(&Config::seeded(1), crate::test_time::origin())
}

/// A channel as the session names it.
fn channel(session: &mut Transport) -> SessionChannel {
    session.open_channel(&ChannelConfig::new(""))
}

#[test]
fn a_peer_that_opens_more_than_it_may_means_harm() {
    let (mut session, mut table) = (session(), ChannelTable::new(CHANNELS_MAX, BUFFER));
    for _ in 0..CHANNELS_MAX {
        let channel = channel(&mut session);
        assert!(matches!(table.opened(channel, "x", "", true), Opened::As(_, true)));
    }
    let one_more = channel(&mut session);
    assert_eq!(table.opened(one_more, "x", "", true), Opened::TooMany);
    let ours = table.create(ChannelConfig::new("x"), &mut session);
    assert_eq!(ours, Err(ChannelError::TooMany));
    assert_eq!(table.close_all().len(), CHANNELS_MAX);
    assert_eq!((table.texts, table.waiting), (0, 0));
}

#[test]
fn long_names_cost_nothing() {
    let (mut session, mut table) = (session(), ChannelTable::new(CHANNELS_MAX, BUFFER));
    let long = "x".repeat(65_535);
    for round in 0..REFUSED_MAX {
        let channel = channel(&mut session);
        let (label, protocol) = if round % 2 == 0 { (&*long, "") } else { ("", &*long) };
        assert_eq!(table.opened(channel, label, protocol, true), Opened::Refused);
    }
    let channel = channel(&mut session);
    assert_eq!(table.opened(channel, &long, "", true), Opened::TooMany);
    assert_eq!((table.texts, table.entries.len()), (0, 0));
}

#[test]
fn all_names_together_have_a_limit() {
    let (mut session, mut table) = (session(), ChannelTable::new(CHANNELS_MAX, BUFFER));
    let name = "x".repeat(CHANNEL_TEXT_BYTES_MAX);
    let taken = std::iter::repeat_with(|| {
        let channel = channel(&mut session);
        table.opened(channel, &name, "", true)
    });
    let taken = taken.take_while(|opened| matches!(opened, Opened::As(..))).count();
    assert_eq!(taken, TEXTS_BYTES_MAX / CHANNEL_TEXT_BYTES_MAX);
    assert!(table.texts <= TEXTS_BYTES_MAX);
}

#[test]
fn an_agreed_stream_is_taken_once() {
    let (mut session, mut table) = (session(), ChannelTable::new(CHANNELS_MAX, BUFFER));
    let mut config = ChannelConfig::new("agreed");
    config.negotiated = Some(7);
    let id = table.create(config.clone(), &mut session).expect("a free stream");
    assert_eq!(table.create(config.clone(), &mut session), Err(ChannelError::IdInUse));
    table.open_queued(&mut session);
    // The session has it now, also when the table forgot it.
    assert_eq!(table.close_all(), [id]);
    assert_eq!(table.create(config, &mut session), Err(ChannelError::IdInUse));
}
