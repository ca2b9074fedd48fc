//! Associations in virtual time: two of them with a link between, and one against a peer that is
//! written by hand.

mod channels;
mod closing;
mod ends;
mod hand;
mod hostile;
mod ladders;
mod link;
mod parts;
mod path_mtu;
mod reading;
mod transfer;
