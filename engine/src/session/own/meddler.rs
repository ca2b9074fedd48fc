//! A hook for the search for faults: what is sent can be changed before it is protected, so that
//! the peer meets what only a holder of the keys could send. It is there in builds of fuzzers only
//! (`cfg(fuzzing)`).

/// What is about to be protected.
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "fuzzers see it"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unprotected {
    /// A packet of RTP.
    #[cfg_attr(not(fuzzing), expect(dead_code, reason = "only a fuzzer's packet is in one piece"))]
    Rtp,
    /// One or more packets of RTCP.
    Rtcp,
    /// A packet of SCTP.
    Sctp,
}

/// What a fuzzer does to it.
#[cfg(fuzzing)]
pub type Meddling = Box<dyn FnMut(Unprotected, &mut Vec<u8>) + Send>;

/// Nobody, except in fuzzers.
#[derive(Default)]
pub(super) struct Meddler {
    #[cfg(fuzzing)]
    meddling: Option<Meddling>,
}

impl Meddler {
    #[cfg(fuzzing)]
    pub(super) fn begin(&mut self, meddling: Meddling) {
        self.meddling = Some(meddling);
    }

    /// The packet may be another one after.
    #[cfg(fuzzing)]
    pub(super) fn change(&mut self, kind: Unprotected, packet: &mut Vec<u8>) {
        if let Some(meddling) = &mut self.meddling {
            meddling(kind, packet);
        }
    }

    /// True with the whole packet, which may be another one, in `packet`.
    #[cfg(fuzzing)]
    pub(super) fn changed(&mut self, header: &[u8], payload: &[u8], packet: &mut Vec<u8>) -> bool {
        if self.meddling.is_some() {
            packet.extend_from_slice(header);
            packet.extend_from_slice(payload);
            self.change(Unprotected::Rtp, packet);
        }
        self.meddling.is_some()
    }

    /// The packet of these parts stays as it is.
    #[cfg(not(fuzzing))]
    pub(super) fn changed(&mut self, _: &[u8], _: &[u8], _: &mut Vec<u8>) -> bool {
        false
    }

    /// The packet stays as it is.
    #[cfg(not(fuzzing))]
    pub(super) fn change(&mut self, _: Unprotected, _: &mut Vec<u8>) {}
}
