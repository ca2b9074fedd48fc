//! The program from outside: over sockets, as browsers and peers use it.

mod serve;
