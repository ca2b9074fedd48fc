//! Cameras, microphones, speakers, screens and windows, as media streams.
//!
//! [`MediaDevices`] is what a page has as `navigator.mediaDevices` (W3C Media Capture and Streams,
//! Screen Capture): it asks a permission hook, selects settings by constraints, opens devices, and
//! gives [`MediaStreamTrack`]s. A track is read as a source of `lapwing_media`, so what takes files
//! and test patterns takes devices. [`backends`] says where devices come from.
//!
//! Tracks are pure stages: time comes in by `poll`. The threads and clocks that real devices need
//! are in their backends.
//!
//! ```
//! use std::time::Instant;
//! use lapwing_devices::constraints::{ConstrainRange, ConstraintSet, StreamConstraints};
//! use lapwing_devices::{MediaDevices, Permission, backends::Generated};
//! use lapwing_media::Source;
//!
//! let mut devices = MediaDevices::builder()
//!     .backend(Generated::default())
//!     .permission(|_request| Permission::Granted)
//!     .build();
//! let video = ConstraintSet { width: Some(320.into()), ..ConstraintSet::default() };
//! let wanted = StreamConstraints { video: Some(video.into()), audio: None };
//! let stream = devices.get_user_media(&wanted)?;
//! let track = stream.video().expect("it was asked for");
//! let mut source = track.video_source().expect("it has pictures");
//! let picture = source.poll(Instant::now()).item().expect("the first is due at once");
//! assert_eq!(picture.size(), (320, 180));
//! # Ok::<(), lapwing_devices::MediaError>(())
//! ```

mod audio_track;
mod backend;
pub mod backends;
mod choice;
pub mod constraints;
#[cfg(any(feature = "v4l2", feature = "x11"))]
mod convert;
mod device;
mod echo;
mod error;
mod events;
mod fit;
#[cfg(feature = "web-audio")]
mod graph_source;
mod hub;
mod ids;
mod media_devices;
mod member;
mod needs;
#[cfg(feature = "alsa")]
mod pacer;
mod permission;
mod possible;
mod speaker;
mod stream;
mod track;
mod video_track;
#[cfg(any(feature = "alsa", feature = "v4l2", feature = "x11"))]
mod worker;

pub use audio_track::AudioTrackSource;
pub use backend::{AudioFeed, Backend, Feed, Output, OutputStats, VideoFeed};
pub use choice::{AudioChoice, UnknownChoice, VideoChoice, Which};
pub use device::{AudioMode, Device, DeviceInfo, DeviceKind, Formats, VideoMode};
pub use error::{DeviceError, EndReason, MediaError};
pub use events::MediaEvent;
pub use fit::crop_and_scale;
#[cfg(feature = "web-audio")]
pub use graph_source::AudioGraphSource;
pub use media_devices::{MediaDevices, MediaDevicesBuilder};
pub use permission::{Permission, PermissionHook, PermissionKind, PermissionRequest};
pub use speaker::Speaker;
pub use stream::MediaStream;
pub use track::{MediaStreamTrack, ReadyState, TrackKind};
pub use video_track::VideoTrackSource;
