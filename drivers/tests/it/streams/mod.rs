//! Connections by TCP and TLS, through proxies, and listeners, on the loopback interface.

mod certificates;
mod connections;
mod listeners;
mod proxies;
mod script;
mod servers;
mod tls;

use script::{Driver, Script, Smol, Tokio, each_runtime};
