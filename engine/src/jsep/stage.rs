//! Two negotiations without sessions, moved by bytes: what the fuzz target `jsep` plays.
//! Descriptions go from one to the other as they are, damaged, twice, late, or not at all, and
//! others come between.
//!
//! After each step: what was refused changed nothing, and nothing is larger than its limit.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Instant;

use super::signaling::SdpType;
use super::state::{Jsep, JsepConfig};
use super::transceiver::{CodecPreference, SendEncoding, TransceiverInit};
use super::{Effects, RemoteOutcome, direction};
use crate::candidate::{CandidateInit, IceCandidate, REMOTE_CANDIDATES_MAX};
use crate::codec::{Codec, MediaKind};
use crate::config::{Config, NegotiationRole, PeerLines};
use crate::entropy::{self, Purpose};
use crate::event::Direction;
use crate::ids::{Rid, TransceiverId};
use crate::sdp::{Description, MEDIA_LINES_MAX};
use crate::session::agreed::{Capabilities, IceCredentials, LocalTransport};
use crate::session::{Session, Transport};
use crate::state::SignalingState;

/// Steps of one play. More tell nothing that several plays do not.
const STEPS_MAX: usize = 32;

/// Descriptions under way to one side.
const MAIL_MAX: usize = 8;

/// What is the same for all plays.
#[derive(Debug)]
pub struct Stage {
    capabilities: Arc<Capabilities>,
    local: LocalTransport,
    foreign: Vec<Description>,
}

impl Stage {
    /// With descriptions of others, of which those that cannot be read are left out.
    pub fn new(foreign: &[&str], now: Instant) -> Self {
        let session = Transport::new(&Config::seeded(1), now);
        let (capabilities, local) = (session.capabilities(), session.local_transport());
        let foreign = foreign.iter().filter_map(|text| Description::parse(text).ok()).collect();
        Stage { capabilities, local, foreign }
    }

    /// Plays what the bytes say.
    ///
    /// # Panics
    /// When something does not hold: that is what is sought.
    pub fn play(&self, bytes: &[u8]) {
        let mut script = Script(bytes);
        let mut play = Play::new(self, script.byte());
        for _ in 0..STEPS_MAX {
            if script.0.is_empty() {
                return;
            }
            play.step(&mut script);
        }
    }
}

/// Bytes that decide; zeros at their end.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()).checked_rem(count).unwrap_or(0)
    }
}

struct Side {
    jsep: Jsep,
    local: LocalTransport,
    generation: u8,
    /// Transceivers that the application made.
    asked: usize,
    created: Option<(SdpType, Description)>,
    mail: VecDeque<(SdpType, Description)>,
}

struct Play<'a> {
    stage: &'a Stage,
    /// What is made is read again: it costs more than all the rest, so not every play does so.
    reads: bool,
    sides: [Side; 2],
}

impl<'a> Play<'a> {
    fn new(stage: &'a Stage, config: u8) -> Self {
        let side = |number: u8| {
            let role = match number ^ (config & 1) {
                0 => NegotiationRole::Polite,
                _ => NegotiationRole::Impolite,
            };
            let mut config_of = Config::seeded(u64::from(number)).with_role(role);
            if config & 2 != 0 {
                config_of.peer_lines = PeerLines::Receive;
            }
            // Few codecs: several times as many plays, and as many orders of steps.
            if config & 12 != 0 {
                config_of.codecs = vec![Codec::Opus, Codec::Vp8];
            }
            let mut side = Side {
                jsep: Jsep::new(JsepConfig::of(&config_of, &stage.capabilities)),
                local: stage.local.clone(),
                generation: number * 100,
                asked: 0,
                created: None,
                mail: VecDeque::new(),
            };
            side.renew();
            side
        };
        Play { stage, reads: config & 0xf0 == 0, sides: [side(0), side(1)] }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let head = script.byte();
        let who = usize::from(head >> 7);
        match head & 0x1f {
            0..=3 => self.sides[who].add(script, head & 0x40 != 0),
            4..=9 => self.wish(who, head & 0x1f, script),
            10..=13 => self.create(who, SdpType::Offer, true),
            14..=16 => self.create(who, SdpType::Answer, true),
            17 => self.create(who, SdpType::Pranswer, true),
            18 => self.create(who, SdpType::Offer, head & 0x40 != 0),
            19 => self.roll_back(who, head & 0x40 != 0),
            20..=24 => self.deliver(who, None),
            25 => self.deliver(who, Some(script)),
            26 => self.deliver_foreign(who, script),
            27 => self.reorder(who, head & 0x40 != 0),
            28 => self.candidate(who, script),
            29 => self.set_created_again(who),
            30 => self.sides[who].jsep.want_data_channels(head & 0x40 == 0),
            _ => self.sides[who].end(script),
        }
        self.check();
    }

    /// Something is asked of a transceiver.
    fn wish(&mut self, who: usize, what: u8, script: &mut Script<'_>) {
        let capabilities = &self.stage.capabilities;
        self.sides[who].unless_refused(|side| {
            let Some(id) = side.pick(script) else { return Ok(()) };
            match what {
                4 | 5 => side.jsep.set_direction(id, way(script)),
                6 | 7 => side.jsep.stop(id),
                8 => {
                    let names = ["VP8", "VP9", "H264", "AV1", "rtx", "opus", "PCMU", "none"];
                    let count = script.below(4);
                    let list = (0..count).map(|_| preference(names[script.below(names.len())]));
                    side.jsep.set_codec_preferences(id, list.collect(), capabilities)
                }
                _ if script.byte() & 1 == 0 => {
                    let names = (0..script.below(3)).map(|number| format!("s{number}")).collect();
                    side.jsep.set_streams(id, names)
                }
                _ => {
                    let count = 1 + script.below(2);
                    side.jsep.set_parameters(id, vec![SendEncoding::new(None); count])
                }
            }
        });
    }

    /// A description is made, set where it is to be, and sent.
    fn create(&mut self, who: usize, kind: SdpType, set: bool) {
        let capabilities = &self.stage.capabilities;
        let side = &mut self.sides[who];
        let restarts = match kind {
            SdpType::Offer => side.jsep.restart_wanted(),
            _ => side.jsep.answer_restarts(),
        };
        if restarts {
            side.renew();
        }
        let made = match kind {
            SdpType::Offer => side.jsep.create_offer(&side.local, capabilities),
            _ => side.jsep.create_answer(&side.local, capabilities),
        };
        let Ok(made) = made else { return };
        if self.reads {
            assert_reads(&made);
        }
        side.created = Some((kind, made.clone()));
        let draft = Arc::new(made.clone());
        if set && side.unless_refused(|side| side.jsep.set_local(kind, draft.clone())).is_some() {
            self.send(1 - who, kind, made);
        }
    }

    /// What was made for another state is refused, or fits this one too.
    fn set_created_again(&mut self, who: usize) {
        let side = &mut self.sides[who];
        if let Some((kind, made)) = side.created.clone() {
            side.unless_refused(|side| side.jsep.set_local(kind, Arc::new(made.clone())));
        }
    }

    fn send(&mut self, to: usize, kind: SdpType, description: Description) {
        let mail = &mut self.sides[to].mail;
        if mail.len() < MAIL_MAX {
            mail.push_back((kind, description));
        }
    }

    fn roll_back(&mut self, who: usize, tell: bool) {
        let taken = self.sides[who].unless_refused(|side| side.jsep.rollback());
        if taken.is_some() && tell {
            self.send(1 - who, SdpType::Rollback, Description::default());
        }
    }

    /// The next description arrives, damaged where there is a script for that.
    fn deliver(&mut self, who: usize, damage: Option<&mut Script<'_>>) {
        let Some((kind, description)) = self.sides[who].mail.pop_front() else { return };
        let description = match damage {
            None => description,
            Some(script) => match Description::parse(&damaged(&description, script)) {
                Ok(description) => description,
                Err(_) => return,
            },
        };
        self.hear(who, kind, description);
    }

    /// A description of another stack arrives, as whatever.
    fn deliver_foreign(&mut self, who: usize, script: &mut Script<'_>) {
        let kind = SdpType::ALL[script.below(3)];
        let count = self.stage.foreign.len();
        if let Some(description) = self.stage.foreign.get(script.below(count)) {
            self.hear(who, kind, description.clone());
        }
    }

    fn hear(&mut self, who: usize, kind: SdpType, description: Description) {
        let capabilities = &self.stage.capabilities;
        let side = &mut self.sides[who];
        let before = side.jsep.clone();
        let heard = |side: &mut Side| side.jsep.set_remote(kind, description, capabilities);
        let taken: Option<(RemoteOutcome, Effects)> = side.unless_refused(heard);
        match taken {
            Some((RemoteOutcome::Ignored, effects)) => {
                assert!(side.jsep == before, "an offer that is ignored changes nothing");
                assert_eq!(effects, Effects::default());
            }
            Some((_, effects)) => side.assert_answerable(&effects, capabilities),
            None => {}
        }
    }

    fn reorder(&mut self, who: usize, again: bool) {
        let mail = &mut self.sides[who].mail;
        if again && mail.len() < MAIL_MAX {
            mail.extend(mail.front().cloned());
        } else {
            mail.rotate_left(usize::from(!mail.is_empty()));
        }
    }

    fn candidate(&mut self, who: usize, script: &mut Script<'_>) {
        let number = script.byte();
        let line = format!("candidate:{number} 1 udp {number} 192.0.2.{number} 9 typ host");
        let mid = (number & 1 == 0).then(|| (number >> 4).to_string());
        let index = (number & 2 == 0).then_some(usize::from(number >> 4));
        let candidate = IceCandidate::parse(&line).ok().filter(|_| number & 4 == 0);
        let ufrag = (number & 8 == 0).then(|| self.sides[1 - who].local.credentials.ufrag.clone());
        let init = CandidateInit { candidate, mid, index, ufrag };
        self.sides[who].unless_refused(|side| side.jsep.add_ice_candidate(init));
    }

    fn check(&self) {
        for side in &self.sides {
            let jsep = &side.jsep;
            assert!(jsep.lines.len() <= MEDIA_LINES_MAX, "{} m-lines", jsep.lines.len());
            let entries_max = 2 * MEDIA_LINES_MAX + side.asked;
            assert!(jsep.entries.len() <= entries_max, "{} transceivers", jsep.entries.len());
            assert!(jsep.waiting.0.len() <= REMOTE_CANDIDATES_MAX, "{} wait", jsep.waiting.0.len());
            assert!(jsep.replace.len() <= 2, "{} credentials", jsep.replace.len());
            let pending = !matches!(jsep.state, SignalingState::Stable | SignalingState::Closed);
            let closed = jsep.state == SignalingState::Closed;
            assert!(closed || pending == jsep.pending.is_some(), "{}", jsep.state);
            let mut mids: Vec<_> = jsep.lines.iter().map(|line| line.mid).collect();
            mids.sort_unstable();
            assert!(mids.windows(2).all(|pair| pair[0] != pair[1]), "a name for two m-lines");
        }
    }
}

impl Side {
    fn renew(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        let mut rng = entropy::stream([self.generation; 32], Purpose::IceCredentials);
        let text = entropy::ice_text(&mut rng, 32);
        let (ufrag, password) = text.split_at(8);
        self.local.credentials =
            IceCredentials { ufrag: ufrag.to_owned(), password: password.to_owned() };
    }

    /// What is refused changes nothing.
    fn unless_refused<T, E: Debug>(
        &mut self,
        step: impl FnOnce(&mut Side) -> Result<T, E>,
    ) -> Option<T> {
        let before = self.jsep.clone();
        match step(self) {
            Ok(done) => Some(done),
            Err(error) => {
                assert!(self.jsep == before, "refused, and changed all the same: {error:?}");
                None
            }
        }
    }

    /// What is taken can be answered.
    fn assert_answerable(&mut self, effects: &Effects, capabilities: &Capabilities) {
        if let Some(state) = effects.state {
            assert_eq!(state, self.jsep.state);
        }
        if self.jsep.state == SignalingState::HaveRemoteOffer {
            let answer = self.jsep.create_answer(&self.local, capabilities);
            assert!(answer.is_ok(), "an offer that was taken can be answered: {answer:?}");
        }
    }

    fn add(&mut self, script: &mut Script<'_>, track: bool) {
        let choice = script.byte();
        let kind = if choice & 1 == 0 { MediaKind::Audio } else { MediaKind::Video };
        let mut init =
            TransceiverInit::new(direction::from_parts(choice & 2 == 0, choice & 4 == 0));
        if choice & 8 != 0 && kind == MediaKind::Video {
            init.send_layers = ["h", "l"].into_iter().filter_map(Rid::new).collect();
        }
        self.asked += 1;
        match track {
            true => self.jsep.add_track(kind, init),
            false => self.jsep.add_transceiver(kind, init),
        };
    }

    fn pick(&self, script: &mut Script<'_>) -> Option<TransceiverId> {
        let all = &self.jsep.entries;
        all.get(script.below(all.len())).map(|entry| entry.id)
    }

    /// ICE is restarted; seldom everything ends.
    fn end(&mut self, script: &mut Script<'_>) {
        match script.byte() {
            0xff => drop(self.jsep.close()),
            _ => self.jsep.restart_ice(),
        }
    }
}

fn way(script: &mut Script<'_>) -> Direction {
    let choice = script.byte();
    direction::from_parts(choice & 1 == 0, choice & 2 == 0)
}

fn preference(name: &str) -> CodecPreference {
    let (clock_rate, channels) = match name {
        "opus" => (48_000, Some(2)),
        "PCMU" => (8_000, Some(1)),
        _ => (90_000, None),
    };
    CodecPreference { name: name.to_owned(), clock_rate, channels, parameters: None }
}

/// What we write is read as it is.
fn assert_reads(made: &Description) {
    let text = made.to_string();
    assert_eq!(Description::parse(&text).as_ref(), Ok(made), "{text}");
}

/// The text with a line left out, doubled, moved, cut, or another digit in it.
fn damaged(description: &Description, script: &mut Script<'_>) -> String {
    let text = description.to_string();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (change, place, other) = (script.byte(), script.byte(), script.byte());
    let count = lines.len();
    if count == 0 {
        return text;
    }
    let index = usize::from(place) % count;
    match change % 6 {
        0 => drop(lines.remove(index)),
        1 => lines.insert(index, lines[index].clone()),
        2 => lines.swap(index, usize::from(other) % count),
        3 => lines.truncate(index),
        4 => {
            let line = &lines[index];
            let cut = line.char_indices().nth(usize::from(other)).map_or(line.len(), |(at, _)| at);
            lines[index].truncate(cut);
        }
        _ => {
            let digit = char::from(b'0' + other % 10);
            let old = char::from(b'0' + other / 10 % 10);
            lines[index] = lines[index].replace(old, &digit.to_string());
        }
    }
    lines.join("\r\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stage() -> Stage {
        Stage::new(
            &[include_str!("../../tests/it/sdp/corpus/cases/02-two-b-offer.sdp")],
            crate::test_time::origin(),
        )
    }

    #[test]
    fn an_exchange_is_played() {
        let stage = stage();
        let mut play = Play::new(&stage, 0);
        // A transceiver, an offer, its delivery to the other side, the answer, and its delivery.
        let bytes = [0, 0, 10, 0x80 | 20, 0x80 | 14, 20];
        let mut script = Script(&bytes);
        while !script.0.is_empty() {
            play.step(&mut script);
        }
        for side in &play.sides {
            assert_eq!(side.jsep.state, SignalingState::Stable);
            assert!(side.jsep.current.is_some());
        }
    }

    #[test]
    #[should_panic(expected = "refused, and changed all the same")]
    fn a_step_that_leaves_half_of_itself_is_found() {
        let stage = stage();
        let mut play = Play::new(&stage, 0);
        play.sides[0].unless_refused(|side| -> Result<(), &str> {
            side.jsep.want_data_channels(true);
            Err("half done")
        });
    }

    /// An m-line without a name beside one that has the name which would be its.
    #[test]
    fn what_was_found_is_played() {
        stage().play(&[
            0x00, 0x00, 0x01, 0x0a, 0x94, 0x6d, 0xea, 0x2d, 0x0a, 0x94, 0x8e, 0x14, 0x06, 0x00,
            0x99, 0x04, 0x09, 0x31, 0x30, 0x38, 0x07, 0x8e, 0x14, 0x0a, 0x94, 0x8e, 0x14, 0x01,
            0x0a, 0x21, 0x93, 0x13, 0x2d, 0x0a, 0x94, 0x8e, 0x14, 0x06, 0x00, 0x99, 0x24, 0x09,
            0x07, 0x8e, 0x14, 0x0a, 0x94, 0x8e,
        ]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_played(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            stage().play(&bytes);
        }
    }
}
