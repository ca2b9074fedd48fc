//! Rooms in virtual time.

mod bench;
mod limits;
mod seats;
