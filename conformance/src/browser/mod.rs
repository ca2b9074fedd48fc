//! Real browsers, started headless and ordered about over a WebSocket that their page opens.
//!
//! A page that takes part reads the query parameter `control`, opens a WebSocket to the address in
//! it, and answers each message `{"id": 7, "js": "1 + 1"}` by evaluating `js` as an expression,
//! awaiting its value and sending `{"id": 7, "ok": true, "value": 2}`, or `{"id": 7, "ok": false,
//! "error": "ReferenceError: .."}` if it throws. The room server's page does so under
//! `lapwing serve --allow-control`; [`Pages`] serves pages of a test's own.
//!
//! Versions that are years apart are in use. Tests note which one they ran with, and ask the
//! browser what it has instead of assuming: a statistic may be missing ([`Browser::dtls`]).
//! [`Kind::variable`] names the variable by which a person chooses the program.
//!
//! ```no_run
//! use lapwing_conformance::browser::{Browser, Kind, Options, Pages, stage};
//! use std::time::Duration;
//!
//! stage("browser::adds", &[Kind::Chromium, Kind::Firefox], || {
//!     let pages = Pages::serve(&[("/", "<script>..</script>")]).expect("a port is free");
//!     for kind in [Kind::Chromium, Kind::Firefox] {
//!         let mut browser = Browser::launch(kind, &pages.url("/"), &Options::default())?;
//!         assert_eq!(browser.eval("1 + 1")?, 2);
//!         browser.wait_for("document.title === 'ready'", Duration::from_secs(5))?;
//!     }
//!     Ok(())
//! });
//! ```

mod chromium;
mod control;
mod devtools;
mod dtls;
mod error;
mod firefox;
mod kind;
mod launch;
mod log;
mod options;
mod pages;
mod process;
mod stage;
mod turn;
mod version;

pub use crate::programs::find_program;
pub use dtls::{DTLS_1_3, Dtls};
pub use error::{ControlError, LaunchError};
pub use kind::{Kind, Reason, available};
pub use launch::Browser;
pub use options::Options;
pub use pages::Pages;
pub use stage::stage;
pub use version::version;
