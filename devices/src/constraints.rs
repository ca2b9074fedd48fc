//! The constrainable pattern of W3C Media Capture and Streams, section 11, as pure functions.
//!
//! An application says what it would like ([`TrackConstraints`]); a device has a finite list of
//! what it can do ([`Settings`]); [`select_settings`] finds the nearest.
//!
//! ```
//! use lapwing_devices::constraints::{
//!     ConstrainRange, ConstraintSet, Settings, TrackConstraints, select_settings,
//! };
//!
//! let wanted = TrackConstraints::from(ConstraintSet {
//!     width: Some(ConstrainRange::ideal(1_280)),
//!     frame_rate: Some(ConstrainRange::min(20.0)),
//!     ..ConstraintSet::default()
//! });
//! let can = |width, height, rate| Settings::video(width, height, rate);
//! let all = [can(640, 480, 30.0), can(1_280, 720, 30.0), can(1_920, 1_080, 10.0)];
//! assert_eq!(select_settings(&wanted, &all), Ok(1));
//! ```

mod capabilities;
mod fitness;
mod property;
mod select;
mod set;
mod settings;
mod value;

pub use capabilities::{Capabilities, Span};
pub use fitness::{BareValues, fitness_distance, unsatisfied};
pub use property::{DisplaySurface, FacingMode, Property, ResizeMode};
pub use select::{MAX_ADVANCED, OverconstrainedError, select_settings};
pub use set::{ConstraintSet, StreamConstraints, TrackConstraints};
pub use settings::Settings;
pub use value::{ConstrainFlag, ConstrainList, ConstrainRange, Number};
