//! What a user clicks: tracks, channels and the steps of an exchange, in any state.

use std::time::{Duration, Instant};

use lapwing_engine::{
    CodecPreference, Direction, MediaKind, NegotiationError, Rtc, SignalingState, TransceiverId,
    TransceiverInit,
};

use super::caller::{AnswerPlan, Caller, OfferPlan};
use super::click::Click;
use super::coverage::Aspect;
use super::injected::InjectedFault;
use super::invariant::Invariant;

/// M-lines that clicks make at most.
const LINES_MAX: usize = 6;

impl Caller {
    pub(super) fn click(&mut self, click: Click, rtc: &mut Rtc, now: Instant) {
        if self.closed.is_some() || rtc.signaling_state() == SignalingState::Closed {
            return;
        }
        self.reached.reach(Aspect::Action, click.word());
        match click {
            Click::Add(kind, direction) => self.add(kind, direction, rtc),
            Click::Track(kind) => self.add_track(kind, rtc),
            Click::Stop(number) => self.stop(number, rtc),
            Click::Turn(number, direction) => self.turn(number, direction, rtc),
            Click::Streams(number, count) => self.set_streams(number, count, rtc),
            Click::Prefer(number, list) => self.prefer(number, list, rtc),
            Click::Offer => self.offer_at_any_time(rtc),
            Click::OfferTwice => self.plan_offer(OfferPlan::Twice, rtc),
            Click::OfferAndRollBack => self.plan_offer(OfferPlan::RollBack, rtc),
            Click::Decline => self.answers = AnswerPlan::Decline,
            Click::AnswerLate(ms) => self.answers = AnswerPlan::Late(millis(ms)),
            Click::AnswerProvisionally(ms) => self.answers = AnswerPlan::Provisional(millis(ms)),
            Click::OpenChannel(terms) => self.open_channel(terms, rtc),
            Click::CloseChannel(number) => self.close_channel(number, rtc),
            Click::Bulk(number) => self.begin_bulk(number),
        }
        self.check("a click", rtc);
        let _ = now;
    }

    fn add(&mut self, kind: MediaKind, direction: Direction, rtc: &mut Rtc) {
        if self.model.live().len() >= LINES_MAX {
            return;
        }
        let stream = self.fresh_name();
        let init = TransceiverInit::new(direction).with_stream(stream.clone());
        let id = rtc.negotiation().add_transceiver(kind, init);
        self.model.add(id, kind, direction, &stream);
    }

    fn add_track(&mut self, kind: MediaKind, rtc: &mut Rtc) {
        if self.model.live().len() >= LINES_MAX {
            return;
        }
        let stream = self.fresh_name();
        let init = TransceiverInit::default().with_stream(stream.clone());
        let id = rtc.negotiation().add_track(kind, init);
        if let Err(detail) = self.model.add_track(id, kind, &stream) {
            self.violate(Invariant::AsModel, detail);
        }
    }

    /// One of the transceivers that are not stopped.
    fn pick(&self, number: u32) -> Option<TransceiverId> {
        let live = self.model.live();
        let count = u32::try_from(live.len()).ok()?;
        live.get(number.checked_rem(count)? as usize).copied()
    }

    fn stop(&mut self, number: u32, rtc: &mut Rtc) {
        let Some(id) = self.pick(number) else { return };
        if self.fault != Some(InjectedFault::KeepsStopped) {
            let done = rtc.negotiation().stop(id);
            self.expect("stop", done, true);
            let again = rtc.negotiation().stop(id);
            self.expect("stop again", again, false);
        }
        self.model.stop(id);
    }

    fn turn(&mut self, number: u32, direction: Direction, rtc: &mut Rtc) {
        let Some(id) = self.pick(number) else { return };
        let done = rtc.negotiation().set_direction(id, direction);
        let allowed = self.model.turn(id, direction);
        self.expect("set_direction", done, allowed);
        self.turned = true;
    }

    fn set_streams(&mut self, number: u32, count: u32, rtc: &mut Rtc) {
        let Some(id) = self.pick(number) else { return };
        let names: Vec<String> = (0..count).map(|_| self.fresh_name()).collect();
        let done = rtc.negotiation().set_streams(id, names.clone());
        let allowed = self.model.set_streams(id, &names);
        self.expect("set_streams", done, allowed);
    }

    /// Each list but the last has what the caller sends, so that m-lines stay in use.
    fn prefer(&mut self, number: u32, list: u32, rtc: &mut Rtc) {
        let Some(id) = self.pick(number) else { return };
        let video = rtc
            .negotiation()
            .transceivers()
            .iter()
            .any(|one| one.id == id && one.kind == MediaKind::Video);
        let names: &[&str] = match (list % 4, video) {
            (0, true) => &["VP8", "rtx"],
            (1, true) => &["VP9", "VP8"],
            (2, true) => &["H264", "VP8", "rtx"],
            (0, false) => &["opus"],
            (1, false) => &["PCMU", "opus"],
            (2, false) => &["opus", "PCMA"],
            _ => &["nothing"],
        };
        let list: Vec<CodecPreference> = names.iter().map(|name| preference(name)).collect();
        let known = names != ["nothing"];
        let done = rtc.negotiation().set_codec_preferences(id, list);
        self.expect("set_codec_preferences", done, known);
    }

    fn plan_offer(&mut self, plan: OfferPlan, rtc: &mut Rtc) {
        self.offers = plan;
        if self.model.state() == SignalingState::Stable {
            self.offer(rtc);
        }
    }

    /// An offer where it may be one, and one that must be refused elsewhere.
    fn offer_at_any_time(&mut self, rtc: &mut Rtc) {
        match self.model.state() {
            SignalingState::Stable => self.offer(rtc),
            SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPranswer => {
                let refused = rtc.negotiation().create_offer();
                let refused = refused.and_then(|offer| rtc.negotiation().set_local(&offer));
                self.expect("an offer before the answer", refused, false);
            }
            // The peer has one: another would cross its answer.
            _ => {}
        }
    }

    fn expect(&mut self, what: &str, done: Result<(), NegotiationError>, allowed: bool) {
        if done.is_ok() != allowed {
            let words = if allowed { "must be taken" } else { "must be refused" };
            self.violate(Invariant::AsModel, format!("{what} {words}: {done:?}"));
        }
    }
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

fn preference(name: &str) -> CodecPreference {
    let (clock_rate, channels) = match name {
        "opus" => (48_000, Some(2)),
        "PCMU" | "PCMA" => (8_000, Some(1)),
        _ => (90_000, None),
    };
    CodecPreference { name: name.to_owned(), clock_rate, channels, parameters: None }
}
