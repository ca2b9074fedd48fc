//! The end of an association (RFC 9260 section 9).

use std::time::Duration;

use super::content::mixed;
use super::peer::Told;
use super::run::{ALL, OTHER, OURS, Run, SEEDS, STARTS, Whose};
use super::wire::rough;
use lapwing_engine::ChannelConfig;

#[test]
fn a_shutdown_delivers_first_and_both_are_told() {
    for whose in ALL {
        for seed in 0..2 * SEEDS {
            let end = seed as usize % 2;
            let mut run = Run::connected(whose, STARTS[end], rough(20), seed);
            let stream = run.open(end, &ChannelConfig::new("last words"));
            let sent = mixed(60_000, 1);
            sent.iter().for_each(|message| run.write(end, stream, message.clone()));
            // Both others shut down when all is acknowledged that was sent, whatever waits.
            if end == OTHER && whose != Whose::Ours {
                let there = |run: &Run| run.messages(OURS, stream).len() == sent.len();
                assert!(run.until(Duration::from_secs(600), there), "{whose:?}");
                run.pass(Duration::from_secs(5));
            }
            run.shutdown(end);
            // sctp-proto tells nothing at the end of its own shutdown.
            let tells = |at: usize| (whose, end, at) != (Whose::SctpProto, OTHER, OTHER);
            let ended = |run: &Run, at: usize| run.told[at].contains(&Told::Ended);
            let over = |run: &Run| [OURS, OTHER].iter().all(|at| ended(run, *at) || !tells(*at));
            assert!(run.until(Duration::from_secs(600), over), "{whose:?} from {end} seed {seed}");
            assert!(
                run.messages(1 - end, stream).into_iter().eq(&sent),
                "{whose:?} from {end} seed {seed}"
            );
        }
    }
}

#[test]
fn an_abort_is_heard() {
    for whose in ALL {
        for seed in 0..2 * SEEDS {
            let end = seed as usize % 2;
            // sctp-proto closes in silence.
            if (whose, end) == (Whose::SctpProto, OTHER) {
                continue;
            }
            let mut run = Run::connected(whose, STARTS[end], rough(0), seed);
            run.open(end, &ChannelConfig::new("cut off"));
            run.abort(end);
            let over = |run: &Run| run.told.iter().all(|told| told.contains(&Told::Ended));
            assert!(run.until(Duration::from_secs(1), over), "{whose:?} from {end} seed {seed}");
        }
    }
}
