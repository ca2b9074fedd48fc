//! Whole rooms: the server, native peers and real browsers, each a program of its own.

mod calls;
mod files;
mod pages;
mod party;
mod program;
