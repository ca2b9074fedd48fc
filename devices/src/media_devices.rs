//! The devices of a machine, as a page has them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};

use lapwing_media::{Picture, Samples};

use crate::backend::Backend;
use crate::choice::{AudioChoice, VideoChoice};
use crate::constraints::{
    BareValues, Capabilities, ConstraintSet, OverconstrainedError, Property, Settings,
    StreamConstraints, TrackConstraints, fitness_distance, select_settings,
};
use crate::device::{Device, DeviceInfo, DeviceKind};
use crate::echo::Echo;
use crate::error::{DeviceError, MediaError};
use crate::events::{Events, MediaEvent};
use crate::hub::{Hub, Opener};
use crate::ids::Ids;
use crate::member::{Line, Member};
use crate::permission::{Permission, PermissionHook, PermissionKind, PermissionRequest, allowed};
use crate::possible::{Mode, possible};
use crate::speaker::Speaker;
use crate::stream::MediaStream;
use crate::track::{MediaStreamTrack, device_capabilities};

/// The devices of a machine (W3C Media Capture and Streams section 9, `navigator.mediaDevices`).
///
/// Nothing opens before the permission hook has said so. Nobody calls back: what happens is told by
/// [`poll_event`](Self::poll_event).
///
/// ```
/// use lapwing_devices::constraints::StreamConstraints;
/// use lapwing_devices::{MediaDevices, Permission, backends::Generated};
///
/// let mut devices = MediaDevices::builder()
///     .backend(Generated::default())
///     .permission(|_request| Permission::Granted)
///     .build();
/// let stream = devices.get_user_media(&StreamConstraints::video())?;
/// let track = stream.video().expect("it was asked for");
/// assert_eq!(track.label(), "Test pattern");
/// assert_eq!(track.get_settings().width, Some(640));
/// # Ok::<(), lapwing_devices::MediaError>(())
/// ```
pub struct MediaDevices {
    backends: Vec<Arc<dyn Backend>>,
    hook: PermissionHook,
    events: Events,
    ids: Ids,
    echo: Echo,
    /// Open devices, by their ids.
    video: BTreeMap<String, Weak<Hub<Picture>>>,
    audio: BTreeMap<String, Weak<Hub<Samples>>>,
    /// What was permitted before: labels of such devices are told.
    permitted: Vec<PermissionKind>,
    /// What `poll_event` last saw.
    known: Option<Vec<DeviceInfo>>,
}

/// What [`MediaDevices`] are made of: backends, and who says yes.
pub struct MediaDevicesBuilder {
    backends: Vec<Arc<dyn Backend>>,
    hook: PermissionHook,
    seed: Option<u64>,
}

impl MediaDevicesBuilder {
    /// With the devices of this backend, after those that were added before.
    pub fn backend(mut self, backend: impl Backend + 'static) -> Self {
        self.backends.push(Arc::new(backend));
        self
    }

    /// With this hook, which is asked each time before a device opens. Without one, nothing opens.
    pub fn permission(
        mut self,
        hook: impl FnMut(&PermissionRequest) -> Permission + Send + 'static,
    ) -> Self {
        self.hook = Box::new(hook);
        self
    }

    /// With ids of tracks and streams that come from this seed, so that they repeat.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Ready to be asked. Nothing has been opened yet.
    pub fn build(self) -> MediaDevices {
        MediaDevices {
            backends: self.backends,
            hook: self.hook,
            events: Events::default(),
            ids: Ids::new(self.seed.unwrap_or_else(|| fastrand::u64(..))),
            echo: Echo::default(),
            video: BTreeMap::new(),
            audio: BTreeMap::new(),
            permitted: Vec::new(),
            known: None,
        }
    }
}

impl Default for MediaDevicesBuilder {
    fn default() -> Self {
        let hook: PermissionHook = Box::new(|_| Permission::Denied);
        MediaDevicesBuilder { backends: Vec::new(), hook, seed: None }
    }
}

impl fmt::Debug for MediaDevicesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaDevicesBuilder").field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// A device and the backend that opens it.
type Place = (Arc<dyn Backend>, Device);

impl MediaDevices {
    /// A machine without devices, until backends are added.
    pub fn builder() -> MediaDevicesBuilder {
        MediaDevicesBuilder::default()
    }

    /// The devices of this system: of every backend that is built in, as far as the system has what
    /// it needs.
    pub fn system() -> MediaDevicesBuilder {
        let builder = Self::builder();
        #[cfg(feature = "alsa")]
        let builder = builder.backend(crate::backends::Alsa::default());
        #[cfg(feature = "v4l2")]
        let builder = builder.backend(crate::backends::V4l2::default());
        #[cfg(feature = "x11")]
        let builder = builder.backend(crate::backends::X11::default());
        builder
    }

    /// Cameras, microphones and speakers. Before a camera was permitted one is listed at most,
    /// without label and id; so it is with microphones. Speakers are listed with microphones (W3C
    /// Media Capture and Streams section 9.2.1).
    pub fn enumerate(&self) -> Vec<DeviceInfo> {
        let mut listed = Vec::new();
        for (kind, permission) in [
            (DeviceKind::AudioInput, PermissionKind::Microphone),
            (DeviceKind::VideoInput, PermissionKind::Camera),
            (DeviceKind::AudioOutput, PermissionKind::Microphone),
        ] {
            let all = self.places(|device| device.info.kind == kind);
            if self.permitted.contains(&permission) {
                listed.extend(all.into_iter().map(|(_, device)| device.info));
            } else if !all.is_empty() && kind != DeviceKind::AudioOutput {
                listed.push(DeviceInfo::anonymous(kind));
            }
        }
        listed
    }

    /// What a device can do, for those who look before they ask: every device of every backend,
    /// displays too. A program should not tell others what is here before a person agreed.
    pub fn inspect(&self) -> Vec<(DeviceInfo, Capabilities)> {
        let all = self.places(|_| true);
        let look = |(_, device): Place| (device.info.clone(), device_capabilities(&device));
        all.into_iter().map(look).collect()
    }

    /// A stream of a camera, a microphone or both (section 9.2, `getUserMedia()`).
    ///
    /// # Errors
    /// - [`MediaError::Type`] when nothing is asked for.
    /// - [`MediaError::NotFound`] when there is no device of the kind.
    /// - [`MediaError::Overconstrained`] when none can do what is demanded.
    /// - [`MediaError::NotAllowed`] when the hook says no.
    /// - [`MediaError::NotReadable`] when the device does not open.
    pub fn get_user_media(
        &mut self,
        constraints: &StreamConstraints,
    ) -> Result<MediaStream, MediaError> {
        let mut chosen = Vec::new();
        if let Some(wanted) = &constraints.audio {
            let wanted = wanted.only(Property::is_of_audio);
            let place = self.choose(is_kind(DeviceKind::AudioInput), &wanted)?;
            chosen.push((place, wanted));
        }
        if let Some(wanted) = &constraints.video {
            let wanted = wanted.only(Property::is_of_video);
            let place = self.choose(is_kind(DeviceKind::VideoInput), &wanted)?;
            chosen.push((place, wanted));
        }
        if chosen.is_empty() {
            return Err(MediaError::Type("neither audio nor video is asked for"));
        }
        self.open(chosen)
    }

    /// A stream of a screen or a window, which the hook chooses (W3C Screen Capture section 5,
    /// `getDisplayMedia()`). Sound of displays is not captured; wishes for it are passed over.
    ///
    /// # Errors
    /// As [`get_user_media`](Self::get_user_media); [`MediaError::Type`] also when constraints have
    /// `min`, `exact` or advanced sets, as they would choose in the person's place.
    pub fn get_display_media(
        &mut self,
        constraints: &StreamConstraints,
    ) -> Result<MediaStream, MediaError> {
        let Some(wanted) = &constraints.video else {
            return Err(MediaError::Type("a display has pictures"));
        };
        if !wanted.advanced.is_empty() || wanted.basic.floor().is_some() {
            return Err(MediaError::Type("a display takes neither min, exact nor advanced"));
        }
        let wanted = wanted.only(Property::is_of_video);
        let place = self.choose(is_kind(DeviceKind::Display), &wanted)?;
        self.open(vec![(place, wanted)])
    }

    /// A track of what a person named. The hook is asked all the same, about those devices that
    /// fit.
    ///
    /// ```no_run
    /// use lapwing_devices::constraints::ConstraintSet;
    /// use lapwing_devices::{MediaDevices, Permission};
    /// use lapwing_media::sources::VideoSource;
    ///
    /// // Whoever typed the word has agreed.
    /// let mut devices = MediaDevices::system().permission(|_| Permission::Granted).build();
    /// let track = devices.open_video(&"screen".parse()?, ConstraintSet::default())?;
    /// let source: Box<dyn VideoSource> = Box::new(track.video_source().expect("it has pictures"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`get_user_media`](Self::get_user_media).
    pub fn open_video(
        &mut self,
        choice: &VideoChoice,
        wanted: ConstraintSet,
    ) -> Result<MediaStreamTrack, MediaError> {
        let wanted = TrackConstraints::from(wanted).only(Property::is_of_video);
        let place = self.choose(|device| choice.fits(device), &wanted)?;
        self.open_track(place, wanted)
    }

    /// As [`open_video`](Self::open_video), of a microphone.
    ///
    /// # Errors
    /// As [`get_user_media`](Self::get_user_media).
    pub fn open_audio(
        &mut self,
        choice: &AudioChoice,
        wanted: ConstraintSet,
    ) -> Result<MediaStreamTrack, MediaError> {
        let wanted = TrackConstraints::from(wanted).only(Property::is_of_audio);
        let place = self.choose(|device| choice.fits(device), &wanted)?;
        self.open_track(place, wanted)
    }

    /// Opens a speaker: the one with this id, or the first. What it plays is taken out of what
    /// microphones of the same `MediaDevices` hear, where echo cancellation is on.
    ///
    /// # Errors
    /// [`MediaError::NotFound`] when there is none, [`MediaError::NotReadable`] when it does not
    /// open.
    pub fn open_speaker(&mut self, device_id: Option<&str>) -> Result<Speaker, MediaError> {
        let fits = |device: &Device| {
            device.info.kind == DeviceKind::AudioOutput
                && device_id.is_none_or(|id| device.info.device_id == id)
        };
        let (backend, device) = self.places(fits).into_iter().next().ok_or(MediaError::NotFound)?;
        let output = backend.open_output(&device.info.device_id)?;
        Ok(Speaker::new(device.info, output, self.events.clone(), self.echo.clone()))
    }

    /// What happened since, one event at a time. It also looks whether open devices still are:
    /// call it now and then.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.video.retain(|_, hub| hub.strong_count() > 0);
        self.audio.retain(|_, hub| hub.strong_count() > 0);
        self.video.values().filter_map(Weak::upgrade).for_each(|hub| drop(hub.ended()));
        self.audio.values().filter_map(Weak::upgrade).for_each(|hub| drop(hub.ended()));
        self.events.pop()
    }

    /// Looks whether devices came or went since the last call; if so there is an event
    /// (`devicechange`). It asks every backend, which may take some milliseconds.
    pub fn look_for_changes(&mut self) {
        let is_listed = |device: &Device| device.info.kind != DeviceKind::Display;
        let now: Vec<DeviceInfo> =
            self.places(is_listed).into_iter().map(|(_, device)| device.info).collect();
        let known = self.known.replace(now.clone());
        if known.is_some_and(|known| known != now) {
            self.events.push(MediaEvent::DeviceChange);
        }
    }

    /// Devices of all backends. One that cannot be asked has none.
    fn places(&self, fits: impl Fn(&Device) -> bool) -> Vec<Place> {
        let mut all = Vec::new();
        for backend in &self.backends {
            let devices = backend.devices().unwrap_or_default();
            let fitting = devices.into_iter().filter(&fits);
            all.extend(fitting.map(|device| (backend.clone(), device)));
        }
        all
    }

    /// The device that constraints and the hook choose.
    fn choose(
        &mut self,
        fits: impl Fn(&Device) -> bool,
        wanted: &TrackConstraints,
    ) -> Result<Place, MediaError> {
        let all = self.places(fits);
        let Some((_, first)) = all.first() else { return Err(MediaError::NotFound) };
        let permission = match first.info.kind {
            DeviceKind::VideoInput => PermissionKind::Camera,
            DeviceKind::Display => PermissionKind::Display,
            DeviceKind::AudioInput | DeviceKind::AudioOutput => PermissionKind::Microphone,
        };
        let fitting = nearest(all, wanted)?;
        let devices = fitting.iter().map(|(_, device)| device.info.clone()).collect();
        let request = PermissionRequest { kind: permission, devices };
        let answer = (self.hook)(&request);
        let info = allowed(&request, &answer).ok_or(MediaError::NotAllowed)?;
        let place = fitting.into_iter().find(|(_, device)| device.info == *info);
        if !self.permitted.contains(&permission) {
            self.permitted.push(permission);
        }
        place.ok_or(MediaError::NotFound)
    }

    fn open(&mut self, chosen: Vec<(Place, TrackConstraints)>) -> Result<MediaStream, MediaError> {
        let open = |(place, wanted)| self.open_track(place, wanted);
        let tracks = chosen.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        Ok(MediaStream::new(self.ids.clone(), tracks))
    }

    fn open_track(
        &mut self,
        place: Place,
        wanted: TrackConstraints,
    ) -> Result<MediaStreamTrack, MediaError> {
        let line = self.line(place);
        let member = Member::join(self.ids.next(), line, self.echo.clone(), wanted)?;
        Ok(MediaStreamTrack::new(member, self.ids.clone()))
    }

    /// The device, which may be open already.
    fn line(&mut self, (backend, device): Place) -> Line {
        let id = device.info.device_id.clone();
        let events = self.events.clone();
        if device.info.kind == DeviceKind::AudioInput {
            if let Some(hub) = live(&self.audio, &id) {
                return Line::Audio(hub);
            }
            let name = id.clone();
            let opener: Opener<Samples> = Box::new(move |mode| match mode {
                Mode::Audio(mode) => backend.open_audio(&name, mode),
                Mode::Video(_) => Err(DeviceError::NotFound),
            });
            let hub = Arc::new(Hub::new(device, events, opener));
            self.audio.insert(id, Arc::downgrade(&hub));
            return Line::Audio(hub);
        }
        if let Some(hub) = live(&self.video, &id) {
            return Line::Video(hub);
        }
        let name = id.clone();
        let opener: Opener<Picture> = Box::new(move |mode| match mode {
            Mode::Video(mode) => backend.open_video(&name, mode),
            Mode::Audio(_) => Err(DeviceError::NotFound),
        });
        let hub = Arc::new(Hub::new(device, events, opener));
        self.video.insert(id, Arc::downgrade(&hub));
        Line::Video(hub)
    }
}

fn is_kind(kind: DeviceKind) -> impl Fn(&Device) -> bool {
    move |device| device.info.kind == kind
}

/// The open device of this id, unless it has ended.
fn live<T: lapwing_media::Timed>(
    hubs: &BTreeMap<String, Weak<Hub<T>>>,
    id: &str,
) -> Option<Arc<Hub<T>>> {
    hubs.get(id).and_then(Weak::upgrade).filter(|hub| hub.ended().is_none())
}

/// The devices that can do what is wanted, the nearest first.
fn nearest(all: Vec<Place>, wanted: &TrackConstraints) -> Result<Vec<Place>, MediaError> {
    let mut fitting = Vec::new();
    let mut examined: Vec<Settings> = Vec::new();
    for place in all {
        let settings: Vec<Settings> =
            possible(&place.1, wanted).into_iter().map(|one| one.settings).collect();
        if let Ok(best) = select_settings(wanted, &settings) {
            let distance = fitness_distance(&wanted.basic, &settings[best], BareValues::Ideal);
            fitting.push((distance, place));
        }
        examined.extend(settings);
    }
    if fitting.is_empty() {
        let error = select_settings(wanted, &examined).err();
        let error = error.unwrap_or(OverconstrainedError { constraint: None });
        return Err(error.into());
    }
    // Stable: among equals the system's order stands.
    fitting.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    Ok(fitting.into_iter().map(|(_, place)| place).collect())
}

impl fmt::Debug for MediaDevices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.backends.iter().map(|backend| backend.name()).collect();
        f.debug_struct("MediaDevices").field("backends", &names).finish_non_exhaustive()
    }
}
