//! A way for fuzzers to change what is sent before it is protected.

use super::Rtc;
use crate::session::Meddling;

impl Rtc {
    /// All that the session of our own protects passes here from now on. In builds of fuzzers only.
    #[doc(hidden)]
    pub fn meddle(&mut self, meddling: Meddling) {
        self.session.meddle(meddling);
    }
}
