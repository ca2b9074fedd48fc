//! A camera's pictures, on their way to the encoder.

use super::denoise::Denoiser;
use super::light::LightLeveller;
use crate::picture::Picture;

/// Which stages run on a camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanerSettings {
    /// Sensor noise is taken out.
    pub denoise: bool,
    /// Dark pictures are lifted.
    pub low_light: bool,
}

impl CleanerSettings {
    /// Both.
    pub const ALL: CleanerSettings = CleanerSettings { denoise: true, low_light: true };
    /// Neither: pictures pass as they are.
    pub const NONE: CleanerSettings = CleanerSettings { denoise: false, low_light: false };
}

/// Cleans pictures, one after another: first noise, as the sensor made it, then light.
///
/// ```
/// use lapwing_engine::MediaTime;
/// use lapwing_media::Picture;
/// use lapwing_media::processing::{CleanerSettings, PictureCleaner};
///
/// let mut cleaner = PictureCleaner::new(CleanerSettings::ALL);
/// let picture = Picture::new(321, 1, MediaTime::new(0, 90_000))?;
/// assert_eq!(cleaner.clean(picture.clone()).size(), picture.size());
/// # Ok::<(), lapwing_media::PictureError>(())
/// ```
#[derive(Debug)]
pub struct PictureCleaner {
    denoiser: Option<Denoiser>,
    leveller: Option<LightLeveller>,
}

impl PictureCleaner {
    /// A cleaner that has seen nothing yet.
    pub fn new(settings: CleanerSettings) -> Self {
        PictureCleaner {
            denoiser: settings.denoise.then(Denoiser::new),
            leveller: settings.low_light.then(LightLeveller::new),
        }
    }

    /// What it does.
    pub const fn settings(&self) -> CleanerSettings {
        CleanerSettings { denoise: self.denoiser.is_some(), low_light: self.leveller.is_some() }
    }

    /// Changes what it does. A stage that stays on keeps what it knows.
    pub fn set(&mut self, settings: CleanerSettings) {
        let denoiser = settings.denoise.then(|| self.denoiser.take().unwrap_or_default());
        let leveller = settings.low_light.then(|| self.leveller.take().unwrap_or_default());
        *self = PictureCleaner { denoiser, leveller };
    }

    /// The picture, cleaned: of the same size and time.
    pub fn clean(&mut self, mut picture: Picture) -> Picture {
        if let Some(denoiser) = &mut self.denoiser {
            denoiser.denoise(&mut picture);
        }
        if let Some(leveller) = &mut self.leveller {
            leveller.level(&mut picture);
        }
        picture
    }

    /// Standard deviation of the noise that was found in the last picture's luma, in steps of 8
    /// bits. `None` while nothing takes it out.
    pub fn noise(&self) -> Option<f32> {
        self.denoiser.as_ref().map(Denoiser::noise)
    }

    /// How much brighter the last picture's mean luma became: 1.0 is as before. `None` while
    /// nothing lifts it.
    pub fn brightening(&self) -> Option<f32> {
        self.leveller.as_ref().map(LightLeveller::brightening)
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;

    #[test]
    fn what_is_off_changes_nothing() {
        let mut picture = Picture::new(33, 17, MediaTime::new(7, 90_000)).unwrap();
        let samples = picture.data_mut().iter_mut().zip(0_u32..);
        samples.for_each(|(sample, index)| *sample = (index * 37 % 251) as u8);
        let mut cleaner = PictureCleaner::new(CleanerSettings::ALL);
        cleaner.set(CleanerSettings::NONE);
        assert_eq!(cleaner.settings(), CleanerSettings::NONE);
        assert_eq!(cleaner.clean(picture.clone()), picture);
        assert_eq!((cleaner.noise(), cleaner.brightening()), (None, None));
    }
}
