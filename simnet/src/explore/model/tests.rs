//! Engines that do right are as the model is, and each way of doing wrong is named.

use lapwing_engine::{
    ChannelConfig, Config, Direction, MediaKind, NegotiationRole, Reliability, Rtc, SdpType,
    SessionDescription, SignalingState, TransceiverInit,
};

use super::exchange::after;
use super::{
    Announced, Heard, Judged, Ledger, Model, Said, Seen, Written, stalled, unasked, unlike,
    unwritten,
};
use crate::time::{Clock, Time};

struct End {
    rtc: Rtc,
    model: Model,
}

impl End {
    fn new(number: u64) -> Self {
        let polite = number == 2;
        let role = if polite { NegotiationRole::Polite } else { NegotiationRole::Impolite };
        let rtc = Rtc::new(
            Config::seeded(number).with_role(role),
            Clock::arbitrary().instant(Time::ZERO),
        );
        End { rtc, model: Model::new(polite) }
    }

    fn compare(&mut self) -> Result<(), String> {
        self.model.compare(&Seen::of(&mut self.rtc))
    }

    fn add(&mut self, kind: MediaKind, direction: Direction, stream: &str) {
        let init = TransceiverInit::new(direction).with_stream(stream);
        let id = self.rtc.negotiation().add_transceiver(kind, init);
        self.model.add(id, kind, direction, stream);
    }

    fn offer(&mut self) -> SessionDescription {
        let offer = self.rtc.negotiation().create_offer().expect("there is something to offer");
        let said = read(&offer);
        self.model.check_offer(&said).expect("it is as it must be");
        self.rtc.negotiation().set_local(&offer).expect("it was just made");
        assert!(self.model.set_local(SdpType::Offer, &said));
        self.compare().expect("the offer is set");
        offer
    }

    fn hear(&mut self, heard: &SessionDescription) -> Heard {
        self.rtc.negotiation().set_remote(heard).expect("it is taken");
        let outcome = self.model.set_remote(heard.kind, &read(heard));
        self.compare().expect("it is heard");
        outcome
    }

    fn answer(&mut self, kind: SdpType) -> SessionDescription {
        let answer = self.rtc.negotiation().create_answer().expect("an offer waits");
        let answer = SessionDescription { kind, ..answer };
        let said = read(&answer);
        self.model.check_answer(&said).expect("it is as it must be");
        self.rtc.negotiation().set_local(&answer).expect("it was just made");
        assert!(self.model.set_local(kind, &said));
        self.compare().expect("the answer is set");
        answer
    }
}

fn read(said: &SessionDescription) -> Said {
    Said::read(said).expect("it can be followed")
}

/// Two ends that have agreed on a video m-line.
fn agreed() -> [End; 2] {
    let [mut a, mut b] = [End::new(1), End::new(2)];
    a.add(MediaKind::Video, Direction::SendRecv, "s");
    let offer = a.offer();
    assert_eq!(b.hear(&offer), Heard::Applied);
    let answer = b.answer(SdpType::Answer);
    assert_eq!(a.hear(&answer), Heard::Applied);
    Model::agree(&a.model, &b.model).expect("they agree");
    [a, b]
}

#[test]
fn a_provisional_answer_a_collision_and_a_rollback_are_followed() {
    let [mut a, mut b] = agreed();
    assert!(!a.model.needs_offer() && !b.model.needs_offer());
    a.add(MediaKind::Audio, Direction::SendOnly, "t");
    b.add(MediaKind::Audio, Direction::RecvOnly, "u");
    assert!(a.model.needs_offer() && b.model.needs_offer());
    let (first, second) = (a.offer(), b.offer());
    assert_eq!(a.hear(&second), Heard::Ignored);
    assert_eq!(b.hear(&first), Heard::RolledBack);
    let early = b.answer(SdpType::Pranswer);
    a.hear(&early);
    let answer = b.answer(SdpType::Answer);
    a.hear(&answer);
    Model::agree(&a.model, &b.model).expect("they agree");
    assert!(!a.model.needs_offer() && b.model.needs_offer());
    let offer = b.offer();
    a.hear(&offer);
    for end in [&mut a, &mut b] {
        end.rtc.negotiation().rollback().expect("an offer is pending");
        assert!(end.model.roll_back());
        end.compare().expect("it is taken back");
        assert!(!end.model.roll_back());
    }
    assert_eq!((a.model.live().len(), b.model.live().len()), (2, 3));
}

/// What an engine does that it must not, and what the model says.
#[test]
fn each_wrong_step_is_named() {
    type Wrong = fn(&mut End);
    let table: [(&str, Wrong); 7] = [
        ("the state is have-local-offer instead of stable", |end| {
            let offer = end.rtc.negotiation().create_offer().expect("an m-line is there");
            end.rtc.negotiation().set_local(&offer).expect("it was just made");
        }),
        ("there should be no", |end| {
            let init = TransceiverInit::default();
            end.rtc.negotiation().add_transceiver(MediaKind::Audio, init);
        }),
        ("is missing", |end| {
            let id = end.model.live()[0];
            end.rtc.negotiation().stop(id).expect("it lives");
        }),
        ("should be", |end| {
            let id = end.model.live()[0];
            end.rtc.negotiation().set_direction(id, Direction::Inactive).expect("it lives");
        }),
        ("there should be no", |end| assert!(end.model.stop(end.model.live()[0]))),
        ("the local description is", |end| {
            let current = end.model.current.as_mut().expect("an exchange is complete");
            current.local.lines[0].direction = Direction::RecvOnly;
        }),
        ("the remote description is", |end| {
            let current = end.model.current.as_mut().expect("an exchange is complete");
            current.remote.ufrag = None;
        }),
    ];
    for (expected, wrong) in table {
        let [mut a, _] = agreed();
        wrong(&mut a);
        let named = a.compare().expect_err(expected);
        assert!(named.contains(expected), "{named}");
    }
}

#[test]
fn offers_and_answers_that_are_wrong_are_named() {
    let [mut a, mut b] = agreed();
    let offer = a.offer();
    b.hear(&offer);
    let judge = |end: &End, said: &Said| match end.model.state() {
        SignalingState::HaveRemoteOffer => end.model.check_answer(said),
        _ => end.model.check_offer(said),
    };
    let mut said = read(&offer);
    said.lines[0].direction = Direction::SendOnly;
    assert!(judge(&a, &said).expect_err("a direction").starts_with("m-line 0 is"));
    said = read(&offer);
    said.lines[0].streams = vec!["other".to_owned()];
    assert!(judge(&a, &said).expect_err("a stream").starts_with("m-line 0 has"));
    said = read(&offer);
    said.lines.clear();
    assert_eq!(judge(&a, &said), Err("0 m-lines instead of 1".to_owned()));
    said = read(&offer);
    said.ufrag = Some("other".to_owned());
    assert_eq!(judge(&a, &said), Err("the offer restarts ICE unasked".to_owned()));
    a.model.restart();
    assert_eq!(judge(&a, &read(&offer)), Err("the offer does not restart ICE".to_owned()));
    let answer = b.rtc.negotiation().create_answer().expect("an offer waits");
    assert_eq!(judge(&b, &read(&answer)), Ok(()));
    said = read(&answer);
    said.lines[0].rejected = true;
    assert!(judge(&b, &said).expect_err("a rejection").starts_with("m-line 0 is"));
    said = read(&answer);
    said.ufrag = Some("other".to_owned());
    assert!(judge(&b, &said).expect_err("a restart").ends_with("and the answer not alike"));
}

#[test]
fn ends_that_do_not_agree_are_named() {
    let [mut a, b] = agreed();
    a.model.transceivers[0].negotiated.current = Some(Direction::SendOnly);
    let named = Model::agree(&a.model, &b.model).expect_err("directions");
    assert!(named.contains("sendonly") && named.contains("sendrecv"), "{named}");
    let [mut a, b] = agreed();
    a.add(MediaKind::Audio, Direction::SendOnly, "t");
    a.offer();
    let named = Model::agree(&a.model, &b.model);
    assert_eq!(named, Err("a is in have-local-offer".to_owned()));
}

#[test]
fn a_track_takes_what_never_sent() {
    let [mut a, mut b] = agreed();
    let known = a.model.live()[0];
    let turned = |end: &mut End| {
        let id = end.model.live()[0];
        assert!(end.model.turn(id, Direction::RecvOnly));
        end.rtc.negotiation().set_direction(id, Direction::RecvOnly).expect("it lives");
    };
    turned(&mut a);
    let offer = a.offer();
    b.hear(&offer);
    let answer = b.answer(SdpType::Answer);
    a.hear(&answer);
    let id = a.rtc.negotiation().add_track(MediaKind::Video, TransceiverInit::default());
    assert_ne!(id, known, "it has sent before");
    let wrong = a.model.clone().add_track(known, MediaKind::Video, "x");
    assert!(wrong.expect_err("it has sent").contains("sends or has sent"));
    assert_eq!(a.model.add_track(id, MediaKind::Video, "x"), Ok(()));
}

/// RFC 9429 section 3.2, figure 2.
#[test]
fn the_states_of_the_figure() {
    let mut rows = Vec::new();
    for &state in SignalingState::ALL {
        for ours in [true, false] {
            let cells =
                SdpType::ALL.map(|kind| after(state, ours, kind).map_or("-", SignalingState::name));
            rows.push(format!("{state} {ours}: {}", cells.join(" ")));
        }
    }
    let expected = [
        "stable true: have-local-offer - - -",
        "stable false: have-remote-offer - - -",
        "have-local-offer true: have-local-offer - - stable",
        "have-local-offer false: - have-remote-pranswer stable -",
        "have-remote-offer true: - have-local-pranswer stable -",
        "have-remote-offer false: have-remote-offer - - stable",
        "have-local-pranswer true: - have-local-pranswer stable -",
        "have-local-pranswer false: - - - -",
        "have-remote-pranswer true: - - - -",
        "have-remote-pranswer false: - have-remote-pranswer stable -",
        "closed true: - - - -",
        "closed false: - - - -",
    ];
    assert_eq!(rows, expected);
}

fn announced(remote: bool, stream: u16) -> Announced {
    Announced { protocol: String::new(), ordered: true, remote, stream: Some(stream) }
}

/// The ledgers of two ends that have a channel, which the first one created.
fn pair(config: ChannelConfig) -> [Ledger; 2] {
    let mut ledgers = [Ledger::default(), Ledger::default()];
    ledgers[0].asked(config.clone());
    for (end, ledger) in ledgers.iter_mut().enumerate() {
        let announced = Announced { ordered: config.ordered, ..announced(end == 1, 4) };
        ledger.opened(&config.label, announced).expect("once");
    }
    ledgers
}

fn message(number: u8) -> Written {
    Written::of(true, &[number])
}

#[test]
fn channels_that_are_not_as_they_must_be_are_named() {
    let start = pair(ChannelConfig::new("x"));
    let none = [Ledger::default(), Ledger::default()];
    let judge = |now: &[Ledger; 2]| unlike(none.each_ref(), now.each_ref()).unwrap_or_default();
    assert_eq!(judge(&start), "");
    let unheard = [start[0].clone(), Ledger::default()];
    assert_eq!(judge(&unheard), "x does not open at b");
    let mut closed = start.clone();
    closed[0].closed("x").expect("once");
    assert_eq!(judge(&closed), "x closes at a by itself");
    closed[0].closed_here("x");
    assert_eq!(judge(&closed), "x does not close at b");
    assert_eq!(closed[0].opened("x", announced(false, 4)), Err("x opens again".to_owned()));
    assert_eq!(closed[0].closed("x"), Err("x closes again".to_owned()));
    assert_eq!(
        closed[0].received("x", message(1)),
        Err("a message on x, which is not open".to_owned())
    );
    assert_eq!(
        closed[1].opened("y", announced(true, 4)),
        Err("y opens on stream 4, which x has".to_owned())
    );
    assert_eq!(closed[0].opened("y", announced(true, 4)), Ok(()), "it is free here");
}

#[test]
fn channels_that_are_not_as_they_were_asked_for_are_named() {
    let judge = |ledgers: &[Ledger; 2]| unasked(ledgers.each_ref()).unwrap_or_default();
    let start = pair(ChannelConfig { ordered: false, ..ChannelConfig::new("x") });
    assert_eq!(judge(&start), "");
    let mut ledgers = [start[0].clone(), Ledger::default()];
    ledgers[1].opened("x", announced(true, 4)).expect("once");
    assert!(judge(&ledgers).starts_with("x is ("), "{}", judge(&ledgers));
    let other = Announced { ordered: false, ..announced(true, 6) };
    let mut ledgers = [start[0].clone(), Ledger::default()];
    ledgers[1].opened("x", other.clone()).expect("once");
    assert_eq!(judge(&ledgers), "x has stream 4 at a and 6 at b");
    ledgers[1].opened("z", Announced { stream: Some(8), ..other }).expect("once");
    let ledgers = [Ledger::default(), ledgers[1].clone()];
    assert_eq!(judge(&ledgers), "x opens at b, and nobody asked for it");
}

/// What comes of four messages, by what was asked of them.
#[test]
fn messages_that_may_not_come_are_named() {
    let judge = |ordered: bool, reliability: Reliability, came: &[u8]| {
        let config = ChannelConfig { ordered, reliability, ..ChannelConfig::new("x") };
        let mut ledgers = pair(config);
        [0, 1, 2, 3].into_iter().for_each(|number| ledgers[0].wrote("x", message(number)));
        let came = came.iter().map(|number| ledgers[1].received("x", message(*number)));
        came.collect::<Result<(), String>>().expect("it is open");
        unwritten(ledgers.each_ref(), &mut Judged::default()).unwrap_or_default()
    };
    let (sure, once) = (Reliability::Reliable, Reliability::MaxRetransmits { count: 0 });
    assert_eq!(judge(true, sure, &[0, 1, 2]), "");
    assert_eq!(judge(true, sure, &[0, 2]), "x at b: message 1 is out of its turn");
    assert_eq!(judge(true, sure, &[0, 1, 1]), "x at b: message 2 comes again");
    assert_eq!(judge(true, sure, &[0, 9]), "x at b: message 1 was never written");
    assert_eq!(judge(false, sure, &[3, 0, 2, 1]), "");
    assert_eq!(judge(false, sure, &[3, 3]), "x at b: message 1 comes again");
    assert_eq!(judge(true, once, &[0, 3]), "");
    assert_eq!(judge(true, once, &[3, 0]), "x at b: message 1 is out of its turn");
    assert_eq!(judge(false, once, &[3, 0]), "");
    assert_eq!(judge(false, once, &[7]), "x at b: message 0 was never written");
    let text = [Written::of(false, b"a"), Written::of(true, b"a")];
    assert_ne!(text[0], text[1], "text is not bytes");
}

#[test]
fn messages_that_do_not_come_are_named() {
    for (reliability, expected) in [
        (Reliability::Reliable, "1 of 20 messages of x from a"),
        (Reliability::MaxLifetime { ms: 5 }, ""),
    ] {
        let before = pair(ChannelConfig { reliability, ..ChannelConfig::new("x") });
        let mut now = before.clone();
        (0..20).for_each(|number| now[0].wrote("x", message(number)));
        let written = now.clone();
        let text = stalled(before.each_ref(), now.each_ref());
        assert_eq!(text.as_deref(), Some("none of 20 messages of x from a"));
        for number in (0..20).filter(|number| *number != 7) {
            now[1].received("x", message(number)).expect("it is open");
        }
        assert_eq!(stalled(before.each_ref(), now.each_ref()), None);
        let text = unlike(written.each_ref(), now.each_ref()).unwrap_or_default();
        assert_eq!(text, expected);
    }
}
