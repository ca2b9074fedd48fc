//! What payload types carry, found by their names once, when they are agreed on.

use crate::codec::Codec;
use crate::ids::PayloadType;
use crate::rtp::format::PayloadFormat;
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
