//! A hook for the search for faults: what is sent can be changed before it is protected, so that
//! the peer meets what only a holder of the keys could send. It is there in builds of fuzzers
//! (`cfg(fuzzing)`) and in this crate's own tests only.

/// What is about to be protected.
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "fuzzers see it"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unprotected {
    /// A packet of RTP.
    Rtp,
    /// One or more packets of RTCP.
    Rtcp,
    /// A packet of SCTP.
    Sctp,
}

/// What a fuzzer or a test does to it.
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "fuzzers see it"))]
#[cfg(any(fuzzing, test))]
pub type Meddling = Box<dyn FnMut(Unprotected, &mut Vec<u8>) + Send>;

/// Nobody, except in fuzzers and tests.
#[derive(Default)]
pub(super) struct Meddler {
    #[cfg(any(fuzzing, test))]
    meddling: Option<Meddling>,
}

impl Meddler {
    #[cfg(any(fuzzing, test))]
    pub(super) fn begin(&mut self, meddling: Meddling) {
        self.meddling = Some(meddling);
    }

    /// The packet may be another one after.
    #[cfg(any(fuzzing, test))]
    pub(super) fn change(&mut self, kind: Unprotected, packet: &mut Vec<u8>) {
        if let Some(meddling) = &mut self.meddling {
            meddling(kind, packet);
        }
    }

    /// There is a fuzzer.
    #[cfg(any(fuzzing, test))]
    pub(super) fn meddles(&self) -> bool {
        self.meddling.is_some()
    }

    /// There is none.
    #[cfg(not(any(fuzzing, test)))]
    pub(super) fn meddles(&self) -> bool {
        false
    }

    /// The packet stays as it is.
    #[cfg(not(any(fuzzing, test)))]
    pub(super) fn change(&mut self, _: Unprotected, _: &mut Vec<u8>) {}
}
