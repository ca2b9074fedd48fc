//! AV1 by libdav1d.

use dav1d::{PixelLayout, PlanarImageComponent};
use lapwing_engine::{Codec, EncodedFrame, MediaTime};

use crate::codecs::{CodecError, DecodeError, VideoDecoder, obu};
use crate::picture::Picture;

/// Most pictures out of one temporal unit: one for each spatial layer, and shown frames of a
/// careless muxer beside them. It bounds the work a hostile unit can make.
const MAX_PICTURES: usize = 16;

/// Largest temporal unit taken, in bytes: an uncompressed 8K picture is below it.
const MAX_UNIT_BYTES: usize = 64 << 20;

/// An AV1 decoder. It takes temporal units with or without delimiter and size fields.
pub struct Av1Decoder {
    decoder: dav1d::Decoder,
}

impl Av1Decoder {
    /// A decoder on one thread, which gives each picture as soon as its unit was taken.
    ///
    /// # Errors
    /// When the library has no memory.
    pub fn new() -> Result<Self, CodecError> {
        let mut settings = dav1d::Settings::new();
        settings.set_n_threads(1);
        settings.set_max_frame_delay(1);
        settings.set_all_layers(false);
        settings.set_frame_size_limit(Picture::MAX_PIXELS as u32);
        let decoder = dav1d::Decoder::with_settings(&settings).map_err(|error| {
            CodecError::Library { codec: Codec::Av1, message: error.to_string() }
        })?;
        Ok(Av1Decoder { decoder })
    }

    /// Takes every picture that is ready.
    fn drain(&mut self, pictures: &mut Vec<Picture>, time: MediaTime) -> Result<(), DecodeError> {
        while pictures.len() < MAX_PICTURES {
            match self.decoder.get_picture() {
                Ok(picture) => pictures.push(convert(&picture, time)?),
                Err(error) if error.is_again() => return Ok(()),
                Err(error) => return Err(corrupt(&error)),
            }
        }
        Ok(())
    }
}

impl VideoDecoder for Av1Decoder {
    fn codec(&self) -> Codec {
        Codec::Av1
    }

    fn decode(&mut self, frame: &EncodedFrame) -> Result<Vec<Picture>, DecodeError> {
        DecodeError::check_codec(Codec::Av1, frame.codec)?;
        if frame.data.len() > MAX_UNIT_BYTES {
            let message = format!("a temporal unit of {} bytes", frame.data.len());
            return Err(DecodeError::Corrupt { codec: Codec::Av1, message });
        }
        let unit = obu::normalise(&frame.data).map_err(|error| corrupt(&error))?;
        // The library takes no empty units.
        if unit.is_empty() {
            return Ok(Vec::new());
        }
        let mut pictures = Vec::new();
        let mut sent = self.decoder.send_data(unit, None, None, None);
        for _ in 0..MAX_PICTURES {
            match sent {
                Err(error) if error.is_again() => {
                    self.drain(&mut pictures, frame.time)?;
                    sent = self.decoder.send_pending_data();
                }
                Err(error) => return Err(corrupt(&error)),
                Ok(()) => {
                    self.drain(&mut pictures, frame.time)?;
                    return Ok(pictures);
                }
            }
        }
        // The rest of the unit would stay pending, and the next one could not be sent.
        self.decoder.flush();
        let message = format!("more than {MAX_PICTURES} pictures in one temporal unit");
        Err(DecodeError::Corrupt { codec: Codec::Av1, message })
    }
}

fn convert(decoded: &dav1d::Picture, time: MediaTime) -> Result<Picture, DecodeError> {
    let size = (decoded.width(), decoded.height());
    Picture::check_size(size.0, size.1)?;
    if decoded.bit_depth() != 8 {
        return Err(DecodeError::Unsupported { codec: Codec::Av1, what: "more than 8 bits" });
    }
    let stride = |component| decoded.stride(component) as usize;
    let luma = decoded.plane(PlanarImageComponent::Y);
    let luma = (&luma[..], stride(PlanarImageComponent::Y));
    match decoded.pixel_layout() {
        PixelLayout::I420 => {
            let u = decoded.plane(PlanarImageComponent::U);
            let v = decoded.plane(PlanarImageComponent::V);
            let stride = stride(PlanarImageComponent::U);
            Ok(Picture::from_planes(size, time, [luma, (&u[..], stride), (&v[..], stride)])?)
        }
        PixelLayout::I400 => {
            let columns = size.0.div_ceil(2) as usize;
            let grey = vec![128; columns * size.1.div_ceil(2) as usize];
            Ok(Picture::from_planes(size, time, [luma, (&grey, columns), (&grey, columns)])?)
        }
        PixelLayout::I422 | PixelLayout::I444 => {
            Err(DecodeError::Unsupported { codec: Codec::Av1, what: "chroma other than 4:2:0" })
        }
    }
}

fn corrupt(error: &dyn std::error::Error) -> DecodeError {
    DecodeError::Corrupt { codec: Codec::Av1, message: error.to_string() }
}
