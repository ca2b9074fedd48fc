//! Lets packets out at the rate that the controller allows.
//!
//! The caller keeps its payloads and puts an [`Item`] with a key of its own into [`Pacer`] for
//! each; it gets them back when they are to leave, and is asked for padding.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use lapwing_engine::Bitrate;
//! use lapwing_engine::congestion::{Item, Pacer, PacerConfig, Release, Target};
//! use lapwing_engine::PacketClass;
//!
//! let start = Instant::now();
//! let mut pacer = Pacer::new(PacerConfig::default(), start);
//! pacer.set_target(&Target::of_rate(Bitrate::mbps(1)), start);
//! for key in ["first", "second"] {
//!     let item = Item { size: 1_250, class: PacketClass::Video, key };
//!     pacer.enqueue(item, start).unwrap();
//! }
//! let Some(Release::Packet(first)) = pacer.poll(start) else { panic!("one may leave at once") };
//! assert_eq!(first.item.key, "first");
//! assert!(pacer.poll(start).is_none());
//!
//! let wake_at = pacer.next_timeout().unwrap();
//! assert_eq!(wake_at, start + Duration::from_millis(10));
//! let Some(Release::Packet(second)) = pacer.poll(wake_at) else { panic!("its time has come") };
//! assert_eq!(second.waited, Duration::from_millis(10));
//! assert_eq!(pacer.next_timeout(), None);
//! ```

mod budget;
mod config;
mod item;
mod machine;
mod prober;
mod queue;
#[cfg(test)]
mod tests;

pub use config::PacerConfig;
pub use item::{Full, Item, Release, Released, Waiting};
pub use machine::Pacer;
