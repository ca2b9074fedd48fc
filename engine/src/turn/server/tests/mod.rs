//! The server in virtual time.

mod allocations;
mod discovery;
mod hostile;
mod payloads;
mod proto_client;
mod world;
