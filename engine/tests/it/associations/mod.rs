//! Our association with itself and with those of others, in virtual time over a wire that loses,
//! reorders and doubles packets. What our own two ends agree on between themselves shows nothing of
//! a rule that both have wrong; dcsctp (that of Firefox, and in C++ of Chromium) and sctp-proto
//! (that of str0m and rustrtc) were written by others.
//!
//! The wire draws from a seed, our association and dcsctp too; sctp-proto draws its tags and first
//! numbers from the system, which no test depends on.

mod announced;
mod closing;
mod content;
mod dcep;
mod ends;
mod ours;
mod over_dcsctp;
mod over_sctp_proto;
mod partial;
mod peer;
mod run;
mod set_up;
mod transfer;
mod wire;
