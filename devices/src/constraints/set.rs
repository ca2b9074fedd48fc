//! What an application says of a track.

use super::property::{DisplaySurface, FacingMode, Property, ResizeMode};
use super::value::{ConstrainFlag, ConstrainList, ConstrainRange};

/// What is said of each property (`MediaTrackConstraintSet`). `None` says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each field is the property of its name, see `Property`")]
pub struct ConstraintSet {
    pub width: Option<ConstrainRange<u32>>,
    pub height: Option<ConstrainRange<u32>>,
    pub aspect_ratio: Option<ConstrainRange<f64>>,
    pub frame_rate: Option<ConstrainRange<f64>>,
    pub facing_mode: Option<ConstrainList<FacingMode>>,
    pub resize_mode: Option<ConstrainList<ResizeMode>>,
    pub display_surface: Option<ConstrainList<DisplaySurface>>,
    pub sample_rate: Option<ConstrainRange<u32>>,
    pub channel_count: Option<ConstrainRange<u32>>,
    pub echo_cancellation: Option<ConstrainFlag>,
    pub noise_suppression: Option<ConstrainFlag>,
    pub auto_gain_control: Option<ConstrainFlag>,
    pub device_id: Option<ConstrainList<String>>,
    pub group_id: Option<ConstrainList<String>>,
}

impl ConstraintSet {
    /// Without the properties that a track of the other kind has.
    pub fn only(&self, keeps: impl Fn(Property) -> bool) -> ConstraintSet {
        let mut set = self.clone();
        for property in Property::ALL.into_iter().filter(|property| !keeps(*property)) {
            set.clear(property);
        }
        set
    }

    fn clear(&mut self, property: Property) {
        match property {
            Property::Width => self.width = None,
            Property::Height => self.height = None,
            Property::AspectRatio => self.aspect_ratio = None,
            Property::FrameRate => self.frame_rate = None,
            Property::FacingMode => self.facing_mode = None,
            Property::ResizeMode => self.resize_mode = None,
            Property::DisplaySurface => self.display_surface = None,
            Property::SampleRate => self.sample_rate = None,
            Property::ChannelCount => self.channel_count = None,
            Property::EchoCancellation => self.echo_cancellation = None,
            Property::NoiseSuppression => self.noise_suppression = None,
            Property::AutoGainControl => self.auto_gain_control = None,
            Property::DeviceId => self.device_id = None,
            Property::GroupId => self.group_id = None,
        }
    }

    /// The properties of which something is demanded, with bare values as ideals.
    pub fn required(&self) -> Vec<Property> {
        let is_required = |property: &Property| match property {
            Property::Width => self.width.is_some_and(ConstrainRange::is_required),
            Property::Height => self.height.is_some_and(ConstrainRange::is_required),
            Property::AspectRatio => self.aspect_ratio.is_some_and(ConstrainRange::is_required),
            Property::FrameRate => self.frame_rate.is_some_and(ConstrainRange::is_required),
            Property::FacingMode => {
                self.facing_mode.as_ref().is_some_and(ConstrainList::is_required)
            }
            Property::ResizeMode => {
                self.resize_mode.as_ref().is_some_and(ConstrainList::is_required)
            }
            Property::DisplaySurface => {
                self.display_surface.as_ref().is_some_and(ConstrainList::is_required)
            }
            Property::SampleRate => self.sample_rate.is_some_and(ConstrainRange::is_required),
            Property::ChannelCount => self.channel_count.is_some_and(ConstrainRange::is_required),
            Property::EchoCancellation => {
                self.echo_cancellation.is_some_and(ConstrainFlag::is_required)
            }
            Property::NoiseSuppression => {
                self.noise_suppression.is_some_and(ConstrainFlag::is_required)
            }
            Property::AutoGainControl => {
                self.auto_gain_control.is_some_and(ConstrainFlag::is_required)
            }
            Property::DeviceId => self.device_id.as_ref().is_some_and(ConstrainList::is_required),
            Property::GroupId => self.group_id.as_ref().is_some_and(ConstrainList::is_required),
        };
        Property::ALL.into_iter().filter(is_required).collect()
    }

    /// A property with a lower bound or an exact value, if there is one: what `get_display_media`
    /// refuses.
    pub(crate) fn floor(&self) -> Option<Property> {
        let floored = |property: &Property| match property {
            Property::Width => self.width.is_some_and(ConstrainRange::has_floor),
            Property::Height => self.height.is_some_and(ConstrainRange::has_floor),
            Property::AspectRatio => self.aspect_ratio.is_some_and(ConstrainRange::has_floor),
            Property::FrameRate => self.frame_rate.is_some_and(ConstrainRange::has_floor),
            // All others can demand an exact value alone.
            _ => true,
        };
        self.required().into_iter().find(floored)
    }
}

/// What an application says of a track (`MediaTrackConstraints`): what it would like, and in
/// `advanced` what it would like even more, one after the other as far as it can be had.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrackConstraints {
    /// Bare values are ideals.
    pub basic: ConstraintSet,
    /// Bare values are exact; a set that cannot be had is passed over.
    pub advanced: Vec<ConstraintSet>,
}

impl TrackConstraints {
    /// Without the properties that a track of the other kind has.
    pub fn only(&self, keeps: impl Fn(Property) -> bool) -> TrackConstraints {
        TrackConstraints {
            basic: self.basic.only(&keeps),
            advanced: self.advanced.iter().map(|set| set.only(&keeps)).collect(),
        }
    }

    /// All sets, the basic one first.
    pub(crate) fn sets(&self) -> impl Iterator<Item = &ConstraintSet> {
        std::iter::once(&self.basic).chain(&self.advanced)
    }
}

impl From<ConstraintSet> for TrackConstraints {
    fn from(basic: ConstraintSet) -> Self {
        TrackConstraints { basic, advanced: Vec::new() }
    }
}

/// Which tracks are wanted (`MediaStreamConstraints`); `None` wants none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamConstraints {
    /// A track with sound.
    pub audio: Option<TrackConstraints>,
    /// A track with pictures.
    pub video: Option<TrackConstraints>,
}

impl StreamConstraints {
    /// `{ video: true }`.
    pub fn video() -> Self {
        StreamConstraints { video: Some(TrackConstraints::default()), audio: None }
    }

    /// `{ audio: true }`.
    pub fn audio() -> Self {
        StreamConstraints { audio: Some(TrackConstraints::default()), video: None }
    }
}
