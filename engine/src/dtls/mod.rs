//! DTLS (RFC 6347, RFC 9147) by dimpl, with every random draw taken from the connection's own seed.

mod association;
mod at_work;
mod certificate;
mod fault;
mod hello;
mod hmac;
mod keyexchange;
mod offer;
mod prepared;
mod record;
mod rsa;
mod sealed;
mod secrets;
mod sieve;
mod signature;
mod standin;
mod translation;

pub(crate) use association::{Association, Settings, moved};
pub(crate) use prepared::certificate;
