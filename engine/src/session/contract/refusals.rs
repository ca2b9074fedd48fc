//! What a session does not take changes nothing.

use super::call::{audio, exchange, opus, video, vp8};
use super::deal::{Deal, DealLine, mid};
use super::wire::Wire;
use crate::codec::MediaKind;
use crate::config::Delivery;
use crate::ids::{PayloadType, Rid};
use crate::sdp::HashFunction;
use crate::session::agreed::{AgreeError, Encoding};
use crate::session::seam::Session;

/// What is wrong with it, and what that comes to.
type Case<S> = (fn(&mut Deal, &Wire<S>), AgreeError);

/// Refused whatever was agreed on before. The deal has sound at "0" and pictures at "1".
fn cases<S: Session>(wire: &Wire<S>) -> Vec<Case<S>> {
    let mut cases = always();
    if wire.a.session.capabilities().fixed_codecs {
        cases.extend(with_fixed_codecs());
    }
    cases
}

/// By a session with one numbering for everything.
fn with_fixed_codecs<S: Session>() -> Vec<Case<S>> {
    vec![
        (|deal, _| deal.lines[1].mid = mid("a.b"), AgreeError::MidTooLong(mid("a.b"))),
        (
            |deal, _| {
                let rid = Rid::new("abcdefghijk");
                deal.lines[1].streams[0] = vec![Encoding { rid, ..Encoding::default() }];
            },
            AgreeError::MidTooLong(mid("1")),
        ),
        (
            |deal, _| {
                let doubled = deal.lines[1].codecs[0].clone();
                let renumbered = PayloadType(doubled.payload_type.0 ^ 1);
                let rest = deal.lines[1].codecs.split_off(0);
                deal.lines[1].codecs = rest.into_iter().take(1).collect();
                deal.lines[1]
                    .codecs
                    .push(crate::session::agreed::RtpCodec { payload_type: renumbered, ..doubled });
            },
            AgreeError::PayloadTypesDiffer(mid("1")),
        ),
        (
            |deal, wire| {
                let capabilities = wire.a.session.capabilities();
                let mut line = DealLine::new("2", MediaKind::Video, &["AV1"], &capabilities);
                line.codecs.truncate(1);
                line.codecs[0].payload_type = deal.lines[0].codecs[0].payload_type;
                deal.lines.push(line);
            },
            AgreeError::PayloadTypeReused(PayloadType(111)),
        ),
    ]
}

fn always<S: Session>() -> Vec<Case<S>> {
    vec![
        (
            |deal, wire| {
                // Another m-line of the same codec, and nothing to tell them apart.
                deal.lines.push(audio(wire, "2").without_extension("sdes:mid"));
            },
            AgreeError::Unroutable(mid("2")),
        ),
        (
            |deal, wire| {
                // Layers of what we receive, without the extension that names their m-line.
                let layer = |rid| Encoding { rid: Rid::new(rid), ..Encoding::default() };
                let mut line = video(wire, "2").without_extension("sdes:mid");
                line.streams[1] = vec![layer("lo"), layer("hi")];
                deal.lines.push(line);
            },
            AgreeError::Unroutable(mid("2")),
        ),
        (|deal, _| deal.lines[0].delivery = Delivery::Packets, AgreeError::Refused),
        (|deal, _| deal.lines[0].codecs[0].name = "L16".into(), AgreeError::Refused),
    ]
}

/// Refused in a call that goes on.
fn later_cases<S: Session>(wire: &Wire<S>) -> Vec<Case<S>> {
    let mut cases: Vec<Case<S>> = vec![
        (|deal, _| deal.a_is_client = !deal.a_is_client, AgreeError::DtlsRoleChanged),
        (
            |deal, wire| {
                deal.lines[1] = DealLine { mid: mid("1"), ..audio(wire, "1") };
            },
            AgreeError::Unchangeable(mid("1")),
        ),
        (
            |deal, wire| {
                let theirs = wire.b.session.local_transport().credentials;
                let mut ours = wire.a.session.local_transport().credentials;
                ours.ufrag.push_str("more");
                deal.restarted = Some([ours, theirs]);
            },
            AgreeError::Refused,
        ),
    ];
    if wire.a.session.capabilities().fixed_codecs {
        let another: Case<S> = (
            |deal, wire| {
                let capabilities = wire.a.session.capabilities();
                deal.lines[1] =
                    DealLine::new("1", MediaKind::Video, &["VP8", "VP9"], &capabilities);
            },
            AgreeError::Unchangeable(mid("1")),
        );
        cases.push(another);
    }
    cases
}

fn deal_of<S: Session>(wire: &Wire<S>) -> Deal {
    Deal::with([audio(wire, "0"), video(wire, "1")])
}

fn check_refused<S: Session>(wire: &mut Wire<S>, cases: Vec<Case<S>>) {
    for (index, (alter, expected)) in cases.into_iter().enumerate() {
        let mut altered = deal_of(wire);
        alter(&mut altered, wire);
        assert_eq!(altered.refused(wire), expected, "case {index}");
        assert!(!wire.a.has_closed(), "case {index}");
    }
    let mut agreed = deal_of(wire).for_side(wire, false);
    let other = agreed.remote.fingerprints.first_mut().expect("one at least");
    let begun = wire.a.session.dtls_version().is_some();
    other.function = HashFunction::Sha512;
    let expected =
        if begun { AgreeError::FingerprintChanged } else { AgreeError::NoUsableFingerprint };
    assert_eq!(wire.a.session.agree(&agreed), Err(expected));
    let other = agreed.remote.fingerprints.first_mut().expect("one at least");
    (other.function, other.value[0]) = (HashFunction::Sha256, !other.value[0]);
    if begun {
        assert_eq!(wire.a.session.agree(&agreed), Err(AgreeError::FingerprintChanged));
    }
}

pub(super) fn each_refusal_changes_nothing<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let deal = deal_of(&wire);
    deal.strike(&mut wire);
    wire.connect();
    exchange(&mut wire, &[(mid("0"), opus(1)), (mid("1"), vp8(1))]);
    let cases = cases(&wire);
    check_refused(&mut wire, cases);
    exchange(&mut wire, &[(mid("0"), opus(2)), (mid("1"), vp8(2))]);
    let cases = later_cases(&wire);
    check_refused(&mut wire, cases);
    exchange(&mut wire, &[(mid("0"), opus(3)), (mid("1"), vp8(3))]);
    deal.strike(&mut wire);
    exchange(&mut wire, &[(mid("0"), opus(4)), (mid("1"), vp8(4))]);
}

pub(super) fn refused_at_first_can_be_agreed_later<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let before = wire.a.session.local_transport();
    let cases = cases(&wire);
    check_refused(&mut wire, cases);
    assert_eq!(wire.a.session.local_transport(), before);
    let deal = deal_of(&wire);
    // The first fingerprint is of a kind that says nothing to a session; the second will do.
    let mut to_a = deal.for_side(&wire, false);
    let mut unknown = to_a.remote.fingerprints[0].clone();
    unknown.function = HashFunction::Other("md4".to_owned());
    to_a.remote.fingerprints.insert(0, unknown);
    wire.a.session.agree(&to_a).expect("it can be taken");
    wire.a.drain();
    let to_b = deal.for_side(&wire, true);
    wire.b.session.agree(&to_b).expect("it can be taken");
    wire.b.drain();
    wire.trickle();
    wire.connect();
    exchange(&mut wire, &[(mid("0"), opus(1)), (mid("1"), vp8(1))]);
}
