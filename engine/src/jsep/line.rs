//! What an m-line is, whatever it says in detail.

use crate::codec::MediaKind;
use crate::event::Direction;
use crate::sdp::{Description, MediaDescription, MediaName, Profile};

/// What an m-line carries, as far as it can be used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Sound or pictures over RTP.
    Media(MediaKind),
    /// Data channels over SCTP.
    Data,
    /// Something else: it is answered with port 0.
    Foreign,
}

/// The format of data channels (RFC 8841 section 4.3).
pub(super) const DATA_FORMAT: &str = "webrtc-datachannel";

pub(super) fn kind(media: &MediaDescription) -> LineKind {
    match (&media.name, media_kind(media)) {
        (_, Some(kind)) => LineKind::Media(kind),
        (MediaName::Application, None) if is_data(media) => LineKind::Data,
        _ => LineKind::Foreign,
    }
}

/// Audio or video in a profile that DTLS-SRTP can stand in for (RFC 9429 section 5.1.2).
pub(super) fn media_kind(media: &MediaDescription) -> Option<MediaKind> {
    let kind = match media.name {
        MediaName::Audio => MediaKind::Audio,
        MediaName::Video => MediaKind::Video,
        MediaName::Application | MediaName::Other(_) => return None,
    };
    let is_rtp = match &media.profile {
        Profile::UdpTlsRtpSavpf
        | Profile::UdpTlsRtpSavp
        | Profile::TcpTlsRtpSavpf
        | Profile::TcpDtlsRtpSavpf
        | Profile::RtpSavpf
        | Profile::RtpSavp => true,
        Profile::Other(name) => {
            let others = ["RTP/AVP", "RTP/AVPF", "TCP/DTLS/RTP/SAVP", "TCP/TLS/RTP/SAVP"];
            others.iter().any(|known| name.eq_ignore_ascii_case(known))
        }
        Profile::UdpDtlsSctp | Profile::TcpDtlsSctp | Profile::DtlsSctp => false,
    };
    is_rtp.then_some(kind)
}

fn is_data(media: &MediaDescription) -> bool {
    match media.profile {
        Profile::UdpDtlsSctp | Profile::TcpDtlsSctp => {
            media.formats.iter().any(|format| format.name == DATA_FORMAT)
        }
        Profile::DtlsSctp => true,
        _ => false,
    }
}

/// Port 0 rejects, except where an offer has the m-line in a bundle only (RFC 9143 section 6). In
/// an answer it rejects in any case.
pub(super) fn is_rejected(media: &MediaDescription, is_offer: bool) -> bool {
    media.port == 0 && !(is_offer && media.bundle_only && media.mid.is_some())
}

/// What it says, else what the session says, else both ways (RFC 8866 section 6.7).
pub(super) fn direction(description: &Description, media: &MediaDescription) -> Direction {
    media.direction.or(description.direction).unwrap_or(Direction::SendRecv)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Format;

    #[test]
    fn every_profile_of_media_and_of_data() {
        let line = |name: MediaName, profile: Profile| {
            let formats = vec![Format { name: DATA_FORMAT.to_owned(), ..Format::default() }].into();
            kind(&MediaDescription { name, profile, formats, ..MediaDescription::default() })
        };
        let other = |name: &str| Profile::Other(name.to_owned());
        for profile in [
            Profile::UdpTlsRtpSavpf,
            Profile::UdpTlsRtpSavp,
            Profile::TcpTlsRtpSavpf,
            Profile::TcpDtlsRtpSavpf,
            Profile::RtpSavpf,
            Profile::RtpSavp,
            other("RTP/AVP"),
            other("rtp/avpf"),
        ] {
            let found = line(MediaName::Audio, profile.clone());
            assert_eq!(found, LineKind::Media(MediaKind::Audio), "{profile:?}");
            assert_eq!(line(MediaName::Application, profile), LineKind::Foreign);
        }
        for profile in [Profile::UdpDtlsSctp, Profile::TcpDtlsSctp, Profile::DtlsSctp] {
            assert_eq!(line(MediaName::Application, profile.clone()), LineKind::Data);
            assert_eq!(line(MediaName::Video, profile), LineKind::Foreign);
        }
        assert_eq!(line(MediaName::Audio, other("udptl")), LineKind::Foreign);
        assert_eq!(line(MediaName::Other("text".to_owned()), Profile::RtpSavp), LineKind::Foreign);
        let bfcp = MediaDescription {
            name: MediaName::Application,
            profile: Profile::UdpDtlsSctp,
            ..MediaDescription::default()
        };
        assert_eq!(kind(&bfcp), LineKind::Foreign, "SCTP for something else");
    }

    #[test]
    fn port_zero_rejects_unless_an_offer_says_bundle_only() {
        for (port, bundle_only, mid, in_offer, in_answer) in [
            (9, false, true, false, false),
            (9, true, true, false, false),
            (0, false, true, true, true),
            (0, true, true, false, true),
            (0, true, false, true, true),
        ] {
            let mid = mid.then(|| "0".to_owned());
            let media = MediaDescription { port, bundle_only, mid, ..MediaDescription::default() };
            assert_eq!(
                (is_rejected(&media, true), is_rejected(&media, false)),
                (in_offer, in_answer)
            );
        }
    }
}
