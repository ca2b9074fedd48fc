//! What a connection allocates: per packet in the steady state, while it is idle, for large
//! messages and for many channels.

mod channels;
mod counter;
mod ends;
mod idle;
mod messages;
mod packets;
