//! What a connection allocates: per packet in the steady state, and while it is idle.

mod counter;
mod ends;
mod idle;
mod packets;
