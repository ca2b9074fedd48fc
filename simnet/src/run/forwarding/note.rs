//! What the two halves of a forwarder tell each other.

use std::sync::Arc;

use lapwing_engine::{Codec, EncodedFrame, MediaTime};

/// Something that passes inside a forwarder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// A frame has arrived.
    Frame(Handed),
    /// A keyframe of this layer is needed.
    Keyframe(u8),
}

/// A frame on its way through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handed {
    /// Its layer, counted from the lowest; zero without a simulcast.
    pub(super) layer: u8,
    /// Frames between the one before and this one are lost.
    pub(super) after_loss: bool,
    /// The frame.
    pub(super) frame: EncodedFrame,
}

/// Bytes before a frame's own: kind, layer, flags, media time.
const HEAD: usize = 15;
const FRAME: u8 = 1;
const KEYFRAME: u8 = 2;

impl Note {
    /// As mail.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Note::Keyframe(layer) => vec![KEYFRAME, *layer],
            Note::Frame(Handed { layer, after_loss, frame }) => {
                let is_sound = frame.codec == Codec::Opus;
                let flags = [is_sound, frame.keyframe, *after_loss];
                let flags =
                    flags.into_iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(flag));
                let mut bytes = Vec::with_capacity(HEAD + frame.data.len());
                bytes.extend([FRAME, *layer, flags]);
                bytes.extend(frame.time.ticks().to_be_bytes());
                bytes.extend(frame.time.rate().to_be_bytes());
                bytes.extend_from_slice(&frame.data);
                bytes
            }
        }
    }

    /// Reads mail; `None` for anything else.
    pub(super) fn parse(bytes: &[u8]) -> Option<Note> {
        match bytes {
            [KEYFRAME, layer] => Some(Note::Keyframe(*layer)),
            [FRAME, layer, flags, rest @ ..] => {
                let (ticks, rest) = rest.split_first_chunk()?;
                let (rate, data) = rest.split_first_chunk()?;
                let frame = EncodedFrame {
                    codec: if flags & 1 != 0 { Codec::Opus } else { Codec::Vp8 },
                    time: MediaTime::new(u64::from_be_bytes(*ticks), u32::from_be_bytes(*rate)),
                    keyframe: flags & 2 != 0,
                    data: Arc::from(data),
                };
                Some(Note::Frame(Handed { layer: *layer, after_loss: flags & 4 != 0, frame }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_survive_the_mail() {
        let time = MediaTime::new(5, MediaTime::VIDEO_RATE);
        for (codec, keyframe, after_loss) in
            [(Codec::Vp8, true, false), (Codec::Vp8, false, true), (Codec::Opus, true, false)]
        {
            let frame = EncodedFrame { codec, time, keyframe, data: vec![7; 30].into() };
            let note = Note::Frame(Handed { layer: 2, after_loss, frame });
            let bytes = note.to_bytes();
            assert_eq!(Note::parse(&bytes), Some(note));
            assert_eq!(Note::parse(&bytes[..HEAD - 1]), None);
        }
        let asked = Note::Keyframe(1);
        assert_eq!(Note::parse(&asked.to_bytes()), Some(asked));
        assert_eq!(Note::parse(b"offer\nv=0"), None);
    }
}
