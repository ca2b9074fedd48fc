//! The room server over sockets, as browsers and peers use it.

mod server;
