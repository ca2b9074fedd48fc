//! For the tests of applications: a pair of peers, waiting for a condition, messages by the label
//! of their channel, and many seeds.
//!
//! 1. [`Pair`] is two peers with a link between them and NATs before them, or none.
//! 2. [`wait_until`] runs to the very event after which a condition holds. A test that runs for a
//!    fixed time instead is right about the network that its author saw.
//! 3. [`send`], [`received`] and [`expect_messages`] speak of channels by their labels.
//! 4. [`for_seeds`] plays a test with many seeds, and says which of them failed and how it is
//!    played alone.
//!
//! ```
//! use std::time::Duration;
//! use lapwing_simnet::LinkSpec;
//! use lapwing_simnet::testing::{Pair, expect_messages, for_seeds, send};
//!
//! for_seeds(1..=3, |seed| {
//!     let link = LinkSpec::new().delay(Duration::from_millis(20)).loss(0.05);
//!     let Pair { mut sim, a, b, .. } = Pair::behind_nats(seed, &link).with_channel("chat");
//!     send(&mut sim, a, "chat", "hello").unwrap();
//!     expect_messages(&mut sim, b, "chat", &["hello".into()], Duration::from_secs(60)).unwrap();
//! });
//! ```

mod messages;
mod pair;
mod seeds;
mod wait;

pub use messages::{Message, SendError, expect_messages, received, send};
pub use pair::{Pair, PairSpec};
pub use seeds::for_seeds;
pub use wait::{Condition, TimedOut, wait_until};
