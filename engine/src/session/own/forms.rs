//! What payload types carry, found by their names once, when they are agreed on.

use crate::codec::Codec;
use crate::ids::PayloadType;
use crate::rtp::format::{H264Mode, H264Packetizer, Packetizer, PayloadFormat};
use crate::sdp::parameters::H264Parameters;
use crate::session::agreed::{CodecRole, RtpCodec};

/// What one payload type carries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) payload_type: PayloadType,
    pub(super) format: PayloadFormat,
    /// The codec of its frames, where it has any.
    pub(super) codec: Option<Codec>,
    /// It is media of its own, and not what repairs or repeats it.
    is_media: bool,
    /// Of H.264, the packets that the receiver takes.
    mode: H264Mode,
}

impl Form {
    /// Makes its packets. `picture_id` numbers the first picture, where pictures are numbered.
    pub(super) fn packetizer(&self, picture_id: u16) -> Packetizer {
        match self.format {
            PayloadFormat::H264 => Packetizer::H264(H264Packetizer::new(self.mode)),
            format => Packetizer::new(format, picture_id),
        }
    }
}

/// What each payload type of a direction carries, but for those that carry no format of ours.
#[derive(Clone, Debug)]
pub(super) struct Forms(Vec<Form>);

impl Forms {
    pub(super) fn new(codecs: &[RtpCodec]) -> Self {
        let form = |codec: &RtpCodec| {
            let named = |known: &Codec| known.name().eq_ignore_ascii_case(&codec.name);
            Some(Form {
                payload_type: codec.payload_type,
                format: PayloadFormat::of(&codec.name)?,
                codec: Codec::ALL.into_iter().find(named),
                is_media: codec.role == CodecRole::Media,
                mode: mode(&codec.parameters),
            })
        };
        Forms(codecs.iter().filter_map(form).collect())
    }

    pub(super) fn of(&self, number: PayloadType) -> Option<&Form> {
        self.0.iter().find(|form| form.payload_type == number)
    }

    /// How frames of a codec are carried: the first that is listed.
    pub(super) fn carrying(&self, codec: Codec) -> Option<&Form> {
        self.0.iter().find(|form| form.codec == Some(codec) && form.is_media)
    }
}

/// The packetization mode that the parameters say, where they are H.264's (RFC 6184 section 8.1).
fn mode(parameters: &str) -> H264Mode {
    match H264Parameters::parse(Some(parameters)) {
        Some(H264Parameters { packetization_mode: 0, .. }) => H264Mode::SingleNalUnit,
        _ => H264Mode::NonInterleaved,
    }
}
