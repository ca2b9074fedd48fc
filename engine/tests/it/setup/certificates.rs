//! Certificates that a program brings.

use std::time::Duration;

use lapwing_engine::{
    Certificate, CloseReason, Config, DtlsFault, DtlsVersion, Event, Exactness, RecordOptions,
    Replayer, SessionKind,
};

use super::{introduced, opened, own};
use crate::pair::Pair;

const WITHIN: Duration = Duration::from_secs(10);

fn shared() -> Certificate {
    Certificate::generate([77; 32], Config::seeded(1).unix_time)
}

fn with_shared(config: Config) -> Config {
    config.with_certificate(shared()).expect("it has not expired")
}

/// As a line of a description has it.
fn line(certificate: &Certificate) -> String {
    let bytes: Vec<String> =
        certificate.fingerprint().value.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("a=fingerprint:sha-256 {}", bytes.join(":"))
}

#[test]
fn one_serves_any_number_of_connections() {
    let expected = line(&shared());
    for session in [SessionKind::Own, SessionKind::Str0m] {
        for dtls in [DtlsVersion::V1_2, DtlsVersion::V1_3] {
            let config = |number| with_shared(Config { session, dtls, ..own(number) });
            // Even at both ends.
            let mut pair = introduced(config(1), config(2));
            pair.exchange_altered(true, |description| {
                assert!(description.sdp.contains(&expected), "{}", description.sdp);
            });
            pair.trickle();
            assert!(opened(&mut pair, WITHIN).is_some(), "{session:?} {dtls:?}");
        }
    }
}

/// A recording has what was signed, not what it was signed with.
#[test]
fn a_recording_replays_without_the_key() {
    for dtls in [DtlsVersion::V1_2, DtlsVersion::V1_3] {
        let config = |number| {
            with_shared(Config { dtls, ..own(number) }).with_recording(RecordOptions::default())
        };
        let mut pair = introduced(config(1), config(2));
        // DTLS 1.2 has the time in its greetings.
        let begun = pair.now;
        pair.negotiate(true);
        assert!(opened(&mut pair, WITHIN).is_some());
        pair.run(Duration::from_secs(1));
        for peer in [&mut pair.a, &mut pair.b] {
            let recording = peer.rtc.finish_recording();
            let mut replayer = Replayer::new(&recording, begun, Exactness::Bytes).expect("one");
            let mut steps = 0;
            while let Some(step) = replayer.step() {
                assert_eq!(step.expect("it can be read").divergence, None);
                steps += 1;
            }
            assert!(steps > 20, "{steps} steps");
            let stats = replayer.rtc().stats();
            assert_eq!(stats.transport.dtls_state, lapwing_engine::DtlsState::Connected);
        }
    }
}

/// The key of a generated certificate is drawn from a seed, so its bytes can be looked for.
#[test]
fn the_key_is_in_no_recording() {
    let config = with_shared(own(1)).with_recording(RecordOptions::default());
    let mut pair = introduced(config, own(2));
    pair.negotiate(true);
    assert!(opened(&mut pair, WITHIN).is_some());
    let recording = pair.a.rtc.finish_recording();
    let has = |wanted: &[u8]| recording.windows(wanted.len()).any(|window| window == wanted);
    assert!(has(shared().as_der()), "the certificate is there");
    assert!(!has(&[77; 32]), "the seed of its key is not");
    // PKCS #8 of a key on P-256 holds the object identifiers of both, in this order.
    let pkcs8 = [0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d];
    let keys = recording.windows(pkcs8.len()).filter(|window| *window == pkcs8).count();
    assert_eq!(keys, 1, "only that of the certificate's public key");
}

/// Runs with this line beside the fingerprint of every description.
fn with_another(line: String) -> Pair {
    let mut pair = introduced(own(1), own(2));
    pair.exchange_altered(true, |description| {
        let at = description.sdp.find("a=fingerprint:").expect("it has one");
        description.sdp.insert_str(at, &format!("{line}\r\n"));
    });
    pair.trickle();
    pair
}

fn hashed(name: &str, bytes: usize) -> String {
    format!("a=fingerprint:{name} {}", vec!["5A"; bytes].join(":"))
}

#[test]
fn every_fingerprint_is_checked() {
    // Of another certificate, by the same function; by one that is too weak, or not known.
    for (name, bytes) in [("sha-256", 32), ("sha-1", 20), ("md5", 16)] {
        let mut pair = with_another(hashed(name, bytes));
        assert!(opened(&mut pair, WITHIN).is_some(), "{name}");
    }
    // No certificate has these two.
    for (name, bytes) in [("sha-384", 48), ("sha-512", 64)] {
        let mut pair = with_another(hashed(name, bytes));
        assert_eq!(opened(&mut pair, WITHIN), None, "{name}");
        let mismatch = CloseReason::Dtls(DtlsFault::FingerprintMismatch);
        for peer in [&pair.a, &pair.b] {
            let closed = peer.events.iter().find_map(|event| match event {
                Event::Closed(reason) => Some(reason.clone()),
                _ => None,
            });
            if let Some(reason) = closed {
                assert_eq!(reason, mismatch, "{name}");
            }
        }
        let is_closed = |event: &Event| matches!(event, Event::Closed(_));
        assert!(pair.b.events.iter().any(is_closed), "{name}: whoever saw it first ends it");
    }
}
