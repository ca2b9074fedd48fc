//! DTLS (RFC 6347, RFC 9147) by dimpl, with every random draw taken from the connection's own seed.

mod absent;
mod anew;
mod association;
mod at_work;
mod fault;
mod flights;
mod greetings;
mod hello;
mod hmac;
mod keyexchange;
mod offer;
mod origin;
mod prepared;
mod record;
mod rsa;
mod sealed;
mod secrets;
mod sieve;
mod signature;
mod signed;
mod standin;
mod translation;

pub(crate) use association::{Association, Settings, moved};
pub(crate) use flights::Flights;
pub(crate) use prepared::{certificate, for_library};
