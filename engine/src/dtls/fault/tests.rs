use super::*;
use crate::config::DtlsVersion;
use crate::dtls::sieve::Sieve;
use crate::test_time::origin;

#[test]
fn a_suspect_handshake_fails_unless_it_completes() {
    let at = |millis| origin() + Duration::from_millis(millis);
    let suspect = || {
        let mut health = Health::default();
        assert_eq!(health.tick(at(0)), None);
        health.suspect(DtlsFault::Alert(DtlsAlert(40)));
        health.suspect(DtlsFault::VersionMismatch);
        assert_eq!(health.wake(at(0)), Some(at(0)), "it wants to know the time");
        assert_eq!(health.tick(at(100)), None);
        assert_eq!(health.wake(at(100)), Some(at(2100)));
        health
    };
    let mut failed = suspect();
    assert_eq!(failed.tick(at(2099)), None);
    assert_eq!(failed.tick(at(2100)), Some(DtlsFault::Alert(DtlsAlert(40))));
    assert_eq!(failed.tick(at(9000)), None, "told once");

    let mut complete = suspect();
    complete.end();
    complete.suspect(DtlsFault::VersionMismatch);
    assert_eq!((complete.wake(at(100)), complete.tick(at(60_000))), (None, None));
}

#[test]
fn a_handshake_without_an_end_has_a_deadline() {
    let mut health = Health::default();
    assert_eq!(health.tick(origin()), None);
    let end = origin() + HANDSHAKE_MAX;
    assert_eq!(health.wake(origin()), Some(end));
    assert_eq!(health.tick(end), Some(DtlsFault::HandshakeTimeout));
}

#[test]
fn what_is_said_at_the_end_is_an_alert() {
    let said = farewell(DtlsFault::VersionMismatch).expect("the peer is told");
    assert_eq!(Sieve::new(DtlsVersion::Auto).sift(&said, true).alert, Some(DtlsAlert(70)));
    assert_eq!(farewell(DtlsFault::Alert(DtlsAlert(40))), None);
}
