//! The program from outside: over sockets, as browsers and peers use it.

mod call;
mod rooms;
mod serve;
mod sim;
