//! The lines of descriptions, as RFC 9429 section 5.2 and 5.3 demand them.

use std::collections::BTreeSet;
use std::time::Duration;

use lapwing_engine::{ChannelConfig, MediaKind, Rtc, SessionDescription, TransceiverInit};

use crate::pair::Pair;

/// A pair whose one side has sound, pictures and data to offer.
fn full() -> Pair {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| {
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        for kind in [MediaKind::Audio, MediaKind::Video] {
            rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
    });
    pair
}

fn offered(rtc: &mut Rtc) -> SessionDescription {
    let offer = rtc.negotiation().create_offer().expect("there is something to offer");
    rtc.negotiation().set_local(&offer).expect("it was just created");
    offer
}

fn answered(rtc: &mut Rtc, offer: &SessionDescription) -> SessionDescription {
    rtc.negotiation().set_remote(offer).expect("a valid offer");
    let answer = rtc.negotiation().create_answer().expect("an offer waits");
    rtc.negotiation().set_local(&answer).expect("it was just created");
    answer
}

/// The session's lines, and those of each m-line.
fn parts(sdp: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    for line in sdp.split_terminator("\r\n") {
        if line.starts_with("m=") {
            parts.push(Vec::new());
        }
        parts.last_mut().expect("the session's").push(line);
    }
    let sections = parts.split_off(1);
    (parts.remove(0), sections)
}

fn values<'a>(lines: &[&'a str], start: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line.strip_prefix(start)).collect()
}

fn origin(sdp: &str) -> (u64, u64) {
    let line = sdp.lines().find_map(|line| line.strip_prefix("o=")).expect("an origin");
    let numbers: Vec<u64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [id, version] = numbers[..2] else { panic!("{line}") };
    (id, version)
}

/// Section 5.2.1, session-level lines.
#[test]
fn an_offer_begins_as_it_must() {
    let sdp = full().on_a(|rtc, _| offered(rtc).sdp);
    let (session, sections) = parts(&sdp);
    assert_eq!(session[0], "v=0");
    assert!(session[1].starts_with("o="), "{}", session[1]);
    assert!(session[2].starts_with("s="), "{}", session[2]);
    assert!(session.contains(&"t=0 0"));
    assert!(origin(&sdp).0 < (1 << 63) - 1);
    assert!(sdp.contains("\r\na=ice-options:trickle"));
    assert!(!sdp.lines().any(|line| line.starts_with("k=") || line.starts_with("a=crypto")));
    assert!(!session.iter().any(|line| line.starts_with("a=ice-lite")), "it is a full agent");
    let mids: Vec<&str> = sections.iter().flat_map(|lines| values(lines, "a=mid:")).collect();
    assert_eq!(mids.len(), sections.len(), "one name each");
    assert_eq!(values(&session, "a=group:BUNDLE "), [mids.join(" ")]);
}

/// Section 5.2.1, lines of each m-line.
#[test]
fn the_lines_of_an_offer_are_whole() {
    let sdp = full().on_a(|rtc, _| offered(rtc).sdp);
    let (session, sections) = parts(&sdp);
    let mut names = BTreeSet::new();
    for lines in &sections {
        assert!(lines[1].starts_with("c=IN IP"), "{}", lines[1]);
        for name in values(lines, "a=mid:") {
            assert!(names.insert(name), "{name} is one line's name");
            assert!(name.len() <= 3, "short enough for a header extension");
        }
        let all: Vec<&str> = session.iter().chain(lines).copied().collect();
        assert_eq!(values(&all, "a=setup:"), ["actpass"]);
        let options = values(&all, "a=ice-options:");
        assert!([vec!["trickle ice2"], vec!["trickle ice2 renomination"]].contains(&options));
        assert!(!values(&all, "a=fingerprint:sha-256 ").is_empty());
        // Six random bits a character, and 24 and 128 of them at least (RFC 8445 section 5.3).
        assert!(matches!(values(&all, "a=ice-ufrag:")[..], [name] if name.len() >= 4));
        assert!(matches!(values(&all, "a=ice-pwd:")[..], [password] if password.len() >= 22));
        if lines[0].starts_with("m=application") {
            let words: Vec<&str> = lines[0].split(' ').collect();
            assert_eq!(words[2..], ["UDP/DTLS/SCTP", "webrtc-datachannel"]);
            assert_eq!(values(lines, "a=sctp-port:").len(), 1);
            assert_eq!(values(lines, "a=max-message-size:").len(), 1);
            continue;
        }
        assert!(lines[0].contains(" UDP/TLS/RTP/SAVPF "), "{}", lines[0]);
        assert!(lines.contains(&"a=rtcp-mux"));
        assert!(lines.contains(&"a=rtcp-rsize"));
        assert!(lines.contains(&"a=sendrecv"));
        assert_eq!(values(lines, "a=msid:").len(), 1);
    }
}

/// RFC 8285 section 5 and 7, RFC 9143 section 9.1 and 12, RFC 4588 section 8.1.
#[test]
fn numbers_of_extensions_and_of_formats_have_one_meaning() {
    let mut pair = full();
    let offer = pair.on_a(|rtc, _| offered(rtc));
    let answer = pair.on_b(|rtc, _| answered(rtc, &offer));
    let mut meanings = std::collections::BTreeMap::new();
    for sdp in [&offer.sdp, &answer.sdp] {
        let (_, sections) = parts(sdp);
        let media = sections.iter().filter(|lines| !lines[0].starts_with("m=application"));
        for lines in media {
            let mut seen = BTreeSet::new();
            for value in values(lines, "a=extmap:") {
                let (number, uri) = value.split_once(' ').expect("a number and a name");
                let number: u8 =
                    number.split('/').next().and_then(|it| it.parse().ok()).expect("one");
                assert!((1..=14).contains(&number), "{value}");
                assert!(seen.insert(number), "{number} is there twice");
                assert_eq!(*meanings.entry(number).or_insert(uri), uri, "in both descriptions");
            }
            assert!(values(lines, "a=extmap:").iter().any(|it| it.ends_with("sdes:mid")));
            let formats: BTreeSet<&str> = lines[0].split(' ').skip(3).collect();
            for value in values(lines, "a=rtpmap:") {
                let number = value.split(' ').next().expect("a word");
                assert!(formats.contains(number), "{value} is in the m-line");
                if value.ends_with(" rtx/90000") {
                    let apt = values(lines, &format!("a=fmtp:{number} apt="));
                    assert_eq!(apt.len(), 1, "{value}");
                    assert!(formats.contains(apt[0]), "{value} repairs what is there");
                }
            }
            for value in values(lines, "a=rtcp-fb:") {
                let number = value.split(' ').next().expect("a word");
                assert!(number == "*" || formats.contains(number), "{value}");
            }
        }
    }
}

/// Section 5.3.1.
#[test]
fn an_answer_mirrors_its_offer() {
    let mut pair = full();
    let offer = pair.on_a(|rtc, _| offered(rtc));
    let answer = pair.on_b(|rtc, _| answered(rtc, &offer));
    let ((_, asked), (session, given)) = (parts(&offer.sdp), parts(&answer.sdp));
    assert_eq!(asked.len(), given.len());
    let mut kept = Vec::new();
    for (asked, given) in asked.iter().zip(&given) {
        let words = |lines: &[&str]| -> Vec<String> {
            lines[0]
                .split(' ')
                .enumerate()
                .filter(|(place, _)| [0, 2].contains(place))
                .map(|(_, word)| word.to_owned())
                .collect()
        };
        assert_eq!(words(asked), words(given), "kind and protocol");
        assert_eq!(values(asked, "a=mid:"), values(given, "a=mid:"));
        assert!(!given.contains(&"a=bundle-only"));
        assert!(given[1].starts_with("c=IN IP"), "{}", given[1]);
        let formats = |lines: &[&str]| -> BTreeSet<String> {
            lines[0].split(' ').skip(3).map(str::to_owned).collect()
        };
        assert!(!formats(asked).is_disjoint(&formats(given)), "something that was offered");
        let all: Vec<&str> = session.iter().chain(given).copied().collect();
        let setup = values(&all, "a=setup:");
        assert!(matches!(setup[..], ["active" | "passive"]), "{setup:?}");
        assert_eq!(given.contains(&"a=rtcp-rsize"), asked.contains(&"a=rtcp-rsize"));
        kept.extend(values(given, "a=mid:"));
    }
    assert_eq!(values(&session, "a=group:BUNDLE "), [kept.join(" ")]);
}

/// Section 5.2.2 and 5.3.2.
#[test]
fn later_descriptions_keep_what_they_must() {
    let mut pair = full();
    let first = pair.on_a(|rtc, _| offered(rtc));
    let answer = pair.on_b(|rtc, _| answered(rtc, &first));
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
    pair.trickle();
    pair.connect();
    pair.run(Duration::from_secs(1));
    let credentials = |sdp: &str| -> Vec<String> {
        let wanted =
            |line: &&str| line.starts_with("a=ice-ufrag:") || line.starts_with("a=ice-pwd:");
        sdp.lines().filter(wanted).map(str::to_owned).collect()
    };
    let fingerprint = |sdp: &str| -> BTreeSet<String> {
        sdp.lines().filter(|line| line.starts_with("a=fingerprint:")).map(str::to_owned).collect()
    };
    // The other side offers a further line: names, places, keys and roles stay.
    let second = pair.on_b(|rtc, _| {
        rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
        offered(rtc)
    });
    assert_eq!(origin(&second.sdp).0, origin(&answer.sdp).0, "the session's name stays");
    assert!(origin(&second.sdp).1 >= origin(&answer.sdp).1, "its version does not go back");
    assert_eq!(credentials(&second.sdp)[..2], credentials(&answer.sdp)[..2]);
    assert_eq!(fingerprint(&second.sdp), fingerprint(&answer.sdp));
    let (before, after) = (parts(&answer.sdp).1, parts(&second.sdp).1);
    assert_eq!(after.len(), before.len() + 1);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(values(before, "a=mid:"), values(after, "a=mid:"));
        assert_eq!(values(before, "a=msid:"), values(after, "a=msid:"));
    }
    let role =
        |sdp: &str| sdp.lines().find_map(|line| line.strip_prefix("a=setup:")).map(str::to_owned);
    let third = pair.on_a(|rtc, _| answered(rtc, &second));
    let other = match role(&answer.sdp).as_deref() {
        Some("active") => "passive",
        _ => "active",
    };
    assert_eq!(role(&third.sdp).as_deref(), Some(other), "who began stays who began");
    pair.on_b(|rtc, _| rtc.negotiation().set_remote(&third)).expect("a valid answer");
    // A restart changes both, and only those (RFC 8445 section 9).
    let fourth = pair.on_a(|rtc, _| {
        rtc.negotiation().restart_ice();
        offered(rtc)
    });
    let (old, new) = (credentials(&first.sdp), credentials(&fourth.sdp));
    assert!(new.iter().all(|line| !old.contains(line)), "both are new");
    assert_eq!(fingerprint(&fourth.sdp), fingerprint(&first.sdp));
}

/// RFC 8285 section 6, RFC 5104 section 7.1, RFC 4588 sections 4 and 5.2.
#[test]
fn pictures_are_offered_with_feedback_and_repair() {
    let sdp = full().on_a(|rtc, _| offered(rtc).sdp);
    let (session, sections) = parts(&sdp);
    let lines = sections.iter().find(|lines| lines[0].starts_with("m=video")).expect("pictures");
    assert!(session.iter().chain(lines).any(|line| *line == "a=extmap-allow-mixed"));
    for wanted in ["ccm fir", "nack", "nack pli"] {
        let found = values(lines, "a=rtcp-fb:").iter().any(|it| it.ends_with(wanted));
        assert!(found, "{wanted}");
    }
    let pairs = values(lines, "a=ssrc-group:FID ");
    let [pair] = pairs[..] else { panic!("{pairs:?}") };
    let (media, repair) = pair.split_once(' ').expect("two of them");
    assert_ne!(media, repair, "a stream of its own");
    let name = |ssrc: &str| values(lines, &format!("a=ssrc:{ssrc} cname:"));
    assert_eq!(name(media).len(), 1);
    assert_eq!(name(media), name(repair), "of one source");
}
