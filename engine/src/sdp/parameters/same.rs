//! Which formats of two sides are the same.

use super::{Av1Parameters, Encoding, H264Parameters, Vp9Parameters};
use crate::sdp::Format;

/// The offered format is one of ours: encoding, clock rate and channels are the same (RFC 3264
/// section 6.1), and for H.264 profile and packetization mode, for VP9 and AV1 the
/// profile. Other parameters wish or bound, and do not tell formats apart. Of retransmissions and
/// redundancy it does not judge which format they repeat: payload types of the two sides may
/// differ, so what they repeat is to be compared, and not its number.
///
/// ```
/// use lapwing_engine::sdp::{Description, parameters};
/// let head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
///     m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n\
///     a=rtpmap:96 VP9/90000\r\na=rtpmap:97 vp9/90000\r\n";
/// let same = |fmtp: &str| {
///     let description = Description::parse(&format!("{head}a=fmtp:97 {fmtp}\r\n")).unwrap();
///     let formats = &description.media[0].formats;
///     parameters::matches(&formats[0], &formats[1])
/// };
/// assert!(same("profile-id=0"));
/// assert!(!same("profile-id=2"));
/// ```
pub fn matches(offered: &Format, ours: &Format) -> bool {
    let (Some(theirs), Some(own)) = (Encoding::of(offered), Encoding::of(ours)) else {
        return false;
    };
    let parameters = (offered.parameters.as_deref(), ours.parameters.as_deref());
    theirs == own
        && if own.is("H264") {
            both(parameters, H264Parameters::parse, |ours, theirs| ours.matches(theirs))
        } else if own.is("VP9") {
            both(parameters, Vp9Parameters::parse, |ours, theirs| ours.matches(theirs))
        } else if own.is("AV1") {
            both(parameters, Av1Parameters::parse, |ours, theirs| ours.matches(theirs))
        } else {
            true
        }
}

/// Both can be read, and match.
fn both<P>(
    (offered, ours): (Option<&str>, Option<&str>),
    parse: impl Fn(Option<&str>) -> Option<P>,
    matches: impl Fn(&P, &P) -> bool,
) -> bool {
    match (parse(offered), parse(ours)) {
        (Some(offered), Some(ours)) => matches(&ours, &offered),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `96 opus/48000/2 minptime=10`; a payload type alone has no map.
    fn format(text: &str) -> Format {
        let mut fields = text.splitn(3, ' ');
        let name = fields.next().expect("a payload type").to_owned();
        let mut map = fields.next().into_iter().flat_map(|map| map.split('/'));
        Format {
            name,
            encoding: map.next().map(Into::into),
            clock_rate: map.next().map(|rate| rate.parse().expect("a rate")),
            channels: map.next().map(|channels| channels.parse().expect("a number")),
            parameters: fields.next().map(Into::into),
            feedback: [].into(),
        }
    }

    #[test]
    fn formats_are_the_same_or_not() {
        for (ours, theirs, same) in [
            ("111 opus/48000/2 minptime=10", "96 OPUS/48000/2", true),
            ("111 opus/48000/2", "111 opus/48000", false),
            ("111 opus/48000/2", "111 opus/44100/2", false),
            ("0 PCMU/8000", "0", true),
            ("0 pcmu/8000/1", "0", true),
            ("8", "0", false),
            ("96 telephone-event/8000 0-15", "101 telephone-event/8000 0-11", true),
            ("96 telephone-event/8000", "101 telephone-event/48000", false),
            ("96 VP8/90000", "120 VP8/90000 max-fs=12288;max-fr=60", true),
            ("96 VP8/90000", "96 VP9/90000", false),
            ("98 VP9/90000 profile-id=0", "98 VP9/90000", true),
            ("98 VP9/90000 profile-id=0", "98 VP9/90000 profile-id=2", false),
            ("45 AV1/90000", "99 av1/90000 level-idx=5;profile=0;tier=0", true),
            ("45 AV1/90000", "99 AV1/90000 profile=1", false),
            ("45 AV1/90000", "99 AV1X/90000", false),
            ("97 rtx/90000 apt=96", "121 rtx/90000 apt=120", true),
            ("63 red/48000/2 111/111", "63 red/48000/2 109/109", true),
            ("63 red/48000/2 111/111", "116 red/90000", false),
            ("103 H264/90000", "126 H264/90000 profile-level-id=42e034", true),
            ("103 H264/90000", "126 H264/90000 packetization-mode=1", false),
            ("103 H264/90000", "126 H264/90000 profile-level-id=4d001f", false),
            ("103 H264/90000", "126 H264/90000 profile-level-id=?", false),
            ("96", "96", false),
            ("webrtc-datachannel", "webrtc-datachannel", false),
        ] {
            assert_eq!(matches(&format(theirs), &format(ours)), same, "{ours} | {theirs}");
            assert_eq!(matches(&format(ours), &format(theirs)), same, "{theirs} | {ours}");
        }
    }
}
