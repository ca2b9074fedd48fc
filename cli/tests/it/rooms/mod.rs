//! Whole rooms: the server, native peers and real browsers, each a program of its own.

mod alone;
mod calls;
mod decisions;
mod door;
mod files;
mod layout;
mod lost;
mod pages;
mod party;
mod privacy;
mod program;
mod scripted;
