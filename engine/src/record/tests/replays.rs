//! What commands come to, recorded and replayed.

use std::borrow::Cow;

use proptest::prelude::*;

use super::super::divergence::{Exactness, Summary};
use super::super::entry::Entry;
use super::super::options::RecordOptions;
use super::super::outcome::{OutcomeSummary, Refusal};
use super::super::reader::RecordingReader;
use super::super::replayer::Replayer;
use super::made::commands;
use super::start;
use crate::command::Command;
use crate::config::Config;
use crate::jsep::SessionDescription;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::rtc::Rtc;
use crate::test_time::origin;

/// What every command comes to, in its order, on a connection that has nothing but one m-line and a
/// channel.
#[test]
fn outcomes_are_recorded_by_kind() {
    let config = Config::seeded(1).with_recording(RecordOptions::default());
    let mut rtc = Rtc::new(config, origin());
    for command in commands(7, "some text", b"some bytes") {
        rtc.dispatch(&command, origin());
    }
    let recording = rtc.finish_recording();
    let read = RecordingReader::new(&recording).expect("a recording");
    let outcomes = read.filter_map(|timed| match timed.expect("whole").entry {
        Entry::Outcome { outcome } => Some(outcome),
        _ => None,
    });
    let told: Vec<_> = outcomes.map(|outcome| outcome.to_string()).collect();
    let told: Vec<_> =
        told.iter().map(|text| text.split(" (").next().unwrap_or_default()).collect();
    let wanted = [
        "0",
        "refused, unknown-transceiver",
        "refused, unknown-transceiver",
        "done",
        "description",
        "refused, not-created-here",
        "refused, wrong-state",
        "refused, wrong-state",
        "refused, no-remote-description",
        "refused, unknown-mid",
        "refused, wrong-delivery",
        "refused, nothing-received",
        "done",
        "0",
        "refused, channel-not-open",
        "0",
        "done",
        "done",
        "done",
        "done",
    ];
    assert_eq!(told, wanted);
}

#[test]
fn an_outcome_that_differs_is_named() {
    let mut recorder = start(RecordOptions::default());
    recorder.command(&Command::Rollback, origin());
    let outcome = OutcomeSummary::Done;
    recorder.entry(Entry::Outcome { outcome }, origin());
    recorder.entry(Entry::Outcome { outcome }, origin());
    let recording = recorder.finish();
    let mut replayer = Replayer::new(&recording, origin(), Exactness::Shapes).expect("readable");
    let mut found = Vec::new();
    while let Some(step) = replayer.step() {
        found.extend(step.expect("whole").divergence);
    }
    let recorded = Some(Summary::Outcome(outcome));
    assert_eq!(found.iter().map(|one| one.recorded).collect::<Vec<_>>(), [recorded, recorded]);
    let Some(Summary::Outcome(OutcomeSummary::Refused { refusal, .. })) = found[0].replayed else {
        panic!("a refusal: {:?}", found[0]);
    };
    assert_eq!((refusal, found[1].replayed), (Refusal::WrongState, None));
    let said = found[0].to_string();
    assert!(
        said.starts_with(
            "output 0 at 0.000000 s: then outcome: done, now outcome: refused, wrong-state"
        ),
        "{said}"
    );
}

/// Commands that a program may give at any time, the `kind`th of them.
fn any_command<'a>(kind: usize, number: u64, offer: Option<&'a SessionDescription>) -> Command<'a> {
    match (commands(number, "0", b"message").swap_remove(kind), offer) {
        (Command::SetLocal { .. }, Some(offer)) => {
            Command::SetLocal { description: Cow::Borrowed(offer) }
        }
        (command, _) => command,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_commands_come_to_the_same_again(
        asked in prop::collection::vec((0_usize..20, any::<u64>(), any::<bool>()), 1..40),
    ) {
        let config = Config::seeded(1).with_recording(RecordOptions::default());
        let mut rtc = Rtc::new(config, origin());
        let mut offer = None;
        for (kind, number, polls) in &asked {
            let command = any_command(*kind, *number, offer.as_ref());
            if let Outcome::Described(Ok(made)) = rtc.dispatch(&command, origin()) {
                offer = Some(made);
            }
            while *polls && !matches!(rtc.poll_output(), Output::Timeout { .. }) {}
        }
        let recording = rtc.finish_recording();
        let mut replayer = Replayer::new(&recording, origin(), Exactness::Shapes).expect("readable");
        let mut outcomes = 0;
        while let Some(step) = replayer.step() {
            let step = step.expect("whole");
            prop_assert_eq!(step.divergence, None);
            outcomes += usize::from(matches!(step.entry.entry, Entry::Outcome { .. }));
        }
        prop_assert_eq!(outcomes, asked.len());
    }
}
