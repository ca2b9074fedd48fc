//! A description is taken up to its limits and refused beyond, and no text costs more than its
//! length.

use lapwing_engine::sdp::{
    Description, FEEDBACK_MAX, FEEDBACK_TOTAL_MAX, FORMATS_MAX, GROUP_MIDS_MAX, MEDIA_LINES_MAX,
    SdpFault,
};
use lapwing_engine::{SDP_BYTES_MAX, SECTION_LINES_MAX};

const SESSION: &str = "v=0\no=- 1 1 IN IP4 127.0.0.1\n";

fn fault(text: &str) -> Option<SdpFault> {
    Description::parse(text).err().map(|error| error.fault)
}

#[test]
fn bytes() {
    let filled = |bytes: usize| format!("{SESSION}a=x:{}", "y".repeat(bytes - SESSION.len() - 4));
    assert_eq!(fault(&filled(SDP_BYTES_MAX)), None);
    let over = SDP_BYTES_MAX + 1;
    assert_eq!(fault(&filled(over)), Some(SdpFault::TooLarge(over)));
    let error = Description::parse(&filled(over)).expect_err("too large");
    let expected = "description of 524289 bytes; at most 524288 are taken";
    assert_eq!((error.line, &*error.to_string()), (0, expected));
}

#[test]
fn m_lines_and_their_lines() {
    let lines = |count: usize| format!("{SESSION}{}", "m=audio 9 X 0\n".repeat(count));
    assert_eq!(fault(&lines(MEDIA_LINES_MAX)), None);
    assert_eq!(fault(&lines(MEDIA_LINES_MAX + 1)), Some(SdpFault::TooManyMediaLines));
    let section = |count: usize| format!("{}{}", lines(1), "a=x\n".repeat(count));
    assert_eq!(fault(&section(SECTION_LINES_MAX)), None);
    assert_eq!(fault(&section(SECTION_LINES_MAX + 1)), Some(SdpFault::SectionTooLong));
    // Lines that are passed over count as well, and so do those of the session.
    let session = |count: usize| format!("{SESSION}{}m=audio 9 X 0\n", "i=x\n".repeat(count));
    assert_eq!(fault(&session(SECTION_LINES_MAX - 2)), None);
    assert_eq!(fault(&session(SECTION_LINES_MAX - 1)), Some(SdpFault::SectionTooLong));
}

#[test]
fn formats_and_groups() {
    let formats = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        format!("{SESSION}m=audio 9 X {}\n", names.join(" "))
    };
    assert_eq!(fault(&formats(FORMATS_MAX)), None);
    let expected = SdpFault::TooMany("formats", FORMATS_MAX);
    assert_eq!(fault(&formats(FORMATS_MAX + 1)), Some(expected));
    let group = |count: usize| format!("{SESSION}a=group:BUNDLE{}\n", " 0".repeat(count));
    assert_eq!(fault(&group(GROUP_MIDS_MAX)), None);
    let expected = SdpFault::TooMany("m-lines", GROUP_MIDS_MAX);
    assert_eq!(fault(&group(GROUP_MIDS_MAX + 1)), Some(expected));
}

#[test]
fn feedback_for_all_formats_is_not_a_lever() {
    let names: Vec<String> = (0..128).map(|number| number.to_string()).collect();
    let line = format!("m=audio 9 X {}\n", names.join(" "));
    let section = line.clone() + &"a=rtcp-fb:* x\n".repeat(FEEDBACK_MAX);
    let sections = FEEDBACK_TOTAL_MAX / (128 * FEEDBACK_MAX);
    let full = SESSION.to_owned() + &section.repeat(sections);
    let read = Description::parse(&full).expect("just as many as are taken");
    let formats = read.media.iter().flat_map(|media| &*media.formats);
    assert_eq!(formats.map(|format| format.feedback.len()).sum::<usize>(), FEEDBACK_TOTAL_MAX);
    let expected = SdpFault::TooMany("kinds in all", FEEDBACK_TOTAL_MAX);
    assert_eq!(fault(&(full + &line + "a=rtcp-fb:0 x\n")), Some(expected));
    let expected = SdpFault::TooMany("kinds for one format", FEEDBACK_MAX);
    assert_eq!(fault(&(SESSION.to_owned() + &section + "a=rtcp-fb:* x\n")), Some(expected));
}

/// The largest texts of one kind each: all are read or refused, and none of them takes a walk over
/// all others for each of its parts, which would take hours.
#[test]
fn large_texts_are_read_in_one_walk() {
    let room = SDP_BYTES_MAX - 200;
    let section = "m=audio 9 X 0 1 2 3 4 5 6 7 8 9\n";
    for piece in [
        "\n",
        "a=x\n",
        " ",
        "a=fmtp:0 x\n",
        "a=rtpmap:9 x/1\n",
        "a=ice-options:a\n",
        "a=candidate:1 1 udp 1 ::1 9 typ host\n",
        "a=rid:1 send\n",
        section,
    ] {
        let mut text = SESSION.to_owned() + section;
        text += &piece.repeat((room - text.len()) / piece.len());
        if let Ok(read) = Description::parse(&text) {
            assert_eq!(Description::parse(&read.to_string()), Ok(read), "{piece:?}");
        }
    }
    for (start, piece) in [
        ("m=audio 9 X", " 0"),
        ("a=group:BUNDLE", " 0"),
        ("a=fmtp:0 ", ";"),
        ("a=ice-options:", "a,"),
        ("m=audio 9 X 0\na=simulcast:send 1", ",1"),
        ("m=audio 9 X 0\na=rid:1 send ", ";"),
        ("m=audio 9 X 0\na=rid:1 send pt=1", ",1"),
        ("m=audio 9 X 0\na=ssrc-group:FID", " 1"),
        ("a=fingerprint:x 00", ":00"),
        ("a=candidate:", "1 "),
    ] {
        let mut text = SESSION.to_owned() + start;
        text += &piece.repeat((room - text.len()) / piece.len());
        if let Ok(read) = Description::parse(&text) {
            assert_eq!(Description::parse(&read.to_string()), Ok(read), "{start:?}");
        }
    }
}
