//! The sessions under contract.

use super::{call, connect, data, facts, faults, refusals, renegotiate};
use crate::session::own::OwnSession;
use crate::session::str0m::Str0mSession;

/// Every clause of the contract, as a test of one session.
macro_rules! under_contract {
    ($name:ident, $session:ty, $($clauses:ident: $($clause:ident),+;)+) => {
        mod $name {
            use super::*;
            $($(
                #[test]
                fn $clause() {
                    $clauses::$clause::<$session>();
                }
            )+)+
        }
    };
}

macro_rules! sessions {
    ($($name:ident: $session:ty),+) => {
        $(under_contract! { $name, $session,
            connect: connects_with_either_end_as_client, tells_its_parameters,
                nothing_is_told_before_both_agreed, an_end_without_traffic_begins_its_checks,
                the_pair_in_use_is_told, a_long_user_fragment_is_borne;
            call: frames_pass_both_ways, packets_pass_both_ways, layers_are_told_apart,
                the_order_of_codecs_is_obeyed, other_numbers_are_used, named_sources_are_used,
                a_layered_line_receives_plainly, packets_are_told_by_payload_type,
                keyframes_are_asked_for, figures_are_told;
            facts: reports_say_when_frames_were_captured;
            data: messages_pass_both_ways, channels_close, close_is_told;
            renegotiate: directions_change, a_line_is_added, a_place_is_used_again, layers_change,
                a_line_without_codecs_carries_nothing, a_restart_keeps_the_call,
                early_checks_of_a_restart_are_heard,
                a_restart_that_is_taken_back_changes_nothing;
            refusals: each_refusal_changes_nothing, refused_at_first_can_be_agreed_later;
            faults: a_goodbye_is_no_error, outputs_keep_their_order, undrained_writes_are_refused,
                the_estimator_lets_the_engine_sleep;
        })+
    };
}

sessions! { over_str0m: Str0mSession, over_our_own: OwnSession }
