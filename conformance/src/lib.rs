//! What must hold against specifications and real peers.
//!
//! - [`agent`]: Lapwing as one of the wall's peer programs, which speaks the protocol of
//!   `peers/README.md`.
//! - [`browser`]: real Chromium and Firefox, started headless and ordered about over a WebSocket
//!   that their page opens.
//! - [`live`]: a scenario of the laboratory between programs, in real time.
//! - [`messages`]: what goes through data channels, made from a seed.
//! - [`nat`]: calls through the NATs of the kernel, with servers between.
//! - [`netns`]: network namespaces, in which browsers, native peers and servers meet apart from the
//!   machine's own networks.
//! - [`network`]: two namespaces, joined by a link of the laboratory in real time.
//! - [`notes`]: what tests have to tell beside passing and failing.
//! - [`peer`]: stacks behind one protocol. [`wall`]: cases that are tried with each of them.
//!   [`cases`]: one file a case.
//! - [`skip`]: how a test says that this machine lacks what it needs.
//! - [`wall`]: cases that Lapwing plays with every other stack.

pub mod agent;
pub mod browser;
pub mod cases;
pub mod live;
pub mod messages;
pub mod nat;
pub mod netns;
pub mod network;
pub mod notes;
pub mod peer;
mod programs;
pub mod skip;
pub mod wall;
