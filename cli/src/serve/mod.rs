//! `lapwing serve`: rooms behind links, a page to join them, signalling, and forwarding.

pub mod hub;
