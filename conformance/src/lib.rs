//! What must hold against specifications and real peers.
//!
//! - [`browser`]: real Chromium and Firefox, started headless and ordered about over a WebSocket that their page opens.
//! - [`netns`]: network namespaces, in which browsers, native peers and servers meet apart from the machine's own networks.
//! - [`network`]: two namespaces, joined by a link of the laboratory in real time.
//! - [`notes`]: what tests have to tell beside passing and failing.
//! - [`skip`]: how a test says that this machine lacks what it needs.
//! - [`wall`]: cases that Lapwing plays with every other stack.

pub mod browser;
pub mod netns;
pub mod network;
pub mod notes;
pub mod skip;
pub mod wall;
