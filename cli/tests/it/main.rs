//! The program from outside: over sockets, as browsers and peers use it.

mod artifacts;
mod call;
mod command;
mod conformance;
mod devices;
mod live;
mod nat;
mod oracle;
mod paper;
mod programs;
mod rooms;
mod running;
mod serve;
mod sim;
mod transfers;
mod turn;
