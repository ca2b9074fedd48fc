//! Codecs as descriptions list them: their order on an m-line is the order of preference (RFC 8866 section 5.14,
//! RFC 3264 section 6.1).

use crate::ids::{Mid, PayloadType};

/// Payload types that there are (RFC 3550 section 5.1).
const PAYLOAD_TYPES: u8 = 128;

/// Names of codecs that are told of an m-line nobody can use: more than any browser offers.
const NAMES_MAX: usize = 32;

/// Longest name of a codec that is told, in characters.
const NAME_CHARS_MAX: usize = 64;

/// The formats of one m-line, preferred first.
#[derive(Debug, Default)]
pub(super) struct Formats<'a> {
    mid: &'a str,
    list: Vec<Format<'a>>,
}

#[derive(Debug)]
struct Format<'a> {
    payload_type: u8,
    /// The encoding, its clock rate and its channels; empty where the number says it all.
    name: &'a str,
    /// Whose retransmissions it carries (RFC 4588 section 8.6).
    repairs: Option<u8>,
}

impl<'a> Formats<'a> {
    /// Of each m-line of a description.
    pub(super) fn of(sdp: &'a str) -> Vec<Self> {
        let mut lines: Vec<Formats<'a>> = Vec::new();
        for line in sdp.lines().map(str::trim_end) {
            if let Some(rest) = line.strip_prefix("m=") {
                lines.push(Formats::of_line(rest));
            } else if let Some(last) = lines.last_mut() {
                last.read_attribute(line);
            }
        }
        lines
    }

    fn of_line(rest: &'a str) -> Self {
        let mut formats = Formats::default();
        for payload_type in payload_types(rest) {
            if formats.get(payload_type).is_none() {
                let format = Format { payload_type, name: "", repairs: None };
                formats.list.push(format);
            }
        }
        formats
    }

    fn read_attribute(&mut self, line: &'a str) {
        if let Some(mid) = line.strip_prefix("a=mid:") {
            self.mid = mid;
        }
        let value = line.strip_prefix("a=rtpmap:").or_else(|| line.strip_prefix("a=fmtp:"));
        let Some((number, text)) = value.and_then(|value| value.split_once(' ')) else { return };
        let found = self.list.iter_mut().find(|f| number.parse() == Ok(f.payload_type));
        let Some(format) = found else { return };
        if line.starts_with("a=rtpmap:") {
            format.name = text.trim();
        } else if let Some(repairs) = text.split(';').find_map(|p| p.trim().strip_prefix("apt=")) {
            format.repairs = repairs.parse().ok();
        }
    }

    fn get(&self, payload_type: u8) -> Option<&Format<'a>> {
        self.list.iter().find(|format| format.payload_type == payload_type)
    }

    /// Where the same format stands here: by number and name, or by name alone, as a side that only receives may be
    /// given other numbers. Retransmissions stand with what they repair.
    fn place(&self, theirs: &Formats<'_>, payload_type: u8) -> Option<usize> {
        let format = theirs.get(payload_type)?;
        let format = format.repairs.and_then(|repaired| theirs.get(repaired)).unwrap_or(format);
        let same_name = |known: &Format<'_>| known.name.eq_ignore_ascii_case(format.name);
        let same = |known: &Format<'_>| known.payload_type == format.payload_type;
        let exact = self.list.iter().position(|known| same(known) && same_name(known));
        exact.or_else(|| {
            self.list.iter().position(|known| !known.name.is_empty() && same_name(known))
        })
    }

    /// The encodings by name, without what only repairs.
    pub(super) fn names(&self) -> Vec<String> {
        let media = self.list.iter().filter(|format| format.repairs.is_none());
        let name = |format: &Format<'_>| match format.name {
            "" => format!("payload type {}", format.payload_type),
            name => name.chars().filter(char::is_ascii_graphic).take(NAME_CHARS_MAX).collect(),
        };
        media.map(name).take(NAMES_MAX).collect()
    }

    pub(super) fn mid(&self) -> Option<Mid> {
        Mid::new(self.mid)
    }
}

/// What follows kind, port and protocol.
fn payload_types(rest: &str) -> impl Iterator<Item = u8> {
    let numbers = rest.split(' ').skip(3).map_while(|number| number.parse().ok());
    numbers.filter(|number| *number < PAYLOAD_TYPES)
}

/// The payload types of each m-line as listed, preferred first.
pub(super) fn preferences(sdp: &str) -> Vec<(Mid, Vec<PayloadType>)> {
    let lines = Formats::of(sdp).into_iter();
    let listed = lines.filter_map(|line| {
        let types = line.list.iter().map(|format| PayloadType(format.payload_type)).collect();
        Some((line.mid()?, types))
    });
    listed.collect()
}

/// Our description with the formats of each m-line in the order in which the peer's has them: an answer by its offer,
/// or an offer by what was agreed before. M-lines that the peer's does not have stay as they are.
pub(super) fn in_order_of(theirs: &str, ours: &str) -> String {
    let (wanted, listed) = (Formats::of(theirs), Formats::of(ours));
    let aligned = wanted.len() == listed.len();
    let mut index = 0;
    let mut ordered = String::with_capacity(ours.len());
    for line in ours.lines() {
        match line.strip_prefix("m=").and(listed.get(index)) {
            Some(ours) => {
                let named = wanted.iter().find(|line| !line.mid.is_empty() && line.mid == ours.mid);
                let theirs = named.or_else(|| wanted.get(index).filter(|_| aligned));
                match theirs {
                    Some(theirs) => ordered.push_str(&reorder(line, ours, theirs)),
                    None => ordered.push_str(line),
                }
                index += 1;
            }
            None => ordered.push_str(line),
        }
        ordered.push_str("\r\n");
    }
    ordered
}

fn reorder(line: &str, ours: &Formats<'_>, theirs: &Formats<'_>) -> String {
    if ours.list.is_empty() {
        return line.to_owned();
    }
    let mut types: Vec<u8> = ours.list.iter().map(|format| format.payload_type).collect();
    types.sort_by_key(|number| theirs.place(ours, *number).unwrap_or(usize::MAX));
    let head = line.splitn(4, ' ').take(3).map(str::to_owned);
    head.chain(types.iter().map(u8::to_string)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 45 46 98\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:45 AV1/90000\r\na=rtpmap:46 rtx/90000\r\n\
        a=fmtp:46 apt=45\r\na=rtpmap:98 H265/90000\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n";

    /// An answer to it, with the numbers of VP8, AV1 and their repairs.
    fn answer([vp8, vp8_rtx, av1, av1_rtx]: [u8; 4]) -> String {
        format!(
            "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF {av1} {av1_rtx} {vp8} {vp8_rtx}\r\na=mid:1\r\n\
             a=rtpmap:{av1} AV1/90000\r\na=rtpmap:{av1_rtx} rtx/90000\r\na=fmtp:{av1_rtx} apt={av1}\r\n\
             a=rtpmap:{vp8} vp8/90000\r\na=rtpmap:{vp8_rtx} rtx/90000\r\na=fmtp:{vp8_rtx} apt={vp8}\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n"
        )
    }

    #[test]
    fn formats_follow_the_offer_and_nothing_else_changes() {
        let same = answer([96, 97, 45, 46]);
        let expected = same.replace("45 46 96 97\r\n", "96 97 45 46\r\n").replace("0 111", "111 0");
        assert_eq!(in_order_of(OFFER, &same), expected);
        // Other numbers, of which one means something else in the offer.
        let other = answer([100, 101, 96, 97]);
        let expected = other.replace("96 97 100 101", "100 101 96 97").replace("0 111", "111 0");
        assert_eq!(in_order_of(OFFER, &other), expected);
    }

    #[test]
    fn lines_are_matched_by_name_before_place() {
        let answer =
            "m=video 9 X 45 96\r\na=mid:1\r\na=rtpmap:45 AV1/90000\r\na=rtpmap:96 VP8/90000\r\n";
        assert_eq!(in_order_of(OFFER, answer), answer.replace("45 96", "96 45"));
    }

    #[test]
    fn descriptions_that_do_not_match_are_left_as_they_are() {
        for (offer, answer) in [("", "m=audio 9 X 1 2\r\n"), ("m=", "m=audio 9 X 1 2\r\n")] {
            assert_eq!(in_order_of(offer, answer), answer);
        }
        assert_eq!(in_order_of("m=audio 9 X 2 1", "m=audio\r\n"), "m=audio\r\n");
    }

    #[test]
    fn names_are_those_of_media_and_within_limits() {
        let lines = Formats::of(OFFER);
        assert_eq!(lines[0].names(), ["opus/48000/2", "payload type 0"]);
        assert_eq!(lines[1].names(), ["VP8/90000", "AV1/90000", "H265/90000"]);
        assert!(lines[2].names().is_empty());
        let numbers: String = (0..100_000_u32).map(|number| format!(" {}", number % 256)).collect();
        let long = format!("m=audio 9 X{numbers}\r\na=rtpmap:0 {}\u{202e}\r\n", "x".repeat(1000));
        let names = Formats::of(&long)[0].names();
        assert_eq!(names.len(), NAMES_MAX);
        assert_eq!(names[0], "x".repeat(NAME_CHARS_MAX));
    }

    #[test]
    fn preferences_are_by_m_line() {
        let listed = preferences(OFFER);
        let video: Vec<u8> = listed[1].1.iter().map(|payload_type| payload_type.0).collect();
        assert_eq!((listed[1].0.as_str(), &video[..]), ("1", &[96, 97, 45, 46, 98][..]));
        assert_eq!(listed.len(), 3);
    }
}
