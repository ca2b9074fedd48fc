//! Tests of packets, of routing and of what is counted.

mod packets;
mod reception;
mod routes;
