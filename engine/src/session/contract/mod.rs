//! What every session does, whichever library stands behind it: two sessions joined by a wire, in
//! virtual time, with parameters made by hand. A session is put under contract by one line in
//! [`sessions`].

mod call;
mod connect;
mod data;
mod deal;
mod errors;
mod facts;
mod faults;
mod refusals;
mod renegotiate;
mod repairs;
mod sessions;
mod telling;
mod wire;
