//! What is read of a text, what is passed over, and what is refused in which words.

use lapwing_engine::sdp::{
    Attribute, Description, HashFunction, MediaDescription, MediaName, Profile, SdpFault, Setup,
};
use lapwing_engine::{Direction, PayloadType};

use super::corpus::read_as;

const SESSION: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\n";

fn media(lines: &str) -> MediaDescription {
    let text = format!("{SESSION}{AUDIO}{lines}");
    let read = Description::parse(&text).unwrap_or_else(|error| panic!("{lines:?}: {error}"));
    read.media.into_iter().next().expect("one m-line")
}

fn attribute(name: &str, value: Option<&str>) -> Attribute {
    Attribute { name: name.to_owned(), value: value.map(str::to_owned) }
}

#[test]
fn faults_in_plain_english() {
    let in_session = |line: &str| format!("v=0\r\n{line}\r\n");
    let in_audio = |line: &str| format!("{SESSION}{AUDIO}{line}\r\n");
    let hash = |bytes: usize| vec!["AB"; bytes].join(":");
    for (text, expected) in [
        (String::new(), "a description begins with v=0"),
        ("v=1\r\n".to_owned(), "line 1: a description begins with v=0"),
        ("v=0\r\ns=-\r\n".to_owned(), "a description has an o= before its m-lines"),
        (in_session(AUDIO.trim_end()), "line 2: m=: a description has an o= before its m-lines"),
        (
            in_session("o=- x 1 IN IP4 ::"),
            "line 2: o=: session id is no number that may stand there",
        ),
        (in_session("hello"), "line 2: does not begin with a letter and \"=\""),
        (in_session("a=x\0y"), "line 2: a NUL or a carriage return in the line"),
        (in_session("c=ATM NSAP 47"), "line 2: c=: a network that is not IN"),
        (format!("{SESSION}m=audio\r\n"), "line 5: m=: no port"),
        (format!("{SESSION}m=audio 9 RTP/SAVPF\r\n"), "line 5: m=: no format"),
        (
            format!("{SESSION}m=audio 65536 RTP/SAVPF 0\r\n"),
            "line 5: m=: port is no number that may stand there",
        ),
        (
            format!("{SESSION}m=a/b 9 RTP/SAVPF 0\r\n"),
            "line 5: m=: media has characters that may not stand there",
        ),
        (
            in_audio(&format!("a=fingerprint:sha-256 {}", hash(31))),
            "line 6: a=fingerprint: 31 bytes, sha-256 has 32",
        ),
        (
            in_audio("a=fingerprint:sha-256 AB:CX"),
            "line 6: a=fingerprint: not pairs of hexadecimal digits with a colon between two",
        ),
        (in_audio("a=ice-ufrag:abc"), "line 6: a=ice-ufrag: 3 characters where 4 to 256 may stand"),
        (
            in_audio("a=ice-pwd:0123456789 0123456789x"),
            "line 6: a=ice-pwd: the password has characters that may not stand there",
        ),
        (in_audio("a=setup:both"), "line 6: a=setup: not one of the words it may be"),
        (
            in_audio("a=mid:0\r\na=mid:1"),
            "line 7: a=mid: said before in this section, and otherwise",
        ),
        (
            in_audio("a=sendrecv\r\na=recvonly"),
            "line 7: a=recvonly: said before in this section, and otherwise",
        ),
        (in_audio("a=mid:a b"), "line 6: a=mid: the name has characters that may not stand there"),
        (
            in_audio("a=sctp-port:65536"),
            "line 6: a=sctp-port: port is no number that may stand there",
        ),
        (in_audio("a="), "line 6: a=: no name"),
        (in_audio("b=AS"), "line 6: b=: no amount"),
    ] {
        let error = Description::parse(&text).expect_err(expected);
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
}

#[test]
fn lines_of_other_types_are_passed_over_wherever_they_stand() {
    let text = "v=0\no=- 1 1 IN IP4 127.0.0.1\ni=x\nu=x\ne=x\np=x\nc=IN IP4 192.0.2.1\nb=AS:1\n\
        b=X-y:2\nt=3034423619 3042462419\nr=7d 1h 0 25h\nt=0 0\nz=0 0\nk=clear:x\ny=?\na=x\n\
        m=audio 9/2 RTP/SAVPF 0\ni=title\nb=TIAS:3\nk=prompt\nb=RS:4\na=mid:0\ni=again\na=inactive\n";
    let read = Description::parse(text).expect("all lines may stand there");
    let kinds = |bandwidth: &[lapwing_engine::sdp::Bandwidth]| {
        bandwidth.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!((&*read.name, kinds(&read.bandwidth)), ("-", vec!["AS:1".into(), "X-y:2".into()]));
    assert_eq!(read.connection.as_ref().map(|c| &*c.address), Some("192.0.2.1"));
    assert_eq!(read.attributes, [attribute("x", None)]);
    let audio = &read.media[0];
    assert_eq!((audio.port, &audio.profile), (9, &Profile::RtpSavpf));
    assert_eq!(kinds(&audio.bandwidth), ["TIAS:3", "RS:4"]);
    assert_eq!((audio.mid.as_deref(), audio.direction), (Some("0"), Some(Direction::Inactive)));
}

#[test]
fn lines_about_formats_that_are_not_listed_are_left_out() {
    let read = media(
        "a=rtpmap:96 VP8/90000\r\na=fmtp:96 x=1\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:* nack\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtcp-fb:111 transport-cc\r\n",
    );
    let names: Vec<&str> = read.formats.iter().map(|format| &*format.name).collect();
    assert_eq!(names, ["111", "0"]);
    assert_eq!(read.formats[0].feedback.len(), 2);
    assert!(read.formats[0].feedback[0].is_nack() && read.formats[0].feedback[1].is_transport_cc());
    assert!(read.formats[1].has_feedback("nack", None) && read.formats[1].feedback.len() == 1);
    assert_eq!(read.formats[1].payload_type(), Some(PayloadType(0)));
    assert_eq!(read.attributes, []);
}

#[test]
fn what_has_no_type_of_its_own_is_kept_in_order() {
    let read = media(
        "a=rtcp-xr:rcvr-rtt=all\r\na=google-sped:x\r\na=ptime:20.5\r\na=ptime:20\r\na=ptime:30\r\n\
         a=rid:a.b send\r\na=rid:1 send\r\na=sendrecv:x\r\na=label:\r\n",
    );
    let expected = [
        attribute("rtcp-xr", Some("rcvr-rtt=all")),
        attribute("google-sped", Some("x")),
        attribute("ptime", Some("20.5")),
        attribute("ptime", Some("30")),
        attribute("rid", Some("a.b send")),
        attribute("sendrecv", Some("x")),
        attribute("label", Some("")),
    ];
    assert_eq!(read.attributes, expected);
    assert_eq!((read.ptime_ms, read.rids.len(), read.direction), (Some(20), 1, None));
}

#[test]
fn a_value_cannot_begin_a_line_of_its_own() {
    let mut read = read_as("11-plain-offer");
    read.name = "a\r\nm=audio 9 X 0".to_owned();
    read.media[0].mid = Some("0\na=ice-ufrag:evil".to_owned());
    read.attributes.push(attribute("x", Some("\r\0")));
    let written = read.to_string();
    assert!(written.contains("\r\ns=a  m=audio 9 X 0\r\n") && written.contains("\r\na=x:  \r\n"));
    assert!(written.contains("\r\na=mid:0 a=ice-ufrag:evil\r\n"));
    let fault = Description::parse(&written).expect_err("no token").fault;
    assert_eq!(fault, SdpFault::Characters("the name"));
}

#[test]
fn an_offer_of_firefox() {
    let read = read_as("Firefox 140.12.0esr");
    assert_eq!(read.origin.username, "mozilla...THIS_IS_SDPARTA-99.0");
    assert_eq!(read.origin.session_id, 4_206_262_233_588_276_998);
    assert_eq!(read.direction, Some(Direction::SendRecv));
    assert_eq!(read.bundle().map(|group| group.mids.join(" ")).as_deref(), Some("0 1 2"));
    assert_eq!(read.transport.fingerprints[0].function, HashFunction::Sha256);
    assert_eq!(read.transport.fingerprints[0].value[..3], [0xc6, 0x92, 0xd6]);
    assert_eq!(read.transport.ice_options, ["trickle"]);
    let video = &read.media[1];
    assert_eq!(video.transport.setup, Some(Setup::ActPass));
    assert_eq!(video.transport.ice_ufrag.as_deref(), Some("3b23ae4a"));
    assert_eq!(video.formats[1].apt(), Some(PayloadType(120)));
    assert_eq!(video.formats[0].feedback.len(), 5);
    assert_eq!(video.extensions[3].direction, Some(Direction::RecvOnly));
    assert_eq!(video.ssrc_groups[0].ssrcs, [3_745_501_529, 3_428_532_586]);
    assert_eq!(video.msids[0].stream, "{c2a61189-ebb2-4a5f-b210-a14f1d771e1b}");
    let data = &read.media[2];
    assert_eq!((&data.name, &data.profile), (&MediaName::Application, &Profile::UdpDtlsSctp));
    assert_eq!((data.sctp.port, data.sctp.max_message_size), (Some(5000), Some(1_073_741_823)));
}

#[test]
fn other_stacks_and_old_ones() {
    let comma = read_as("libdatachannel 0.33.4");
    assert_eq!(comma.transport.ice_options, ["ice2", "trickle"]);
    let lower = read_as("baresip 1.0.0");
    assert_eq!(lower.transport.fingerprints[0].function, HashFunction::Sha256);
    assert_eq!(lower.media[0].ptime_ms, Some(20));
    let three = read_as("aiortc 1.16.0");
    let functions = three.media[0].transport.fingerprints.iter().map(|f| f.function.name());
    assert_eq!(functions.collect::<Vec<_>>(), ["sha-256", "sha-384", "sha-512"]);
    let bundled = read_as("GStreamer 1.22.0");
    assert_eq!(bundled.media[1].port, 0);
    assert!(bundled.media[1].bundle_only && !bundled.media[1].rejected());
    let old = read_as("chromium-58");
    assert_eq!(old.media[2].profile, Profile::DtlsSctp);
    assert_eq!(old.media[2].formats[0].name, "5000");
    let map = old.media[2].sctp.map.as_deref();
    assert_eq!(map, Some("5000 webrtc-datachannel 1024"));
    assert_eq!(read_as("safari-12").media[0].transport.candidates.len(), 3);
    assert_eq!(read_as("safari-14").media[0].formats.len(), 9);
}

#[test]
fn cases_that_others_failed() {
    for (name, chars) in [("q10-ufrag-119-offer", 119), ("q10-ufrag-256-offer", 256)] {
        let ufrag = read_as(name).media[0].transport.ice_ufrag.clone().expect("it has one");
        assert_eq!(ufrag.len(), chars);
    }
    let two = read_as("02-session-two-b-offer");
    assert_eq!((&*two.bandwidth[1].kind, two.bandwidth[1].value), ("RS", 5500));
    assert_eq!(read_as("04-tcp-proto-offer").media[0].profile, Profile::TcpDtlsSctp);
    assert_eq!(read_as("05-offer-no-direction-offer").media[0].direction, None);
    assert!(read_as("08-rejected-no-mid-offer").media.iter().any(MediaDescription::rejected));
    assert_eq!(read_as("09-image-line-offer").media[1].name, MediaName::Other("image".to_owned()));
    let mids = read_as("10-odd-mids-offer");
    assert_eq!(mids.media[2].mid.as_deref(), Some("d~$&*"));
    assert_eq!(mids.bundle().expect("it has one").mids[2], "d~$&*");
    assert_eq!(read_as("11-mdns-offer").media[0].transport.candidates.len(), 1);
    let rids = read_as("23-rids-abcdefghijklmnop-offer");
    let ids = rids.media.iter().flat_map(|media| &media.rids).map(|rid| &*rid.id);
    assert_eq!(ids.collect::<Vec<_>>(), ["abcdefghijklmnop", "q"]);
}
