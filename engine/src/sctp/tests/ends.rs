//! How associations end.

use std::time::Duration;

use super::link::{Pair, Path, content, negotiated, path};
use crate::channel::ChannelConfig;
use crate::sctp::{EndReason, Event, OpenError, Output, WriteError};

fn last(pair: &Pair, end: usize) -> Option<&Event> {
    pair.events[end].last()
}

#[test]
fn a_shutdown_delivers_first() {
    let mut pair = Pair::connected(1, Path { loss: 50, ..path(30) });
    let a = pair.open(0, &negotiated(1));
    let b = pair.open(1, &negotiated(1));
    pair.idle();
    pair.write(0, a, &content(200_000, 1));
    pair.write(1, b, &content(100_000, 2));
    pair.ends[0].shutdown();
    assert_eq!(pair.ends[0].write(a, true, b"late"), Err(WriteError::NotOpen));
    assert_eq!(pair.ends[0].open(&ChannelConfig::new("late")), Err(OpenError::Ended));
    pair.idle();
    assert_eq!(pair.messages(1, b), [content(200_000, 1)]);
    assert_eq!(pair.messages(0, a), [content(100_000, 2)]);
    assert_eq!(last(&pair, 0), Some(&Event::Ended(EndReason::Local)));
    assert_eq!(last(&pair, 1), Some(&Event::Ended(EndReason::Shutdown)));
    for end in 0..2 {
        assert!(pair.ends[end].is_ended() && !pair.ends[end].is_established());
        assert_eq!(pair.count(end, |event| matches!(event, Event::Closed(_))), 1);
        assert_eq!(pair.count(end, |event| matches!(event, Event::Ended(_))), 1);
        assert_eq!(pair.ends[end].next_timeout(), None);
    }
}

#[test]
fn both_shut_down_at_once() {
    let mut pair = Pair::connected(2, path(30));
    pair.ends.iter_mut().for_each(|end| end.shutdown());
    pair.idle();
    for end in 0..2 {
        assert_eq!(last(&pair, end), Some(&Event::Ended(EndReason::Local)));
    }
}

#[test]
fn a_shutdown_that_nobody_answers_ends() {
    let mut pair = Pair::connected(3, path(30));
    pair.path.loss = 1_000;
    pair.ends[0].shutdown();
    pair.run(Duration::from_secs(60));
    assert_eq!(last(&pair, 0), Some(&Event::Ended(EndReason::NoAnswer)));
}

#[test]
fn an_abort_is_told_to_the_peer() {
    let mut pair = Pair::connected(4, path(30));
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.idle();
    pair.write(0, a, &content(100_000, 1));
    pair.ends[0].abort();
    pair.ends[0].abort();
    pair.idle();
    assert_eq!(last(&pair, 0), Some(&Event::Ended(EndReason::Local)));
    assert_eq!(last(&pair, 1), Some(&Event::Ended(EndReason::Aborted { cause: Some(12) })));
    assert!(pair.is_closed(0, a) && pair.is_closed(1, pair.remote(1, "x")));
}

#[test]
fn an_end_before_the_begin() {
    for is_shutdown in [true, false] {
        let mut pair = Pair::new(5, path(30));
        let a = pair.open(0, &ChannelConfig::new("x"));
        if is_shutdown {
            pair.ends[0].shutdown();
        } else {
            pair.ends[0].abort();
        }
        pair.run(Duration::from_secs(5));
        let expected = [Event::Closed(a), Event::Ended(EndReason::Local)];
        assert_eq!(pair.events[0], expected);
        assert!(!pair.ends[1].is_established());
    }
}

#[test]
fn a_peer_that_did_not_hear_the_last_word_is_told_again() {
    let mut pair = Pair::connected(6, path(30));
    pair.ends[0].shutdown();
    // SHUTDOWN, SHUTDOWN ACK; then the answer to that is lost.
    pair.run_until(Duration::from_secs(5), |pair| pair.ends[0].is_ended());
    pair.ends[1].handle_timeout(pair.now);
    while let Some(output) = pair.ends[1].poll() {
        assert!(matches!(output, Output::Event(_)));
    }
    pair.path.loss = 1_000;
    pair.run(Duration::from_millis(10));
    pair.path.loss = 0;
    pair.idle();
    assert_eq!(last(&pair, 1), Some(&Event::Ended(EndReason::Shutdown)));
}
