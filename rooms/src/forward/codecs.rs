//! Codecs in which frames are handed on, and the one form of H.264 among them.
//!
//! Frames are not transcoded, so what one participant sends has to be what the others take. Of
//! H.264 a payload type is one profile in one packetization mode, and both sides have the same or
//! it is another codec (RFC 6184 section 8.2.2). So there is one form for all: constrained
//! baseline, which every browser with H.264 has (RFC 7742 section 6.2), in mode 1, which takes
//! pictures of any size. Whoever has H.264 in other forms only is offered the other codecs.

use lapwing_engine::sdp::parameters::{H264Parameters, H264Profile};
use lapwing_engine::sdp::{Description, MediaDescription, MediaName};
use lapwing_engine::{Codec, CodecPreference, MediaKind, MediaTime, Mid, Rtc};

/// What is handed on, in the order in which tracks of others are offered.
pub(super) const CODECS: [Codec; 5] =
    [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::Av1, Codec::H264];

/// The form of H.264 that is handed on.
const H264_FORM: &str = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";

/// What an m-line of pictures has that carries a track of another's.
pub(super) fn handed_on() -> Vec<CodecPreference> {
    let of_video = CODECS.into_iter().filter(|codec| codec.kind() == MediaKind::Video);
    let mut list: Vec<CodecPreference> = of_video
        .map(|codec| preference(codec.name(), (codec == Codec::H264).then_some(H264_FORM)))
        .collect();
    list.push(preference("rtx", None));
    list
}

/// What is answered on an m-line of pictures: what is offered, in its order, but other forms of
/// H.264.
fn answered(offered: &MediaDescription) -> Vec<CodecPreference> {
    let formats = offered.formats.iter().filter_map(|format| {
        let name = format.encoding.as_deref()?;
        let parameters = format.parameters.as_deref();
        let is_h264 = name.eq_ignore_ascii_case(Codec::H264.name());
        let taken = !is_h264 || is_handed_on(parameters);
        taken.then(|| preference(name, parameters.or(is_h264.then_some(""))))
    });
    formats.collect()
}

fn is_handed_on(parameters: Option<&str>) -> bool {
    let read = H264Parameters::parse(parameters);
    read.is_some_and(|read| {
        read.profile_level_id.profile == H264Profile::ConstrainedBaseline
            && read.packetization_mode == 1
    })
}

fn preference(name: &str, parameters: Option<&str>) -> CodecPreference {
    CodecPreference {
        name: name.to_owned(),
        clock_rate: MediaTime::VIDEO_RATE,
        channels: None,
        parameters: parameters.map(str::to_owned),
    }
}

/// Before an answer: each m-line of pictures has what is handed on, in the order of the offer.
pub(super) fn settle(rtc: &mut Rtc) {
    let mut negotiation = rtc.negotiation();
    let offer = negotiation.remote_description();
    let Some(offer) = offer.and_then(|offer| Description::parse(&offer.sdp).ok()) else { return };
    let transceivers = negotiation.transceivers();
    for media in offer.media.iter().filter(|media| media.name == MediaName::Video) {
        let mid = media.mid.as_deref().and_then(Mid::new);
        let known = transceivers.iter().find(|known| known.mid.is_some() && known.mid == mid);
        let Some(transceiver) = known else { continue };
        // What has nothing in common is answered with that: with what there is here.
        if negotiation.set_codec_preferences(transceiver.id, answered(media)).is_err() {
            let _ = negotiation.set_codec_preferences(transceiver.id, handed_on());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(formats: &[(&str, &str)]) -> MediaDescription {
        let numbers: Vec<String> = (96..).take(formats.len()).map(|n: u8| n.to_string()).collect();
        let mut sdp = String::from("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
        sdp +=
            &format!("m=video 9 UDP/TLS/RTP/SAVPF {}\r\nc=IN IP4 0.0.0.0\r\n", numbers.join(" "));
        for (number, (name, parameters)) in numbers.iter().zip(formats) {
            sdp += &format!("a=rtpmap:{number} {name}/90000\r\n");
            if !parameters.is_empty() {
                sdp += &format!("a=fmtp:{number} {parameters}\r\n");
            }
        }
        Description::parse(&sdp).expect("a description").media.remove(0)
    }

    #[test]
    fn of_h264_constrained_baseline_in_mode_1_is_taken_at_any_level() {
        let offered = line(&[
            ("H264", "packetization-mode=1;profile-level-id=42001f"),
            ("H264", "packetization-mode=0;profile-level-id=42e01f"),
            ("h264", "packetization-mode=1;profile-level-id=42c02a"),
            ("VP8", ""),
            ("H264", "packetization-mode=1;profile-level-id=640c1f"),
            ("H264", ""),
            ("rtx", "apt=98"),
        ]);
        let taken = answered(&offered);
        let names: Vec<&str> = taken.iter().map(|taken| taken.name.as_str()).collect();
        assert_eq!(names, ["h264", "VP8", "rtx"], "in the order of the offer");
        assert!(taken[0].parameters.as_deref().is_some_and(|text| text.contains("42c02a")));
        let own = handed_on();
        let form = own.iter().find(|codec| codec.name == "H264").expect("it is handed on");
        assert!(is_handed_on(form.parameters.as_deref()));
    }
}
