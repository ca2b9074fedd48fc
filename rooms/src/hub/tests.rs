//! Rooms in virtual time.

mod addresses;
mod bench;
mod limits;
mod lobby;
mod presence;
mod seats;
