//! How a picture is to be turned before it is shown (3GPP TS 26.114 section 7.4.5).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Turns that a receiver makes, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// None.
    #[default]
    Deg0,
    /// A quarter.
    Deg90,
    /// A half.
    Deg180,
    /// Three quarters.
    Deg270,
}

/// Orientation of the pictures from here on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VideoOrientation {
    /// The camera looks away from its user.
    pub back_camera: bool,
    /// It is mirrored.
    pub flipped: bool,
    /// How it is turned.
    pub rotation: Rotation,
}

impl HeaderExtension for VideoOrientation {
    const KIND: ExtensionKind = ExtensionKind::VideoOrientation;

    fn read(value: &[u8]) -> Option<Self> {
        let byte = *value.first()?;
        let rotation = match byte & 0b11 {
            0 => Rotation::Deg0,
            1 => Rotation::Deg90,
            2 => Rotation::Deg180,
            _ => Rotation::Deg270,
        };
        let (back_camera, flipped) = (byte & 0b1000 != 0, byte & 0b100 != 0);
        Some(VideoOrientation { back_camera, flipped, rotation })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let (camera, flip) = (u8::from(self.back_camera), u8::from(self.flipped));
        out.push(camera << 3 | flip << 2 | self.rotation as u8);
    }
}
